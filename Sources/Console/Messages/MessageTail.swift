internal import Synchronization

/// The live tail: the newest settled messages. Filled only while a page is watching, with a rate limit. Thread-safe,
/// never waits.
package final class MessageTail: Sendable {
    /// Maximum number of messages, and of their bytes.
    static let most = 500
    static let mostBytes = 8 << 20
    /// Rate limit per second: separately for refused messages and for others.
    static let perSecond = 100
    /// Milliseconds it is filled after the last request.
    static let interest: Int64 = 30_000

    private struct Row {
        let number: Int
        /// That of its first part.
        let first: Int
        let message: SettledMessage
    }

    private struct State {
        var rows: [Row] = []
        var bytes = 0
        var last = 0
        /// Messages dropped by the rate limit.
        var leftOut = 0
        var second: Int64 = 0
        var refused = 0
        var others = 0
    }

    private let lookedAt = Atomic<Int64>(.min)
    private let state = Mutex(State())

    package init() {}

    /// Whether a page is watching, so that messages should be added. `now`: milliseconds since 1970.
    package func isWatched(at now: Int64) -> Bool {
        let before = lookedAt.load(ordering: .relaxed)
        return before != .min && now - before < Self.interest
    }

    /// Whether the rate limit admits another message, refused or not; otherwise it counts as left out.
    package func takes(refused: Bool, at now: Int64) -> Bool {
        state.withLock { state in
            if state.second != now / 1000 { (state.second, state.refused, state.others) = (now / 1000, 0, 0) }
            guard (refused ? state.refused : state.others) < Self.perSecond else {
                state.leftOut += 1
                return false
            }
            if refused { state.refused += 1 } else { state.others += 1 }
            return true
        }
    }

    /// A further part of a long message joins the row of its earlier parts, which becomes the newest.
    package func add(_ message: SettledMessage) {
        state.withLock { state in
            state.last += 1
            var row = Row(number: state.last, first: state.last, message: message)
            if message.identity != nil,
                let index = state.rows.lastIndex(where: { $0.message.identity == message.identity })
            {
                let before = state.rows.remove(at: index)
                state.bytes -= before.message.weight
                var whole = before.message
                whole.add(message)
                row = Row(number: state.last, first: before.first, message: whole)
            }
            state.rows.append(row)
            state.bytes += row.message.weight
            var gone = 0
            while state.rows.count - gone > Self.most || (state.bytes > Self.mostBytes && state.rows.count - gone > 1) {
                state.bytes -= state.rows[gone].message.weight
                gone += 1
            }
            state.rows.removeFirst(gone)
        }
    }

    // MARK: Reading

    /// Newest first. Keeps the tail filled from now on.
    func page(_ query: MessageQuery, now: Int64) -> MessagePage {
        lookedAt.store(now, ordering: .relaxed)
        return state.withLock { state in
            let after = query.after > state.last ? 0 : query.after
            let found = state.rows.reversed().lazy.prefix { $0.number > after }.filter { query.takes($0.message) }
            return MessagePage(
                rows: found.prefix(query.limit).map { ($0.first, $0.message) }, last: state.last,
                leftOut: state.leftOut)
        }
    }

    /// Nil if it is no longer kept.
    package func message(_ number: Int) -> SettledMessage? {
        state.withLock { state in state.rows.first { $0.first == number }?.message }
    }
}
