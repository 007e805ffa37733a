import BSON
import Contracts
import Ingest
import IngestTesting
import JSON
import Logging
import Mappings
import MongoStore
import Testing

/// What is in a test's database, read behind the gateway's back.
struct StoreContents: Sendable {
    private let deployment: MongoDeployment
    private let reader: MongoReader

    /// Connects; the database need not be there.
    init(uri: String, database: String) async throws {
        deployment = try MongoDeployment(
            MongoSettings(
                uri: uri + (uri.contains("?") ? "&" : "/?") + "appName=promo-route-tests", database: database),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            try await deployment.connect()
        } catch {
            await deployment.close()
            throw error
        }
        reader = deployment.makeReader()
    }

    /// A transaction that a killed gateway left open would hold up the drop until it expires, so all sessions end first.
    func dropAndClose() async throws {
        _ = try? await reader.command("killAllSessions", on: "admin") { $0.append("killAllSessions", array: { _ in }) }
        let dropped = await Result { try await reader.command("dropDatabase") { $0.append("dropDatabase", int64: 1) } }
        await reader.close()
        await deployment.close()
        _ = try dropped.get()
    }

    // MARK: Records

    /// All collections that are not the gateway's own, by name, and their records by `_id`.
    func records() async throws -> [String: [ByteString: ReferenceModel.Record]] {
        var records: [String: [ByteString: ReferenceModel.Record]] = [:]
        for name in try await collections() where !name.hasPrefix("gateway.") && name != "configuration" {
            let found = try await reader.find(in: name, filter: Self.everything)
            for index in 0..<found.count {
                let document = found.withDocument(index) { Array($0) }
                guard let id = Self.first("_id", in: document, { $0.byteString }) else {
                    throw Unreadable(description: "a record of '\(name)' has no text as its _id")
                }
                guard let company = Self.first("companyId", in: document, { $0.byteString }),
                    id.bytes.starts(with: RouteKey([company]).bytes + [UInt8(ascii: "|")])
                else { throw Unreadable(description: "'\(name)': the record '\(id)' is not of its companyId") }
                records[name, default: [:]][id] = ReferenceModel.Record(stored: document)
            }
        }
        return records
    }

    private func collections() async throws -> [String] {
        let reply = try await reader.command("listCollections") { command in
            command.append("listCollections", int64: 1)
            command.append("nameOnly", bool: true)
        }
        return reply.withUnsafeBytes { bytes in
            let cursor = BSONElements(bytes).first(named: "cursor")?.elements
            let batch = cursor.flatMap { Array($0).first { $0.isNamed("firstBatch") }?.elements }
            return batch?.compactMap { $0.elements.flatMap { Array($0).first { $0.isNamed("name") }?.text } } ?? []
        }
    }

    // MARK: Ledger

    /// Rows by `_id`.
    func ledger() async throws -> [ByteString: LedgerRow] {
        let found = try await reader.find(in: StoreCollections.ledger, filter: Self.everything)
        var rows: [ByteString: LedgerRow] = [:]
        for index in 0..<found.count {
            guard let row = found.withDocument(index, { LedgerRow(bson: $0) }) else {
                throw Unreadable(description: "a row of the ledger cannot be read")
            }
            rows[row.id] = row
        }
        return rows
    }

    /// The row of one message; nil where there is none.
    func ledgerRow(_ id: ByteString) async throws -> LedgerRow? {
        let found = try await reader.find(
            in: StoreCollections.ledger, filter: .document { $0.append("_id", string: id) })
        return found.isEmpty ? nil : found.withDocument(0) { LedgerRow(bson: $0) }
    }

    /// Messages that the ledger has, in full or in part: quickly counted, however many there are.
    func ledgerRows() async throws -> Int {
        try await reader.count(in: StoreCollections.ledger, filter: Self.everything)
    }

    /// Messages that the ledger has in full.
    func settledMessages() async throws -> Int {
        try await reader.count(
            in: StoreCollections.ledger,
            filter: .document { filter in
                filter.append(
                    "$expr",
                    document: { expression in
                        expression.append(
                            "$gte",
                            array: { pair in
                                pair.append("0", string: "$settled")
                                pair.append("1", string: "$items")
                            })
                    })
            })
    }

    // MARK: Dead letters

    func deadLetters() async throws -> [StoredDeadLetter] {
        let found = try await reader.find(in: StoreCollections.deadLetters, filter: Self.everything)
        return try (0..<found.count).map { index in try found.withDocument(index) { try StoredDeadLetter($0) } }
    }

    /// The bytes of a dead letter whose payload lies in so many parts.
    func payload(of letter: String, parts: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for number in 0..<parts {
            let id = "\(letter)#\(number)"
            let found = try await reader.find(in: StoreCollections.deadLetterParts, filter: ["_id": .value(id)])
            let part =
                found.isEmpty
                ? nil : found.withDocument(0) { BSONElements($0).first(named: "bytes")?.binary.map { Array($0) } }
            guard let part else { throw Unreadable(description: "there is no part '\(id)'") }
            bytes += part
        }
        return bytes
    }

    /// Documents of a collection.
    func count(_ collection: String) async throws -> Int {
        try await reader.count(in: collection, filter: Self.everything)
    }

    // MARK: The server

    /// Places in the gateway's own collections where a string is that no driver would read.
    func textsThatAreNotUTF8() async throws -> Set<String> {
        var places: Set<String> = []
        for name in [StoreCollections.ledger, StoreCollections.deadLetters] {
            let found = try await reader.find(in: name, filter: Self.everything)
            for index in 0..<found.count {
                found.withDocument(index) { Self.collect(BSONElements($0), at: name, into: &places) }
            }
        }
        return places
    }

    private static func collect(_ elements: BSONElements, at place: String, into places: inout Set<String>) {
        for element in elements {
            let own = place + "." + element.nameText
            if String(validating: element.name, as: UTF8.self) == nil { places.insert(own) }
            if let text = element.string, String(validating: text, as: UTF8.self) == nil { places.insert(own) }
            if let inner = element.elements { collect(inner, at: own, into: &places) }
        }
    }

    /// Transactions that are open now, of anyone.
    func openTransactions() async throws -> Int {
        let reply = try await reader.command("serverStatus", on: "admin") { $0.append("serverStatus", int64: 1) }
        return reply.withUnsafeBytes { bytes in
            let all = BSONElements(bytes).first(named: "transactions")?.elements
            return Int(all?.first { $0.isNamed("currentOpen") }?.integer ?? 0)
        }
    }

    private static let everything = [UInt8].document { _ in }

    private static func first<Value>(
        _ name: StaticString, in document: [UInt8], _ value: (BSONElement) -> Value?
    ) -> Value? {
        document.withUnsafeBytes { BSONElements($0).first(named: name).flatMap(value) }
    }

    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
