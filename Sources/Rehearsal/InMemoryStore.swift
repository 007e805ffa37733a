package import Documents
package import Pipeline
internal import Records
internal import Synchronization

/// A store in memory that keeps the contract of ``Store``, and can be told to fail in all the ways that a real one does.
package final class InMemoryStore: Store {
    /// What goes wrong at the next settles, in order.
    package enum Fault: Sendable {
        /// Before anything is written.
        case unavailable
        /// After all was written: the answer to the commit was lost.
        case unavailableAfterCommit
        /// A race is lost: the plan is called, its writes are dropped, and it is called again.
        case raceLost
        case unknown
        /// What is to be written is refused, whatever it is.
        case refused
    }

    private struct State {
        var collections: [String: [ByteString: [UInt8]]] = [:]
        var faults: [Fault] = []
        var refused: Set<ByteString> = []
        /// By collection: what every read and write of it fails with.
        var broken: [String: StoreError] = [:]
        var settles = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func fail(with faults: [Fault]) { state.withLock { $0.faults += faults } }

    /// Every write of this record is refused, as by a validator.
    package func refuse(_ id: ByteString) { state.withLock { _ = $0.refused.insert(id) } }

    /// Every transaction that reads or writes the collection fails with this error; nil ends it.
    package func fail(_ collection: String, with error: StoreError?) {
        state.withLock { $0.broken[collection] = error }
    }

    /// Transactions that were tried.
    package var settles: Int { state.withLock { $0.settles } }

    package func documents(in collection: String) -> [ByteString: [UInt8]] {
        state.withLock { $0.collections[collection] ?? [:] }
    }

    /// The collections that hold anything.
    package var collections: [String] {
        state.withLock { $0.collections.filter { !$0.value.isEmpty }.map(\.key) }
    }

    /// Puts a document there as if another program had.
    package func put(_ document: [UInt8], in collection: String) {
        state.withLock { $0.collections[collection, default: [:]][Self.id(of: document)] = document }
    }

    package func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn,
        plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        await Task.yield()
        guard await turn.mayCommit() else { throw .gaveWay }
        return try settleNow(reads, plan: plan)
    }

    /// The same for those who cannot wait.
    package func settleNow<Result: Sendable>(
        _ reads: StoreReads, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) throws(StoreError) -> Result {
        let result = state.withLock { state in
            Swift.Result { () throws(StoreError) in try Self.settle(reads, plan: plan, state: &state) }
        }
        return try result.get()
    }

    private static func settle<Result: Sendable>(
        _ reads: StoreReads, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result),
        state: inout State
    ) throws(StoreError) -> Result {
        state.settles += 1
        let fault = state.faults.isEmpty ? nil : state.faults.removeFirst()
        if case .unavailable = fault { throw StoreError(kind: .unavailable, code: 6, message: "no server") }
        if case .unknown = fault { throw StoreError(kind: .unknown, code: 1, message: "an error nobody knows") }
        if case .refused = fault { throw StoreError(kind: .refused, code: 121, message: "the validator refuses it") }
        for (collection, _) in reads.records { if let error = state.broken[collection] { throw error } }
        let snapshot = StoreSnapshot(
            ledger: find(reads.ledger, in: state.collections[StoreNames.ledger]),
            records: reads.records.map { find($0.ids, in: state.collections[$0.collection]) })
        if case .raceLost = fault { _ = plan(snapshot) }
        let (writes, result) = plan(snapshot)
        let before = state.collections
        do throws(StoreError) {
            for write in writes.collections { try apply(write, state: &state) }
        } catch {
            state.collections = before
            throw error
        }
        if case .unavailableAfterCommit = fault {
            throw StoreError(kind: .unavailable, code: 6, message: "connection closed")
        }
        return result
    }

    private static func find(_ ids: [ByteString], in collection: [ByteString: [UInt8]]?) -> BSONSequence {
        var found = BSONSequence()
        for id in ids {
            guard let document = collection?[id] else { continue }
            document.withUnsafeBytes { found.append(copying: $0) }
        }
        return found
    }

    /// As MongoDB has it.
    private static let largestDocument = 16 << 20

    private static func apply(_ writes: CollectionWrites, state: inout State) throws(StoreError) {
        if let error = state.broken[writes.collection] { throw error }
        var documents = state.collections[writes.collection] ?? [:]
        func check(_ document: [UInt8]?) throws(StoreError) {
            if let document, document.count > largestDocument {
                throw StoreError(
                    kind: .refused, code: 10334, message: "a document of \(document.count) bytes is too large")
            }
        }
        func check(_ id: ByteString) throws(StoreError) {
            if state.refused.contains(id) {
                throw StoreError(kind: .refused, code: 121, message: "the validator refuses '\(id)'")
            }
        }
        for id in writes.deletes {
            try check(id)
            precondition(documents.removeValue(forKey: id) != nil, "deletes a record that is not there: \(id)")
        }
        for (index, id) in writes.updateIDs.enumerated() {
            try check(id)
            guard let old = documents[id] else { preconditionFailure("updates a record that is not there: \(id)") }
            documents[id] = writes.updates.withDocument(index) { update(old, with: $0) }
            try check(documents[id])
        }
        for index in 0..<writes.inserts.count {
            let document = writes.inserts.withDocument(index) { Array($0) }
            let id = id(of: document)
            try check(id)
            try check(document)
            precondition(documents[id] == nil, "inserts a record that is there: \(id)")
            documents[id] = document
        }
        state.collections[writes.collection] = documents
    }

    /// `$set` and `$unset` of top-level fields, as the server does them.
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
                for name in order where !done.contains(name) {
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
