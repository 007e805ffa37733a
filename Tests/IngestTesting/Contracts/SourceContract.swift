package import Contracts

/// A queue of a test's own, and consumers of it.
package protocol SourceBench: Sendable {
    associatedtype Opened: Source

    /// Puts messages with these bodies into the queue.
    func send(_ texts: [String]) async throws
    /// A consumer that is never handed more than `prefetch` unacknowledged deliveries.
    func open(prefetch: Int) async throws -> Opened
    /// Messages in the queue that no consumer was handed.
    func waiting() async throws -> Int
}

/// What every ``Source`` that consumes a broker's queue must do, whatever is behind it.
package enum SourceContract: String, CaseIterable, Sendable {
    case deliversInOrderUpToThePrefetchCount
    case acknowledgesAllBeforeATag
    case endsItsEventsWhenStopped
    case givesBackWhatIsNotAcknowledged
    case knowsWhichChannelsAreOpen

    /// Throws where it is not kept. The queue is empty.
    package func check(on bench: some SourceBench) async throws {
        switch self {
        case .deliversInOrderUpToThePrefetchCount: try await order(bench)
        case .acknowledgesAllBeforeATag: try await acknowledgement(bench)
        case .endsItsEventsWhenStopped: try await stop(bench)
        case .givesBackWhatIsNotAcknowledged: try await giveBack(bench)
        case .knowsWhichChannelsAreOpen: try await channels(bench)
        }
    }

    private static func texts(_ numbers: Range<Int>) -> [String] { numbers.map { "m\($0)" } }

    private func order(_ bench: some SourceBench) async throws {
        try await bench.send(Self.texts(0..<25))
        let source = try await bench.open(prefetch: 10)
        var reader = SourceReader(source)
        for start in [0, 10, 20] {
            let end = min(start + 10, 25)
            let deliveries = try await reader.deliveries(end - start)
            let found = deliveries.map(\.text)
            try require(found == Self.texts(start..<end), "expected m\(start) to m\(end - 1), found \(found)")
            try require(deliveries.allSatisfy { !$0.isRedelivered }, "a first delivery is marked as redelivered")
            let numbers = deliveries.map(\.tag)
            try require(
                numbers == numbers.sorted() && Set(numbers).count == numbers.count, "tags do not grow: \(numbers)")
            let waiting = try await bench.waiting()
            try require(waiting == 25 - end, "more were handed out than the prefetch count: \(waiting) wait")
            source.acknowledge(upTo: deliveries[deliveries.count - 1].tag)
        }
        await source.close()
        try await eventually("the queue is empty") { try await bench.waiting() == 0 }
    }

    private func acknowledgement(_ bench: some SourceBench) async throws {
        try await bench.send(Self.texts(0..<10))
        let first = try await bench.open(prefetch: 100)
        var reader = SourceReader(first)
        let deliveries = try await reader.deliveries(10)
        first.acknowledge(upTo: deliveries[5].tag)
        // One that says less than the one before it changes nothing.
        first.acknowledge(upTo: deliveries[2].tag)
        await first.close()
        try await eventually("what was not acknowledged is back") { try await bench.waiting() == 4 }

        let second = try await bench.open(prefetch: 100)
        reader = SourceReader(second)
        let again = try await reader.deliveries(4)
        try require(again.map(\.text) == Self.texts(6..<10), "others came again: \(again.map(\.text))")
        try require(again.allSatisfy(\.isRedelivered), "a second delivery is not marked as redelivered")
        second.acknowledge(upTo: again[3].tag)
        await second.close()
        try await eventually("the queue is empty") { try await bench.waiting() == 0 }
    }

    private func stop(_ bench: some SourceBench) async throws {
        try await bench.send(Self.texts(0..<5))
        let source = try await bench.open(prefetch: 100)
        var reader = SourceReader(source)
        let deliveries = try await reader.deliveries(5)
        source.stop()
        let isAtEnd = await reader.isAtEnd()
        try require(isAtEnd, "a delivery came after the source was stopped")
        try await bench.send(Self.texts(5..<8))
        // What is out may still be acknowledged.
        source.acknowledge(upTo: deliveries[4].tag)
        await source.close()
        try await eventually("what came later, and nothing else, waits") { try await bench.waiting() == 3 }
    }

    private func giveBack(_ bench: some SourceBench) async throws {
        try await bench.send(Self.texts(0..<10))
        let source = try await bench.open(prefetch: 100)
        var reader = SourceReader(source)
        let deliveries = try await reader.deliveries(10)
        source.acknowledge(upTo: deliveries[2].tag)
        source.passed(3, of: deliveries[0].tag.channel)
        source.giveBack()
        try await eventually("all that was not acknowledged is given back") { try await bench.waiting() == 7 }
        // Too late: the broker gives these out again.
        source.acknowledge(upTo: deliveries[9].tag)
        try await Task.sleep(for: .milliseconds(200))
        let waiting = try await bench.waiting()
        try require(waiting == 7, "deliveries were taken while the pipeline held old ones: \(waiting) wait")
        source.passed(7, of: deliveries[0].tag.channel)
        let again = try await reader.deliveries(7)
        try require(again.map(\.text) == Self.texts(3..<10), "others came again: \(again.map(\.text))")
        try require(again.allSatisfy { $0.tag.channel != deliveries[0].tag.channel }, "they came on the old channel")
        try require(again.allSatisfy(\.isRedelivered), "a second delivery is not marked as redelivered")
        source.acknowledge(upTo: again[6].tag)
        await source.close()
        try await eventually("the queue is empty") { try await bench.waiting() == 0 }
    }

    private func channels(_ bench: some SourceBench) async throws {
        try await bench.send(Self.texts(0..<1))
        let source = try await bench.open(prefetch: 10)
        var reader = SourceReader(source)
        let channel = try await reader.deliveries(1)[0].tag.channel
        try require(source.isOpen(channel), "an open channel is said to be closed")
        var isConfirmed = await source.confirmOpen(channel)
        try require(isConfirmed, "an open channel is not confirmed")
        source.giveBack()
        try await eventually("the channel is closed") { !source.isOpen(channel) }
        isConfirmed = await source.confirmOpen(channel)
        try require(!isConfirmed, "a closed channel is confirmed")
        source.passed(1, of: channel)
        let next = try await reader.deliveries(1)[0].tag
        try require(source.isOpen(next.channel) && !source.isOpen(channel), "the new channel is not the open one")
        source.acknowledge(upTo: next)
        await source.close()
    }
}
