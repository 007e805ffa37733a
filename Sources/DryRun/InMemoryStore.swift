internal import BSON
package import Contracts
internal import Ingest
package import JSON
internal import Mappings
internal import Synchronization

/// A store in memory that keeps the contract of ``Store``: for mapping tests, plans and explanations.
package final class InMemoryStore: Store, SequenceStore {
    private typealias Collections = [String: [ByteString: [UInt8]]]

    private let state = Mutex<Collections>([:])

    package init() {}

    package func documents(in collection: String) -> [ByteString: [UInt8]] {
        state.withLock { $0[collection] ?? [:] }
    }

    /// Names of non-empty collections.
    package var collections: [String] {
        state.withLock { $0.filter { !$0.value.isEmpty }.map(\.key) }
    }

    /// Writes a document as another program would.
    package func put(_ document: [UInt8], in collection: String) {
        state.withLock { $0[collection, default: [:]][Self.id(of: document)] = document }
    }

    package func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn,
        plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        await Task.yield()
        guard await turn.mayCommit() else { throw .gaveWay }
        return try settleNow(reads, plan: plan)
    }

    /// Synchronous variant.
    package func settleNow<Result: Sendable>(
        _ reads: StoreReads, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) throws(StoreError) -> Result {
        let result = state.withLock { collections in
            Swift.Result { () throws(StoreError) in try Self.settle(reads, plan: plan, &collections) }
        }
        return try result.get()
    }

    private static func settle<Result: Sendable>(
        _ reads: StoreReads, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result),
        _ collections: inout Collections
    ) throws(StoreError) -> Result {
        let snapshot = StoreSnapshot(
            ledger: find(reads.ledger, in: collections[StoreCollections.ledger]),
            records: reads.records.map { find($0.ids, in: collections[$0.collection]) })
        let (writes, result) = plan(snapshot)
        let before = collections
        do throws(StoreError) {
            for write in writes.collections { try apply(write, &collections) }
        } catch {
            collections = before
            throw error
        }
        return result
    }

    package func reserve(_ count: Int, of name: String, from first: Int64) async throws(StoreError) -> Range<Int64> {
        try reserveNow(count, of: name, from: first)
    }

    /// Synchronous variant.
    package func reserveNow(_ count: Int, of name: String, from first: Int64) throws(StoreError) -> Range<Int64> {
        let result = state.withLock { collections in
            Swift.Result { () throws(StoreError) in
                let id = ByteString(name)
                let row = collections[StoreCollections.sequences]?[id]
                let stored: Int64? =
                    if let row { row.withUnsafeBytes { SequenceRow.next(in: BSONElements($0)) } } else { first }
                let next = max(stored ?? first, first)
                let (end, isBeyond) = next.addingReportingOverflow(Int64(count))
                guard stored != nil, !isBeyond else {
                    throw (row ?? []).withUnsafeBytes {
                        SequenceRow.refusal(BSONElements($0), name: name, count: count)
                    }
                }
                collections[StoreCollections.sequences, default: [:]][id] = .document {
                    SequenceRow(name: name, next: end).append(to: &$0)
                }
                return next..<end
            }
        }
        return try result.get()
    }

    private static func find(_ ids: [ByteString], in collection: [ByteString: [UInt8]]?) -> BSONSequence {
        var found = BSONSequence()
        for id in ids {
            guard let document = collection?[id] else { continue }
            document.withUnsafeBytes { found.append(copying: $0) }
        }
        return found
    }

    /// MongoDB's limit.
    private static let largestDocument = 16 << 20

    private static func apply(
        _ writes: CollectionWrites, _ collections: inout Collections
    ) throws(StoreError) {
        var documents = collections[writes.collection] ?? [:]
        func check(_ document: [UInt8]?) throws(StoreError) {
            if let document, document.count > largestDocument {
                throw StoreError(
                    kind: .refused, code: 10334, message: "a document of \(document.count) bytes is too large")
            }
        }
        for id in writes.deletes {
            precondition(documents.removeValue(forKey: id) != nil, "deletes a record that is not there: \(id)")
        }
        for (index, id) in writes.updateIDs.enumerated() {
            guard let old = documents[id] else { preconditionFailure("updates a record that is not there: \(id)") }
            documents[id] = writes.updates.withDocument(index) { update(old, with: $0) }
            try check(documents[id])
        }
        for index in 0..<writes.inserts.count {
            let document = writes.inserts.withDocument(index) { Array($0) }
            let id = id(of: document)
            try check(document)
            precondition(documents[id] == nil, "inserts a record that exists: \(id)")
            documents[id] = document
        }
        collections[writes.collection] = documents
    }

    /// Applies `$set` and `$unset` to top-level fields, as the server does: new fields go to the end, in its order.
    private static func update(_ old: [UInt8], with update: UnsafeRawBufferPointer) -> [UInt8] {
        var set: [ByteString: [UInt8]] = [:]
        var order: [ByteString] = []
        var unset: Set<ByteString> = []
        for part in BSONElements(update) {
            for element in part.elements ?? BSONElements(UnsafeRawBufferPointer(start: nil, count: 0)) {
                let name = ByteString(copying: element.name)
                precondition(
                    !name.bytes.isEmpty && name.bytes[0] != UInt8(ascii: "$")
                        && !name.bytes.contains(UInt8(ascii: ".")),
                    "an update of '\(name)', which the server takes for a path")
                if part.isNamed("$set") {
                    set[name] = Array(element.whole)
                    order.append(name)
                } else {
                    precondition(part.isNamed("$unset"), "an update with \(part.nameText)")
                    unset.insert(name)
                }
            }
        }
        var new: [UInt8] = []
        var done: Set<ByteString> = []
        old.withUnsafeBytes { bytes in
            new.appendDocument { writer in
                for element in BSONElements(bytes) {
                    let name = ByteString(copying: element.name)
                    if unset.contains(name) { continue }
                    done.insert(name)
                    if let value = set[name] {
                        value.withUnsafeBytes { writer.append(element: $0) }
                    } else {
                        writer.append(element: element.whole)
                    }
                }
                for name in order.sorted(by: { RecordChange.isBefore($0, $1) }) where !done.contains(name) {
                    set[name]?.withUnsafeBytes { writer.append(element: $0) }
                }
            }
        }
        return new
    }

    private static func id(of document: [UInt8]) -> ByteString {
        let id = document.withUnsafeBytes { bytes -> ByteString? in
            BSONElements(bytes).first(named: "_id")?.byteString
        }
        guard let id else { preconditionFailure("a document without _id") }
        return id
    }
}
