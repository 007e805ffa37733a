internal import Synchronization

/// The newest messages, for people who look: filled only while somebody does, and never with more than so many a second. From
/// any thread; nobody waits.
package final class MessageTail: Sendable {
    /// Messages kept, and bytes of them.
    static let most = 500
    static let mostBytes = 8 << 20
    /// Of those that are taken in within a second: as many that were refused, and as many others.
    static let perSecond = 100
    /// How long it is filled after somebody has looked; milliseconds.
    static let interest: Int64 = 30_000

    private struct Row {
        let number: Int
        let message: SettledMessage
    }

    private struct State {
        var rows: [Row] = []
        var bytes = 0
        var last = 0
        /// Those that nobody will see, for they were too many.
        var leftOut = 0
        var second: Int64 = 0
        var refused = 0
        var others = 0
    }

    private let lookedAt = Atomic<Int64>(.min)
    private let state = Mutex(State())

    package init() {}

    /// Whether it is worth while to make messages for it. `now`: milliseconds since 1970.
    package func isWatched(at now: Int64) -> Bool {
        let before = lookedAt.load(ordering: .relaxed)
        return before != .min && now - before < Self.interest
    }

    /// Whether there is room in this second for one that was refused, or for another one; if not, it is counted as left out.
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

    package func add(_ message: SettledMessage) {
        state.withLock { state in
            state.last += 1
            state.rows.append(Row(number: state.last, message: message))
            state.bytes += message.weight
            var gone = 0
            while state.rows.count - gone > Self.most || (state.bytes > Self.mostBytes && state.rows.count - gone > 1) {
                state.bytes -= state.rows[gone].message.weight
                gone += 1
            }
            state.rows.removeFirst(gone)
        }
    }

    // MARK: For those who look

    /// The newest first. It is filled from now on.
    func page(_ query: MessageQuery, now: Int64) -> MessagePage {
        lookedAt.store(now, ordering: .relaxed)
        return state.withLock { state in
            let after = query.after > state.last ? 0 : query.after
            let found = state.rows.reversed().lazy.prefix { $0.number > after }.filter { query.takes($0.message) }
            return MessagePage(
                rows: found.prefix(query.limit).map { ($0.number, $0.message) }, last: state.last,
                leftOut: state.leftOut)
        }
    }

    /// Nil where it is gone.
    package func message(_ number: Int) -> SettledMessage? {
        state.withLock { state in state.rows.first { $0.number == number }?.message }
    }
}
