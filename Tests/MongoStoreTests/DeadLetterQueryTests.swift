import Testing

@testable import MongoStore

@Suite struct DeadLetterQueryTests {
    @Test(arguments: [
        ("napse|bad", #"napse\|bad"#), (".*", #"\.\*"#), (#"a\b"#, #"a\\b"#),
        ("(?i)[x]{2}^$", #"\(\?i\)\[x\]\{2\}\^\$"#),
        ("año 漢字", "año 漢字"),
    ])
    func `words to search for are no expression`(words: String, pattern: String) {
        #expect(DeadLetterQuery.pattern(words) == pattern)
    }
}
