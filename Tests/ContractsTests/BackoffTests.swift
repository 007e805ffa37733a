@testable import Contracts
import Testing

@Suite struct BackoffTests {
    @Test("a step doubles up to the longest, and a wait is between half of it and all", arguments: [0, 0.25, 0.999])
    func doubles(chance: Double) {
        var backOff = Backoff(least: .milliseconds(200), most: .seconds(5))
        var step = Duration.milliseconds(200)
        for _ in 0..<20 {
            let wait = backOff.wait(chance: chance)
            #expect(wait == step * (0.5 + chance / 2))
            step = min(step * 2, .seconds(5))
        }
        #expect(step == .seconds(5))
        backOff.reset()
        let anew = backOff.wait(chance: 0)
        #expect(anew == .milliseconds(100))
    }

    @Test func `it never waits for nothing, nor less at most than at least`() {
        var none = Backoff(least: .zero, most: .zero)
        let least = none.wait(chance: 0)
        #expect(least > .zero)
        var reversed = Backoff(least: .seconds(2), most: .seconds(1))
        let waits = [reversed.wait(chance: 0), reversed.wait(chance: 0)]
        #expect(waits == [.seconds(1), .seconds(1)])
    }
}
