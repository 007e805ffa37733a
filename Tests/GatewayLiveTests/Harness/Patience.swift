/// Waiting for something to come true.
enum Patience {
    /// Looks again and again; throws when it has not come true in time.
    static func until(
        _ what: @autoclosure () -> String, within limit: Duration = .seconds(30),
        every pause: Duration = .milliseconds(20),
        _ isSo: () async throws -> Bool
    ) async throws {
        let began = ContinuousClock.now
        while try await !isSo() {
            guard began.duration(to: .now) < limit else { throw Lost(description: "not within \(limit): \(what())") }
            try await Task.sleep(for: pause)
        }
    }

    struct Lost: Error, CustomStringConvertible {
        let description: String
    }
}
