internal import Synchronization

/// The messages that wait for one lane, in order. The dispatcher appends, the lane takes.
///
/// Bounded by the consumer's prefetch: no more messages than that are anywhere in the gateway.
final class Inbox: Sendable {
    private struct State {
        var messages: [PreparedMessage] = []
        var isFinished = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func append(_ message: PreparedMessage) {
        let waiting = state.withLock { state in
            state.messages.append(message)
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Nothing more will come; a waiting lane goes on.
    func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// All that is there, at least one message; nil once finished and empty. By the one lane that owns this inbox.
    func take() async -> [PreparedMessage]? {
        while true {
            let (messages, isFinished) = state.withLock { state in
                defer { state.messages = [] }
                return (state.messages, state.isFinished)
            }
            if !messages.isEmpty { return messages }
            if isFinished { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.messages.isEmpty, !state.isFinished else { return true }
                    state.waiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
}
