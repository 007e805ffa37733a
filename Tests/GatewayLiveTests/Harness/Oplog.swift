import Ingest
import Contracts
import JSON
import Logging
import MongoStore
import BSON

/// The store's own log of what it wrote (`local.oplog.rs`): what took effect, when and together with what. A transaction that
/// was not committed is not in it.
enum Oplog {
    enum Kind: String {
        case insert = "i"
        case update = "u"
        case delete = "d"
    }

    struct Write: Sendable {
        let collection: String
        let kind: Kind
        /// `_id`: its text where it is one, else its bytes.
        let id: ByteString
        /// The ledger's field of that name, where this sets it.
        let settled: Int?
    }

    /// What was written to the route's database, by transaction, in the order of the commits; a write outside any is alone.
    /// Heartbeats of gateways are left out.
    static func transactions(of route: LiveRoute) async throws -> [[Write]] {
        var settings = MongoSettings(uri: route.servers.storeURI, database: "local")
        settings.preparesDatabase = false
        let deployment = try MongoDeployment(
            settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let reader = deployment.makeReader()
        do {
            try await deployment.connect()
            let database = route.settings["MONGODB_DATABASE"] ?? ""
            let found = try await reader.find(in: "oplog.rs", filter: filter(database))
            await reader.close()
            await deployment.close()
            return transactions(found, prefix: database + ".")
        } catch {
            await reader.close()
            await deployment.close()
            throw error
        }
    }

    private static func filter(_ database: String) -> [UInt8] {
        func own(_ writer: inout BSONWriter) {
            writer.append("ns", document: { $0.append("$regex", string: "^\(database)\\.(?!gateway\\.instances)") })
        }
        var filter: [UInt8] = []
        filter.appendDocument { filter in
            filter.append(
                "$or",
                array: { either in
                    either.append(
                        BSONWriter.bytes(of: "0"),
                        document: { $0.append("o.applyOps", document: { $0.append("$elemMatch", document: own) }) })
                    either.append(
                        BSONWriter.bytes(of: "1"),
                        document: { alone in
                            own(&alone)
                            alone.append("op", document: { $0.append("$ne", string: "c") })
                        })
                })
        }
        return filter
    }

    /// A transaction of more than 16 MB is several entries, of which all but the last say `partialTxn`.
    private static func transactions(_ entries: BSONSequence, prefix: String) -> [[Write]] {
        var all: [[Write]] = []
        var open: [ByteString: [Write]] = [:]
        for index in 0..<entries.count {
            entries.withDocument(index) { bytes in
                let entry = BSONElements(bytes)
                guard let o = entry.first(named: "o")?.elements else { return }
                guard let operations = o.first(named: "applyOps")?.elements else {
                    if let write = write(entry, prefix: prefix) { all.append([write]) }
                    return
                }
                let session = ByteString(copying: entry.first(named: "lsid")?.value)
                let writes = operations.compactMap { $0.elements.flatMap { write($0, prefix: prefix) } }
                open[session, default: []] += writes
                if o.first(named: "partialTxn") != nil { return }
                if let whole = open.removeValue(forKey: session) { all.append(whole) }
            }
        }
        return all
    }

    private static func write(_ operation: BSONElements, prefix: String) -> Write? {
        guard let kind = operation.first(named: "op")?.text.flatMap({ Kind(rawValue: $0) }),
            let place = operation.first(named: "ns")?.text, place.hasPrefix(prefix),
            let o = operation.first(named: "o")?.elements
        else { return nil }
        let target = kind == .update ? operation.first(named: "o2")?.elements : o
        guard let id = target?.first(named: "_id") else { return nil }
        // An update is the difference: {$v: 2, diff: {u: {…}}}
        let fields = kind == .update ? o.first(named: "diff")?.elements?.first(named: "u")?.elements : o
        return Write(
            collection: String(place.dropFirst(prefix.count)), kind: kind,
            id: id.byteString ?? ByteString(copying: id.value),
            settled: fields?.first(named: "settled")?.integer.map { Int($0) })
    }
}

extension ByteString {
    fileprivate init(copying bytes: UnsafeRawBufferPointer?) { self.init(bytes.map { Array($0) } ?? []) }
}
