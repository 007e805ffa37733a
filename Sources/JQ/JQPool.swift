internal import Synchronization

/// A pool of idle jq workers. A thread borrows one for each value.
final class JQPool: Sendable {
    static let shared = JQPool()

    /// Maximum number of idle workers.
    private static let mostIdle = 16

    private struct State {
        var idle: [JQWorker] = []
        var numbers: [String: UInt32] = [:]
        var checked: Set<UInt32> = []
    }

    private let state = Mutex(State())

    /// The number of a program text; equal texts share one.
    func number(of text: String) -> UInt32 {
        state.withLock { state in
            if let number = state.numbers[text] { return number }
            let number = UInt32(clamping: state.numbers.count)
            state.numbers[text] = number
            return number
        }
    }

    func hasChecked(_ text: JQText) -> Bool { state.withLock { $0.checked.contains(text.number) } }
    func noteChecked(_ text: JQText) { state.withLock { _ = $0.checked.insert(text.number) } }

    /// Runs a program on a value, or only compiles it without one. Blocks the calling thread.
    func run(_ text: JQText, _ json: UnsafeBufferPointer<UInt8>?) throws(JQError) -> [UInt8]? {
        let known = state.withLock { $0.idle.popLast() }
        if let known {
            switch known.run(text, json) {
            case .answer(let answer):
                giveBack(known)
                return try answer.get()
            case .ended(.time): throw Self.error(.time)
            // An earlier program may have exhausted the worker's memory, or it was killed: retry with a new one.
            case .ended: break
            }
        }
        let fresh = try JQWorker()
        switch fresh.run(text, json) {
        case .answer(let answer):
            giveBack(fresh)
            return try answer.get()
        case .ended(let end): throw Self.error(end)
        }
    }

    private func giveBack(_ worker: JQWorker) {
        guard !worker.isUsedUp else { return }
        state.withLock { if $0.idle.count < Self.mostIdle { $0.idle.append(worker) } }
    }

    private static func error(_ end: JQWorker.End) -> JQError {
        switch end {
        case .time: JQError(.unbounded, "the jq program runs longer than \(JQProgram.timeLimit)")
        case .memory:
            JQError(.unbounded, "the jq program needs more than \(JQProgram.memoryLimit >> 20) MB of memory")
        case .stack:
            JQError(.unbounded, "the jq program nests values or calls too deeply")
        case .other(let how): JQError(.failed, "the process that runs jq programs ended (\(how))")
        }
    }
}
