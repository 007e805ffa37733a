internal import BSON
package import Contracts
package import JSON

/// A database of a test's own, and ways to it.
package protocol StoreBench: Sendable {
    associatedtype Transactor: Store

    /// Another way each time, to the same data.
    func open() async throws -> Transactor
    /// What a collection holds, by `_id`, as somebody else sees it.
    func documents(in collection: String) async throws -> [ByteString: [UInt8]]
}

/// What every ``Store`` must do, whatever is behind it.
package enum StoreContract: String, CaseIterable, Sendable {
    case writesDeletesUpdatesAndInserts
    case readsEachCollectionInTheOrderAskedFor
    case writesNothingBeforeItsTurn
    case writesNothingWithoutATurn
    case writesNothingOfWhatIsRefused
    case losesNoUpdateOfTwoAtATime

    /// Throws where it is not kept. The database is empty.
    package func check(on bench: some StoreBench) async throws {
        switch self {
        case .writesDeletesUpdatesAndInserts: try await writes(bench)
        case .readsEachCollectionInTheOrderAskedFor: try await reads(bench)
        case .writesNothingBeforeItsTurn: try await turns(bench)
        case .writesNothingWithoutATurn: try await abandoned(bench)
        case .writesNothingOfWhatIsRefused: try await refused(bench)
        case .losesNoUpdateOfTwoAtATime: try await races(bench)
        }
    }

    // MARK: Writing

    private func writes(_ bench: some StoreBench) async throws {
        let lane = try await bench.open()
        let before = try await lane.settle(.of(ledger: ["m1"], "item", ["a", "b", "c", "d"])) { snapshot in
            (
                .of([.inserting(["a": 1, "b": 1, "d": 1], in: "item")]),
                snapshot.ledger.count + snapshot.records[0].count
            )
        }
        try require(before == 0, "an empty database holds \(before) documents")
        let seen = try await lane.settle(.of(ledger: ["m1"], "item", ["a", "b", "c", "d"])) { snapshot in
            var item = CollectionWrites.inserting(["c": 3, "d": 4], in: "item")
            item.deletes = ["a", "d"]
            item.updateIDs = ["b"]
            item.updates.appendDocument { update in
                update.append("$set", document: { $0.append("n", int64: 2) })
                update.append("$unset", document: { $0.append("more", bool: true) })
            }
            var ledger = CollectionWrites(collection: StoreCollections.ledger)
            ledger.inserts.appendDocument { row in
                row.append("_id", string: "m1")
                row.append("at", date: 4_000_000_000_000)
            }
            return (.of([item, ledger]), snapshot.numbers(0))
        }
        try require(seen == ["a": 1, "b": 1, "d": 1], "the next transaction reads \(seen)")
        let stored = try await bench.documents(in: "item")
        try require(stored.mapValues { $0.n } == ["b": 2, "c": 3, "d": 4], "stored: \(stored.mapValues { $0.n })")
        try require(stored["b"]?.bsonValue("more") == nil, "a field that was unset is there")
        try require(stored["c"]?.bsonValue("more") != nil, "a field that was inserted is not there")
        let rows = try await lane.settle(.of(ledger: ["m0", "m1"], "item", [])) { (StoreWrites(), $0.ledger.count) }
        try require(rows == 1, "\(rows) rows of the ledger where one was written")
    }

    private func reads(_ bench: some StoreBench) async throws {
        let lane = try await bench.open()
        try await lane.settle(StoreReads()) { _ in
            (.of([.inserting(["x": 1], in: "brand"), .inserting(["x": 2, "y": 3], in: "zone")]), ())
        }
        var reads = StoreReads()
        reads.records = [("zone", ["y", "x", "z"]), ("store", ["x"]), ("brand", ["x", "y"])]
        let found = try await lane.settle(reads) { snapshot in
            (StoreWrites(), snapshot.records.indices.map { snapshot.numbers($0) })
        }
        try require(found == [["x": 2, "y": 3], [:], ["x": 1]], "found \(found)")
    }

    private func refused(_ bench: some StoreBench) async throws {
        let lane = try await bench.open()
        let text = String(repeating: "x", count: 17 << 20)
        do throws(StoreError) {
            try await lane.settle(.of("item", ["a", "b"])) { _ in
                var item = CollectionWrites.inserting(["a": 1], in: "item")
                item.inserts.appendDocument { document in
                    document.append("_id", string: "b")
                    document.append("text", string: text)
                }
                return (.of([.inserting(["z": 1], in: "brand"), item]), ())
            }
        } catch {
            try require(error.kind == .refused, "a document that is too large: \(error.kind), \(error)")
            let stored = try await bench.documents(in: "item").count + bench.documents(in: "brand").count
            try require(stored == 0, "\(stored) documents of a refused batch are stored")
            return
        }
        throw Broken("a document of 17 MiB is stored")
    }

    // MARK: Several at a time

    private func turns(_ bench: some StoreBench) async throws {
        let (first, second) = (CommitTurn(), CommitTurn())
        first.meetTrouble()
        let behind = CommitTurn(after: second)
        let lane = try await bench.open()
        // The one before is at work: this one waits for it.
        let waiting = Task { () async -> Result<Int, StoreError> in
            do throws(StoreError) {
                return .success(
                    try await lane.settle(.of("item", ["late"]), turn: behind) { _ in
                        (.of([.inserting(["late": 2], in: "item")]), 2)
                    })
            } catch {
                return .failure(error)
            }
        }
        try await Task.sleep(for: .milliseconds(100))
        let early = try await bench.documents(in: "item")
        try require(early.isEmpty, "a batch is visible before the one in front of it: \(early.keys)")
        second.settle()
        let result = try await waiting.value.get()
        try require(result == 2, "the plan's result is \(result)")
        let stored = try await bench.documents(in: "item")
        try require(Array(stored.keys) == ["late"], "stored: \(stored.keys)")
        // In trouble: the one behind gives way.
        try await expectGaveWay(lane, CommitTurn(after: first), bench)
    }

    private func abandoned(_ bench: some StoreBench) async throws {
        let before = CommitTurn()
        before.abandon()
        try await expectGaveWay(try await bench.open(), CommitTurn(after: before), bench)
    }

    private func expectGaveWay(_ lane: some Store, _ turn: CommitTurn, _ bench: some StoreBench) async throws {
        do throws(StoreError) {
            try await lane.settle(.of("item", ["gone"]), turn: turn) { _ in
                (.of([.inserting(["gone": 1], in: "item")]), ())
            }
        } catch {
            try require(error.kind == .gaveWay, "without a turn: \(error.kind), \(error)")
            let stored = try await bench.documents(in: "item")
            try require(stored["gone"] == nil, "a batch without a turn is stored")
            return
        }
        throw Broken("a batch without a turn is settled")
    }

    /// Each adds one twenty times to what it reads.
    private func races(_ bench: some StoreBench) async throws {
        let lanes = [try await bench.open(), try await bench.open()]
        try await lanes[0].settle(StoreReads()) { _ in (.of([.inserting(["a": 0], in: "item")]), ()) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in lanes {
                group.addTask {
                    var done = 0
                    while done < 20 {
                        do throws(StoreError) {
                            try await lane.settle(.of("item", ["a"])) { snapshot in
                                var item = CollectionWrites(collection: "item")
                                item.updateIDs = ["a"]
                                let next = (snapshot.numbers(0)["a"] ?? -1000) + 1
                                item.updates.appendDocument { update in
                                    update.append("$set", document: { $0.append("n", int64: next) })
                                }
                                return (.of([item]), ())
                            }
                            done += 1
                        } catch {
                            // A lost race that was lost too often: nothing was written.
                            try require(error.kind != .refused, "a race is refused: \(error)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let stored = try await bench.documents(in: "item")["a"]?.n
        try require(stored == 40, "forty updates of two lanes came to \(stored as Any)")
    }
}

extension StoreReads {
    fileprivate static func of(
        ledger: [ByteString] = [], _ collection: String, _ ids: [ByteString]
    ) -> StoreReads {
        var reads = StoreReads()
        reads.ledger = ledger
        reads.records = [(collection, ids)]
        return reads
    }
}

extension StoreWrites {
    fileprivate static func of(_ collections: [CollectionWrites]) -> StoreWrites {
        var writes = StoreWrites()
        writes.collections = collections
        return writes
    }
}

extension CollectionWrites {
    /// Documents with these numbers in `n`, and one more field.
    fileprivate static func inserting(_ numbers: [ByteString: Int64], in collection: String) -> CollectionWrites {
        var writes = CollectionWrites(collection: collection)
        for (id, n) in numbers {
            writes.inserts.appendDocument { document in
                document.append("_id", string: id)
                document.append("n", int64: n)
                document.append("more", bool: true)
            }
        }
        return writes
    }
}

extension StoreSnapshot {
    /// `n` of each record found in the collection with this index.
    fileprivate func numbers(_ index: Int) -> [ByteString: Int64] {
        var numbers: [ByteString: Int64] = [:]
        for number in 0..<records[index].count {
            let document = records[index].withDocument(number) { Array($0) }
            if let id = document.bsonID.withElement({ $0.byteString }) { numbers[id] = document.n }
        }
        return numbers
    }
}

extension [UInt8] {
    fileprivate var n: Int64? { bsonValue("n")?.withElement { $0.integer } }
}
