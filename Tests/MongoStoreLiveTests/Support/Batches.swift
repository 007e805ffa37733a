import BSON
import Contracts
import JSON

extension BSONWriter {
    mutating func append(strings: [String]) {
        for (index, text) in strings.enumerated() {
            BSONWriter.withIndexName(index) { name in
                var text = text
                text.withUTF8 { append(name, string: $0) }
            }
        }
    }
}

extension StoreReads {
    init(ledger: [ByteString] = [], _ collection: String, _ ids: [ByteString]) {
        self.init()
        self.ledger = ledger
        records = [(collection, ids)]
    }
}

extension StoreSnapshot {
    /// The integer `field` of each record found in the first collection, by `_id`.
    func integers(_ field: StaticString) -> [ByteString: Int64] {
        var values: [ByteString: Int64] = [:]
        for index in 0..<records[0].count {
            records[0].withDocument(index) { document in
                let elements = BSONElements(document)
                guard let id = elements.first(named: "_id")?.byteString else { return }
                values[id] = elements.first(named: field)?.integer
            }
        }
        return values
    }
}

extension StoreWrites {
    init(_ collections: CollectionWrites...) {
        self.init()
        self.collections = collections
    }
}

extension CollectionWrites {
    mutating func insert(_ id: ByteString, _ body: (inout BSONWriter) -> Void = { _ in }) {
        inserts.appendDocument { document in
            document.append("_id", string: id)
            body(&document)
        }
    }

    mutating func set(_ id: ByteString, _ body: (inout BSONWriter) -> Void) {
        updateIDs.append(id)
        updates.appendDocument { $0.append("$set", document: body) }
    }

    /// A ledger row as the pipeline writes it, as far as the store is concerned. Dated far ahead: it does not expire.
    static func ledger(_ id: ByteString) -> CollectionWrites {
        var writes = CollectionWrites(collection: "gateway.ledger")
        writes.insert(id) { $0.append("at", date: 4_000_000_000_000) }
        return writes
    }
}

/// Adds one to `n` of each record, inserting those that are not there; once for each message, however often it is
/// settled. What every test of exactly-once effect counts with.
struct Counting: Sendable {
    var ids: [ByteString]
    var message: ByteString?

    var reads: StoreReads { StoreReads(ledger: message.map { [$0] } ?? [], "item", ids) }

    func plan(_ snapshot: StoreSnapshot) -> (writes: StoreWrites, result: Bool) {
        if !snapshot.ledger.isEmpty { return (StoreWrites(), false) }
        let stored = snapshot.integers("n")
        var item = CollectionWrites(collection: "item")
        for id in ids {
            if let n = stored[id] {
                item.set(id) { $0.append("n", int64: n + 1) }
            } else {
                item.insert(id) { $0.append("n", int64: 1) }
            }
        }
        var writes = StoreWrites(item)
        if let message { writes.collections.append(.ledger(message)) }
        return (writes, true)
    }
}

extension Store {
    /// True when it took effect, false when the ledger knew the message.
    @discardableResult
    func settle(_ counting: Counting) async throws(StoreError) -> Bool {
        try await settle(counting.reads) { counting.plan($0) }
    }

    /// As the pipeline does it: pauses while the store is unavailable, `tries` times at most.
    @discardableResult
    func settle(_ counting: Counting, tries: Int) async throws -> Bool {
        for _ in 1..<tries {
            do throws(StoreError) {
                return try await settle(counting)
            } catch {
                if error.kind == .refused { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        return try await settle(counting)
    }
}
