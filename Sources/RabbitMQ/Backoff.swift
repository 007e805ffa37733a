/// How long to wait before trying again: doubling, bounded, and jittered so that many gateways do not come back at once.
package struct Backoff: Sendable {
    package let minimum: Duration
    package let maximum: Duration
    private var next: Duration

    package init(minimum: Duration = .milliseconds(200), maximum: Duration = .seconds(5)) {
        self.minimum = max(minimum, .milliseconds(1))
        self.maximum = max(maximum, self.minimum)
        next = self.minimum
    }

    /// The next wait: the present step and up to a quarter more, within the bounds. The step doubles each time.
    mutating func wait(using generator: inout some RandomNumberGenerator) -> Duration {
        let step = next
        next = min(next * 2, maximum * 0.8)
        return min(max(step * Double.random(in: 1...1.25, using: &generator), minimum), maximum)
    }

    mutating func wait() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return wait(using: &generator)
    }

    /// Things went well: start small again.
    mutating func reset() { next = minimum }
}
