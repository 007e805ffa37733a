package import Contracts
internal import Synchronization

/// A broker, and a queue of a test's own on it.
package protocol PublisherBench: Sendable {
    associatedtype Connection: Publisher

    /// The queue's name. No queue is named ``PublisherContract/nowhere``.
    var queue: String { get }
    func open() async throws -> Connection
    /// The bodies of all messages in the queue, in its order, which are taken out of it.
    func receive() async throws -> [String]
}

/// What every ``Publisher`` must do, whatever is behind it.
package enum PublisherContract: String, CaseIterable, Sendable {
    case confirmsWhatIsInTheQueueInOrder
    case returnsWhatNoQueueTakes
    case stopsWhereItMayNotPublish
    case knowsNothingOnceCancelled
    case knowsNothingOnceClosed
    case keepsTheOrderOfEachCaller

    /// A queue that is not there.
    package static let nowhere = "promo-gateway.contract.nowhere"

    /// Throws where it is not kept. The queue is empty.
    package func check(on bench: some PublisherBench) async throws {
        let publisher = try await bench.open()
        do {
            try await check(publisher, on: bench)
            await publisher.close()
        } catch {
            await publisher.close()
            throw error
        }
    }

    private func check(_ publisher: some Publisher, on bench: some PublisherBench) async throws {
        switch self {
        case .confirmsWhatIsInTheQueueInOrder: try await order(publisher, bench)
        case .returnsWhatNoQueueTakes: try await nowhere(publisher, bench)
        case .stopsWhereItMayNotPublish: try await stop(publisher, bench)
        case .knowsNothingOnceCancelled: try await cancelled(publisher, bench)
        case .knowsNothingOnceClosed: try await closed(publisher, bench)
        case .keepsTheOrderOfEachCaller: try await callers(publisher, bench)
        }
    }

    private static func posting(_ text: String, to queue: String) -> Posting {
        Posting(routingKey: queue, body: Array(text.utf8), properties: MessageProperties())
    }

    private static func postings(_ numbers: Range<Int>, to queue: String) -> [Posting] {
        numbers.map { posting("p\($0)", to: queue) }
    }

    private static func isUnknown(_ result: PostingResult) -> Bool {
        if case .unknown = result { true } else { false }
    }

    private func order(_ publisher: some Publisher, _ bench: some PublisherBench) async throws {
        let none = await publisher.publish([])
        try require(none.isEmpty, "results without postings: \(none)")
        for start in [0, 100] {
            let results = await publisher.publish(Self.postings(start..<start + 100, to: bench.queue))
            try require(results == Array(repeating: .confirmed, count: 100), "not all are confirmed: \(results)")
        }
        let received = try await bench.receive()
        try require(received == (0..<200).map { "p\($0)" }, "the queue has \(received)")
    }

    private func nowhere(_ publisher: some Publisher, _ bench: some PublisherBench) async throws {
        var postings = Self.postings(0..<4, to: bench.queue)
        postings[1].routingKey = Self.nowhere
        postings[2].routingKey = Self.nowhere
        postings[2].isMandatory = false
        let results = await publisher.publish(postings)
        guard results.count == 4, case .returned(let code, _) = results[1] else {
            throw Broken("the second one is not returned: \(results)")
        }
        try require(code == 312, "returned with \(code)")
        // One that is not mandatory is dropped by the broker, as it was asked to.
        try require([0, 2, 3].allSatisfy { results[$0] == .confirmed }, "others are not confirmed: \(results)")
        let received = try await bench.receive()
        try require(received == ["p0", "p3"], "the queue has \(received)")
    }

    private func stop(_ publisher: some Publisher, _ bench: some PublisherBench) async throws {
        let asked = Atomic(0)
        let results = await publisher.publish(Self.postings(0..<10, to: bench.queue)) {
            asked.wrappingAdd(1, ordering: .relaxed).newValue <= 3
        }
        try require(results.count == 10, "\(results.count) results of ten postings")
        try require(results.prefix(3).allSatisfy { $0 == .confirmed }, "the first three: \(results)")
        try require(
            results.dropFirst(3).allSatisfy { Self.isUnknown($0) }, "those that were not to be sent: \(results)")
        let received = try await bench.receive()
        try require(received == ["p0", "p1", "p2"], "the queue has \(received)")
    }

    private func cancelled(_ publisher: some Publisher, _ bench: some PublisherBench) async throws {
        let postings = Self.postings(0..<10, to: bench.queue)
        let task = Task {
            // Until it is cancelled.
            while !Task.isCancelled { await Task.yield() }
            return await publisher.publish(postings)
        }
        task.cancel()
        let results = await task.value
        try require(results.count == 10, "\(results.count) results of ten postings")
        try require(
            results.allSatisfy { $0 == .confirmed || Self.isUnknown($0) }, "cancelling is not a refusal: \(results)")
        let confirmed = results.count { $0 == .confirmed }
        let received = try await bench.receive()
        try require(received.count >= confirmed, "\(confirmed) are confirmed, and the queue has \(received.count)")
        try require(confirmed < 10, "a cancelled call waits for all confirms")
    }

    private func closed(_ publisher: some Publisher, _ bench: some PublisherBench) async throws {
        let before = await publisher.publish(Self.postings(0..<1, to: bench.queue))
        try require(before == [.confirmed], "not confirmed: \(before)")
        await publisher.close()
        let results = await publisher.publish(Self.postings(1..<3, to: bench.queue))
        try require(results.count == 2 && results.allSatisfy { Self.isUnknown($0) }, "after the end: \(results)")
        let received = try await bench.receive()
        try require(received == ["p0"], "the queue has \(received)")
    }

    private func callers(_ publisher: some Publisher, _ bench: some PublisherBench) async throws {
        let queue = bench.queue
        let all = await withTaskGroup(of: [PostingResult].self) { group in
            for caller in 0..<4 {
                group.addTask {
                    await publisher.publish((0..<50).map { Self.posting("\(caller)-\($0)", to: queue) })
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        try require(all == Array(repeating: .confirmed, count: 200), "not all are confirmed")
        let received = try await bench.receive()
        for caller in 0..<4 {
            let own = received.filter { $0.hasPrefix("\(caller)-") }
            try require(own == (0..<50).map { "\(caller)-\($0)" }, "caller \(caller): \(own)")
        }
    }
}
