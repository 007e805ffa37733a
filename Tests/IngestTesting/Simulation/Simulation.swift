package import Contracts
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Runs tasks one at a time by a clock of its own, which moves on only when all of them wait: minutes pass in milliseconds,
/// and the same seed gives the same course.
package final class Simulation: TaskExecutor {
    fileprivate struct Sleeper {
        let id: Int
        let until: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    fileprivate struct State {
        var jobs: [UnownedJob] = []
        var head = 0
        var sleepers: [Sleeper] = []
        var time = Duration.zero
        var sleeps = 0
        var seeds: UInt64 = 0
        var isStopped = false
        var random: Seeded
    }

    private let state: Mutex<State>
    private let signal = DispatchSemaphore(value: 0)
    private let start = ContinuousClock.now

    private init(seed: UInt64) { state = Mutex(State(random: Seeded(seed))) }

    /// Runs `body`, and all tasks that it makes, in a simulation of their own.
    package static func run<Result: Sendable>(
        seed: UInt64 = 0, _ body: @Sendable (Simulation) async throws -> Result
    ) async throws -> Result {
        let simulation = Simulation(seed: seed)
        Thread.detachNewThread { simulation.work() }
        defer { simulation.stop() }
        return try await withTaskExecutorPreference(simulation) { try await body(simulation) }
    }

    // MARK: The executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        signal.signal()
    }

    private func work() {
        while true {
            let (job, isStopped) = state.withLock { ($0.takeJob(), $0.isStopped) }
            if let job {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if isStopped {
                return
            } else if let sleeper = wakeNext() {
                sleeper.resume()
            } else {
                signal.wait()
            }
        }
    }

    private func stop() {
        state.withLock { $0.isStopped = true }
        signal.signal()
    }

    // MARK: Its clock

    /// Since the beginning.
    package var time: Duration { state.withLock { $0.time } }

    /// Milliseconds since 1970.
    package var now: Int64 { Fixtures.now + Int64(time / .milliseconds(1)) }

    /// Throws when the task is cancelled.
    package func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.sleeps += 1
            return state.sleeps
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isAwake = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.sleepers.append(
                        Sleeper(id: id, until: state.time + max(.zero, duration), continuation: continuation))
                    return false
                }
                if isAwake { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private func wakeNext() -> CheckedContinuation<Void, any Error>? {
        state.withLock { state in
            let next = state.sleepers.indices.min {
                (state.sleepers[$0].until, state.sleepers[$0].id) < (state.sleepers[$1].until, state.sleepers[$1].id)
            }
            guard let next else { return nil }
            let sleeper = state.sleepers.remove(at: next)
            state.time = max(state.time, sleeper.until)
            return sleeper.continuation
        }
    }

    /// Looks again and again; throws when it has not come true in time.
    package func until(
        _ what: @autoclosure () -> String, within limit: Duration = .seconds(600), _ isSo: () throws -> Bool
    ) async throws {
        let end = time + limit
        while try !isSo() {
            guard time < end else { throw Broken("not within \(limit): \(what())") }
            try await sleep(.milliseconds(50))
        }
    }

    // MARK: Chance

    package func chance(_ probability: Double) -> Bool { state.withLock { $0.random.chance(probability) } }

    package func number(in range: ClosedRange<Int>) -> Int {
        state.withLock { state in .random(in: range, using: &state.random) }
    }

    /// Clock and chance of the simulation.
    package var environment: GatewayEnvironment {
        GatewayEnvironment(
            now: { self.now },
            seed: {
                self.state.withLock { state in
                    state.seeds += 1
                    return state.seeds << 16
                }
            },
            sleep: { try await self.sleep($0) }, uptime: { self.start + self.time },
            chance: { self.state.withLock { state in .random(in: 0..<1, using: &state.random) } },
            uncancelled: { body in await Task(executorPreference: self) { await body() }.value })
    }
}

extension Simulation.State {
    fileprivate mutating func takeJob() -> UnownedJob? {
        guard head < jobs.count else { return nil }
        defer {
            head += 1
            if head == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                head = 0
            }
        }
        return jobs[head]
    }
}

/// What a check found to be otherwise than it must be; in words.
package struct Broken: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Throws where something is otherwise than it must be.
package func require(_ isSo: Bool, _ what: @autoclosure () -> String) throws(Broken) {
    if !isSo { throw Broken(what()) }
}
