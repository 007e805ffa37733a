import JSON
import Testing

@Suite struct SpellingTests {
    @Test(
        "slips are found, and nothing else",
        arguments: [
            ("catalogCrad", "catalogCard"), ("CATALOGCARD", "catalogCard"), ("catalogStor", "catalogStore"), ("x", nil),
            ("", nil),
            ("completely other", nil), ("catalogZón", "catalogZone"),
            // A long text is not near to anything, whatever it is.
            (String(repeating: "catalogCard", count: 30), nil), (String(repeating: "x", count: 300), nil),
            (String(repeating: "é", count: 100_000), nil),
        ] as [(String, String?)])
    func nearest(word: String, expected: String?) {
        #expect(Spelling.nearest(to: word, in: ["catalogCard", "catalogStore", "catalogZone"]) == expected)
    }

    @Test func `the bound changes no answer`() {
        let letters = Array("abcd")
        func word(_ random: inout SystemRandomNumberGenerator) -> String {
            String(
                (0..<Int.random(in: 0...9, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let wanted = word(&random)
            let words = (0..<8).map { _ in word(&random) }
            let all = words.map { (word: $0, distance: Spelling.distance(wanted, $0)) }
            let best = all.min { $0.distance < $1.distance }
            let expected = best.flatMap { $0.distance <= max(1, wanted.count / 3) ? $0.word : nil }
            #expect(Spelling.nearest(to: wanted, in: words) == expected, "\(wanted) \(words)")
        }
    }

    @Test func `thousands of names are looked through quickly`() {
        let names = (0..<1000).map { "catalog\(String(repeating: "Field", count: 8))\($0)" }
        let start = ContinuousClock.now
        for number in 0..<5 { _ = Spelling.nearest(to: String(repeating: "y\(number)", count: 30), in: names) }
        #expect(start.duration(to: .now) < .seconds(10))
    }
}
