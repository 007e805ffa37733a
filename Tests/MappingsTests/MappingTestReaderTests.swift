import JSON
import Mappings
import Testing

/// What a test file may say.
@Suite struct MappingTestReaderTests {
    @Test(
        "what would be ignored is refused",
        arguments: [
            (
                "documents: [{ _id: 1 }]\n    records: { limitStatus: [] }",
                "4:5 misplaced-field: 'records:' goes with messages"
            ),
            ("documents: [{ _id: 1 }]\n    deadLetters: []", "4:5 misplaced-field: 'deadLetters:' goes with messages"),
            (
                "documents: [{ _id: 1 }]\n    given: { catalogBrand: [] }",
                "4:5 misplaced-field: 'given:' goes with messages"
            ),
            ("message: { text: x }\n    feed: limits", "4:5 misplaced-field: 'feed:' goes with 'documents:'"),
            ("message: { text: x }\n    documents: []", "3:14 test: a test has messages, or the documents of a feed"),
        ])
    func misplaced(text: String, expected: String) {
        let (tests, mistakes) = MappingTestReader.read("tests:\n  - name: n\n    \(text)\n", file: "m.test.yaml") {
            path in
            .failure(.init("there is no file '\(path)'"))
        }
        #expect(tests == nil)
        let found = mistakes.map { "\($0.position.line):\($0.position.column) \($0.rule): \($0.message)" }
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }
}
