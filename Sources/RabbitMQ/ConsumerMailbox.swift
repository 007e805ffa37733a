internal import Contracts
internal import Synchronization
internal import ThreadExecutors

/// Requests of other threads to a consumer's thread. Never blocks beyond a short critical section.
final class ConsumerMailbox: Sendable {
    struct Orders {
        /// Acknowledge up to this delivery of the current channel.
        var acknowledged: UInt64?
        /// Return all unacknowledged deliveries to the broker.
        var isGivingBack: Bool
        /// Check that the channel is still open.
        var mustConfirm: Bool
        var isStopping: Bool
        var isClosing: Bool
    }

    private typealias Asking = CheckedContinuation<Bool, Never>

    private struct State {
        /// Number of channels opened.
        var opened: UInt64 = 0
        /// The current channel; 0: none.
        var channel: UInt64 = 0
        var acknowledged: UInt64?
        var isGivingBack = false
        var isStopping = false
        var isClosing = false
        /// Pending checks of the channel by id: not yet sent to the broker, and sent.
        var unasked: [UInt64: Asking] = [:]
        var asked: [UInt64: Asking] = [:]
        var questions: UInt64 = 0
    }

    private static let consumers = Atomic<UInt64>(0)

    /// Wakes the consumer's thread.
    let wakeup = Wakeup()
    private let state = Mutex(State())
    /// Process-wide consumer number, the upper half of channel numbers: a tag passed to the wrong consumer is dropped,
    /// rather than acknowledging an unread message.
    private let consumer = consumers.add(1, ordering: .relaxed).newValue
    private let passed = Atomic(0)

    // MARK: Called by the pipeline

    /// Acknowledgements are cumulative: only the highest counts. Those of a previous channel are dropped.
    func acknowledge(upTo tag: DeliveryTag) {
        let mustWake = state.withLock { state in
            guard tag.channel == state.channel else { return false }
            defer { state.acknowledged = max(state.acknowledged ?? 0, tag.number) }
            return state.acknowledged == nil
        }
        if mustWake { wakeup.signal() }
    }

    /// Whether that channel is the present one.
    func isOpen(_ channel: UInt64) -> Bool { state.withLock { $0.channel == channel } }

    /// Asks the broker whether the channel is still open. False if the task is cancelled.
    func confirmOpen(_ channel: UInt64) async -> Bool {
        let number = state.withLock { state in
            state.questions += 1
            return state.questions
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isKnown = state.withLock { state in
                    guard state.channel == channel, !Task.isCancelled else { return true }
                    state.unasked[number] = continuation
                    return false
                }
                if isKnown { continuation.resume(returning: false) } else { wakeup.signal() }
            }
        } onCancel: {
            let asking = state.withLock { state in
                state.unasked.removeValue(forKey: number) ?? state.asked.removeValue(forKey: number)
            }
            asking?.resume(returning: false)
        }
    }

    func giveBack() {
        state.withLock { $0.isGivingBack = $0.channel != 0 }
        wakeup.signal()
    }

    /// `count` deliveries of a channel have left the pipeline.
    func passed(_ count: Int, of channel: UInt64) {
        passed.add(count, ordering: .releasing)
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        wakeup.signal()
    }

    func close() {
        state.withLock { state in
            state.isStopping = true
            state.isClosing = true
        }
        wakeup.signal()
    }

    // MARK: The thread

    /// Starts a channel and returns the number for its tags. Drops requests for the previous one.
    func beginChannel() -> UInt64 {
        state.withLock { state in
            state.opened += 1
            state.channel = consumer << 32 | state.opened
            state.acknowledged = nil
            state.isGivingBack = false
            return state.channel
        }
    }

    /// The channel has ended, or is about to be closed: its deliveries are no longer ours.
    func endChannel() {
        let asking = state.withLock { state in
            state.channel = 0
            defer { (state.unasked, state.asked) = ([:], [:]) }
            return Array(state.unasked.values) + Array(state.asked.values)
        }
        for continuation in asking { continuation.resume(returning: false) }
    }

    /// Takes all requests. Checks remain pending until the broker has answered.
    func take() -> Orders {
        state.withLock { state in
            defer { state.acknowledged = nil }
            let mustConfirm = state.asked.isEmpty && !state.unasked.isEmpty
            if mustConfirm { swap(&state.unasked, &state.asked) }
            return Orders(
                acknowledged: state.acknowledged, isGivingBack: state.isGivingBack, mustConfirm: mustConfirm,
                isStopping: state.isStopping, isClosing: state.isClosing)
        }
    }

    /// The broker has confirmed that the channel is open.
    func confirmed() {
        let asked = state.withLock { state in
            defer { state.asked = [:] }
            return Array(state.asked.values)
        }
        for continuation in asked { continuation.resume(returning: true) }
    }

    /// Whether a check awaits the broker's answer.
    var isAsking: Bool { state.withLock { !$0.asked.isEmpty } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Number of deliveries that have left the pipeline.
    var passedCount: Int { passed.load(ordering: .acquiring) }
}
