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

    /// The next wait: between ¾ and all of the present step, which then doubles up to ``maximum``. Never under ¾ of
    /// ``minimum``.
    mutating func wait(using generator: inout some RandomNumberGenerator) -> Duration {
        let step = next
        next = min(next * 2, maximum)
        return step * Double.random(in: 0.75...1, using: &generator)
    }

    mutating func wait() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return wait(using: &generator)
    }

    /// Things went well: start small again.
    mutating func reset() { next = minimum }
}
