/// How long to wait before the next try: doubling from `least` to `most`, each with a random part so that many do not
/// come back at once.
package struct Backoff: Sendable {
    private let least: Duration
    /// The longest step.
    package let most: Duration
    private var next: Duration

    package init(least: Duration = .milliseconds(100), most: Duration = .seconds(5)) {
        self.least = max(least, .milliseconds(1))
        self.most = max(most, self.least)
        next = self.least
    }

    /// The next wait: between half of the step and all of it.
    package mutating func wait() -> Duration { wait(chance: .random(in: 0..<1)) }

    /// The same by a random number from 0 up to 1.
    package mutating func wait(chance: Double) -> Duration {
        let step = next
        next = min(next * 2, most)
        return step * (0.5 + chance / 2)
    }

    package mutating func reset() { next = least }
}
