internal import CJq
internal import Foundation
internal import Synchronization

/// Halts jq programs that run too long. One thread for all lanes, which lives only while something runs.
final class JQWatch: Sendable {
    static let shared = JQWatch()

    /// `@unchecked Sendable`: the pointer is only handed to `jq_halt`, and only while its program is known to run.
    private struct Running: @unchecked Sendable {
        let state: OpaquePointer
        let until: ContinuousClock.Instant
        var isHalted = false
    }

    private struct State {
        var running: [Running] = []
        var isWatching = false
    }

    private let state = Mutex(State())

    /// Called by the lane before it starts a program.
    func enter(_ program: OpaquePointer) {
        let running = Running(state: program, until: .now + JQProgram.timeLimit)
        let isFirst = state.withLock { state in
            state.running.append(running)
            defer { state.isWatching = true }
            return !state.isWatching
        }
        if isFirst { Thread.detachNewThread { [self] in watch() } }
    }

    /// Called by the lane when the program has given its value. Returns whether it was halted.
    func leave(_ program: OpaquePointer) -> Bool {
        state.withLock { state in
            guard let index = state.running.firstIndex(where: { $0.state == program }) else { return false }
            return state.running.remove(at: index).isHalted
        }
    }

    private func watch() {
        var idle = 0
        while true {
            Thread.sleep(forTimeInterval: 0.02)
            let isDone = state.withLock { state in
                for index in state.running.indices where !state.running[index].isHalted {
                    guard state.running[index].until < .now else { continue }
                    // Under the lock, so that the program is still running: it leaves under the same lock.
                    jq_halt(state.running[index].state, jv_invalid(), jv_invalid())
                    state.running[index].isHalted = true
                }
                idle = state.running.isEmpty ? idle + 1 : 0
                if idle > 50 { state.isWatching = false }
                return idle > 50
            }
            if isDone { return }
        }
    }
}
