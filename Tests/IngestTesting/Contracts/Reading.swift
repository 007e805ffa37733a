internal import Contracts

/// Reads deliveries from a source, whatever else it tells in between.
struct SourceReader {
    private var iterator: AsyncStream<SourceEvent>.Iterator
    private var waiting: [Delivery] = []

    init(_ source: some Source) { iterator = source.events.makeAsyncIterator() }

    /// So many, exactly.
    mutating func deliveries(_ count: Int) async throws -> [Delivery] {
        while waiting.count < count {
            guard let event = await iterator.next(isolation: nil) else {
                throw Broken("the events ended after \(waiting.count) of \(count) deliveries")
            }
            if case .deliveries(let more) = event { waiting += more }
        }
        defer { waiting.removeFirst(count) }
        return Array(waiting.prefix(count))
    }

    /// Whether nothing more comes.
    mutating func isAtEnd() async -> Bool {
        while let event = await iterator.next(isolation: nil) {
            if case .deliveries = event { return false }
        }
        return true
    }
}

extension Delivery {
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// Looks again and again for ten seconds at what a server needs a moment for.
func eventually(_ what: @autoclosure () -> String, _ isSo: () async throws -> Bool) async throws {
    for _ in 0..<500 {
        if try await isSo() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw Broken("not within ten seconds: \(what())")
}
