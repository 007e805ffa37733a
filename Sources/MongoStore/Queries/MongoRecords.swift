package import BSON
package import Contracts
internal import Synchronization

/// Records for requests: several readers, each on a thread and connection of its own. Queries that come while all of them are
/// busy wait, and are read together where one query of the store answers them (``ReadQueue``).
package final class MongoRecords: RecordReader {
    fileprivate typealias Answer = CheckedContinuation<Result<BSONSequence, StoreError>, Never>

    private struct State {
        var queue = ReadQueue<Answer>()
        var free: [MongoReader]
        var isClosed = false
    }

    private let readers: [MongoReader]
    private let state: Mutex<State>

    init(_ readers: [MongoReader]) {
        self.readers = readers
        state = Mutex(State(free: readers))
    }

    package func read(_ query: RecordQuery) async throws(StoreError) -> BSONSequence {
        let result = await withCheckedContinuation { (answer: Answer) in
            let (reader, isClosed) = state.withLock { state -> (MongoReader?, Bool) in
                guard !state.isClosed else { return (nil, true) }
                state.queue.append(query, answer)
                return (state.free.popLast(), false)
            }
            if isClosed {
                answer.resume(
                    returning: .failure(StoreError(kind: .unavailable, code: 0, message: "the route is ending")))
            } else if let reader {
                Task { await reader.serve { self.next(for: reader) } }
            }
        }
        return try result.get()
    }

    /// What the reader does next; it is free where nothing waits.
    private func next(for reader: MongoReader) -> ReadQueue<Answer>.Group? {
        state.withLock { state in
            let group = state.queue.take()
            if group == nil { state.free.append(reader) }
            return group
        }
    }

    /// What waits is answered.
    package func close() async {
        state.withLock { $0.isClosed = true }
        for reader in readers { await reader.close() }
    }
}

extension MongoReader {
    /// What takes the server longer fails.
    private static let patience = Duration.seconds(10)

    /// Answers until nothing waits.
    fileprivate func serve(_ next: () -> ReadQueue<MongoRecords.Answer>.Group?) {
        while let group = next() {
            switch group {
            case .same(let query, let answers):
                let result = self.result(of: query)
                for answer in answers { answer.resume(returning: result) }
            case .records(let collection, let all):
                let results = self.results(of: all.map(\.query), in: collection)
                for (waiting, result) in zip(all, results) { waiting.answer.resume(returning: result) }
            }
        }
    }

    private func result(of query: RecordQuery) -> Result<BSONSequence, StoreError> {
        Result { () throws(StoreError) in try records(of: query) }
    }

    private func records(of query: RecordQuery) throws(StoreError) -> BSONSequence {
        let direction: BSONLiteral = query.isDescending ? -1 : 1
        return try find(
            in: query.collection, filter: query.filter,
            // One record needs no order.
            sort: query.limit == 1
                ? .absent
                : query.order.map { [.field($0): direction, "_id": direction] } ?? ["_id": direction],
            limit: query.limit, maxTime: Self.patience, ofMajority: true, isUrgent: true,
            atMost: RecordQuery.mostBytes)
    }

    /// All by one query for their `_id`s. What this does not settle plainly has a query of its own.
    private func results(of queries: [RecordQuery], in collection: String) -> [Result<BSONSequence, StoreError>] {
        let ids = Set(queries.compactMap(\.wantedID))
        let found: BSONSequence
        do throws(StoreError) {
            found = try find(
                in: collection, filter: ["_id": ["$in": .array(ids.map { .value($0) })]], maxTime: Self.patience,
                ofMajority: true, isUrgent: true, atMost: RecordQuery.mostBytes)
        } catch {
            return queries.map { _ in .failure(error) }
        }
        var places: [BSONValue: Int] = [:]
        for (index, id) in found.ids.enumerated() where ids.contains(id) { places[id] = index }
        let isComplete = found.bytes.count <= RecordQuery.mostBytes && places.count == found.count
        return queries.map { query in
            guard let index = query.wantedID.flatMap({ places[$0] }) else {
                return isComplete ? .success(BSONSequence()) : result(of: query)
            }
            let own = found.withDocument(index) { document -> BSONSequence? in
                guard query.isPlainlyMet(by: document) else { return nil }
                var own = BSONSequence()
                own.append(copying: document)
                return own
            }
            return own.map { .success($0) } ?? result(of: query)
        }
    }
}

extension RecordQuery {
    fileprivate var filter: BSONLiteral {
        let equal = conditions.reduce([:] as BSONLiteral) { filter, condition in
            filter + [.field(condition.field): ["$eq": .value(condition.value)]]
        }
        guard let after else { return equal }
        let later: BSONLiteral.Name = isDescending ? "$lt" : "$gt"
        let laterID: BSONLiteral = [later: ["$_id", .value(after.id)]]
        guard let order, let value = after.value else { return equal + ["$expr": laterID] }
        // Compared as a sort does: across types, a missing field as null.
        let field: BSONLiteral = ["$ifNull": [.path(order), nil]]
        return equal + [
            "$expr": [
                "$or": [
                    [later: [field, .value(value)]], ["$and": [["$eq": [field, .value(value)]], laterID]],
                ]
            ]
        ]
    }
}

extension MongoDeployment {
    /// Records for requests, by so many connections.
    package func makeRecords(connections: Int) -> MongoRecords {
        MongoRecords((0..<connections).map { _ in makeReader() })
    }
}
