/// `rabbitmqctl` of a test's broker.
package struct BrokerControl: Sendable {
    private let program: String

    package init(program: String) { self.program = program }

    /// What it prints; an error where it fails.
    @discardableResult
    package func run(_ arguments: [String]) async throws -> String { try await Program.check(program, arguments) }

    /// The broker takes nothing while `body` runs: its memory counts as used up. Taken back whatever happens, since no test after
    /// this one could publish.
    package func withMemoryAlarm<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let result: Swift.Result<Result, any Error>
        do {
            try await run(["set_vm_memory_high_watermark", "0.00001"])
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        // Its own task, which is not cancelled with the test.
        try await Task.detached { try await endMemoryAlarm() }.value
        return try result.get()
    }

    /// Returns once the broker has no alarm.
    private func endMemoryAlarm() async throws {
        let end = ContinuousClock.now + .seconds(120)
        while true {
            // As scripts/services starts it.
            _ = try? await run(["set_vm_memory_high_watermark", "absolute", "1GB"])
            let alarms = try? await run(["eval", "rabbit_alarm:get_alarms()."])
            if alarms?.hasPrefix("[]") == true { return }
            guard ContinuousClock.now < end else { throw AlarmStays(alarms: alarms) }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    package struct AlarmStays: Error { let alarms: String? }
}
