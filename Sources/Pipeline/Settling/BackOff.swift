/// How long to wait before the next try: doubling from `least` to `most`, each with a random part so that many do not
/// come back at once.
package struct BackOff: Sendable {
    private let least: Duration
    private let most: Duration
    private var next: Duration

    package init(least: Duration = .milliseconds(100), most: Duration = .seconds(5)) {
        self.least = least
        self.most = most
        next = least
    }

    /// The next wait: between half of the step and all of it.
    package mutating func wait() -> Duration {
        let step = next
        next = min(next * 2, most)
        return step * Double.random(in: 0.5...1)
    }

    package mutating func reset() { next = least }
}
