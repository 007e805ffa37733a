internal import Synchronization

/// The workers that wait for something to do. A thread takes one for one value and gives it back.
final class JQPool: Sendable {
    static let shared = JQPool()

    /// Workers that are kept while they have nothing to do.
    private static let mostIdle = 16

    private struct State {
        var idle: [JQWorker] = []
        var numbers: [String: UInt32] = [:]
        var checked: Set<UInt32> = []
    }

    private let state = Mutex(State())

    /// The number of a text; equal texts have one.
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

    /// Runs a program on a value, or, without one, only compiles it. Blocks the thread for as long as that takes.
    func run(_ text: JQText, _ json: UnsafeBufferPointer<UInt8>?) throws(JQError) -> [UInt8]? {
        let known = state.withLock { $0.idle.popLast() }
        if let known {
            switch known.run(text, json) {
            case .answer(let answer):
                giveBack(known)
                return try answer.get()
            case .ended(.time): throw Self.error(.time)
            // What came before may have used up its memory, or somebody ended it: that is not this value's fault.
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
        case .time: JQError(.unbounded, "the jq program runs for more than \(JQProgram.timeLimit)")
        case .memory:
            JQError(.unbounded, "the jq program needs more than \(JQProgram.memoryLimit >> 20) MB of memory")
        case .stack:
            JQError(.unbounded, "the jq program makes values or calls that are too deep, one inside the other")
        case .other(let how): JQError(.failed, "the process that runs jq programs ended (\(how))")
        }
    }
}
