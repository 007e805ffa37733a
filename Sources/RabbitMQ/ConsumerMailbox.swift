internal import Lanes
internal import Pipeline
internal import Synchronization

/// What other threads ask of a consumer's thread. Never blocks longer than it takes to write a few words of memory.
final class ConsumerMailbox: Sendable {
    struct Orders {
        /// Acknowledge up to here, on the present channel.
        var acknowledged: UInt64?
        /// All deliveries that are not acknowledged go back to the broker.
        var isGivingBack: Bool
        /// Somebody asks whether the channel is open still.
        var mustConfirm: Bool
        var isStopping: Bool
        var isClosing: Bool
    }

    private typealias Asking = CheckedContinuation<Bool, Never>

    private struct State {
        /// Channels opened so far.
        var opened: UInt64 = 0
        /// The present one; 0 while there is none.
        var channel: UInt64 = 0
        var acknowledged: UInt64?
        var isGivingBack = false
        var isStopping = false
        var isClosing = false
        /// Questions by a number each, those that the broker was not asked yet first.
        var unasked: [UInt64: Asking] = [:]
        var asked: [UInt64: Asking] = [:]
        var questions: UInt64 = 0
    }

    private static let consumers = Atomic<UInt64>(0)

    /// For the thread to wait on.
    let wakeup = Wakeup()
    private let state = Mutex(State())
    /// Of this process. The upper half of its channels' numbers: were a tag of one consumer ever given to another, it would
    /// be dropped there, and not acknowledge a message that nobody has read.
    private let consumer = consumers.add(1, ordering: .relaxed).newValue
    private let passed = Atomic(0)

    // MARK: The pipeline

    /// Acknowledgements add up: only the highest counts. Those of another channel than the present one are dropped.
    func acknowledge(upTo tag: DeliveryTag) {
        let mustWake = state.withLock { state in
            guard tag.channel == state.channel else { return false }
            defer { state.acknowledged = max(state.acknowledged ?? 0, tag.number) }
            return state.acknowledged == nil
        }
        if mustWake { wakeup.signal() }
    }

    /// Whether that channel is the present one, or of another consumer.
    func isOpen(_ channel: UInt64) -> Bool { !isOwn(channel) || state.withLock { $0.channel == channel } }

    /// The same, as the broker says after this call. False when the task is cancelled.
    func confirmOpen(_ channel: UInt64) async -> Bool {
        guard isOwn(channel) else { return true }
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

    /// So many deliveries of a channel have left the pipeline.
    func passed(_ count: Int, of channel: UInt64) {
        if isOwn(channel) { passed.add(count, ordering: .releasing) }
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

    private func isOwn(_ channel: UInt64) -> Bool { channel >> 32 == consumer }

    // MARK: The thread

    /// For every channel it opens: the number for its tags. What was for the one before is forgotten.
    func beginChannel() -> UInt64 {
        state.withLock { state in
            state.opened += 1
            state.channel = consumer << 32 | state.opened
            state.acknowledged = nil
            state.isGivingBack = false
            return state.channel
        }
    }

    /// The channel has ended, or is about to be closed: none of its deliveries is ours any more.
    func endChannel() {
        let asking = state.withLock { state in
            state.channel = 0
            defer { (state.unasked, state.asked) = ([:], [:]) }
            return Array(state.unasked.values) + Array(state.asked.values)
        }
        for continuation in asking { continuation.resume(returning: false) }
    }

    /// Everything, which the thread then does. Questions stay until none is with the broker.
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

    /// The broker has said that the channel is open.
    func confirmed() {
        let asked = state.withLock { state in
            defer { state.asked = [:] }
            return Array(state.asked.values)
        }
        for continuation in asked { continuation.resume(returning: true) }
    }

    /// Whether the broker was asked and has not answered.
    var isAsking: Bool { state.withLock { !$0.asked.isEmpty } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Deliveries that have left the pipeline.
    var passedCount: Int { passed.load(ordering: .acquiring) }
}
