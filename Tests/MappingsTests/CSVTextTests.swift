@testable import Mappings
import Testing

/// A text of many lines, each of which is an item.
@Suite struct CSVTextTests {
    private func map(_ text: String, items: String = "$.text", fields: String = "f: .a, g: .b") -> String {
        let mapping = Mapping(
            """
            routes:
              r:
                from: { amqp: { queue: q } }
                definition: catalogItem
                message:
                  items: \(items)
                  csv: { lines: true, separator: ";", columns: [a, b] }
                  companyId: napse
                  operation: I
                  fields: { \(fields) }
            """)
        return mapping.map(text)
    }

    @Test(
        "each line is an item; blank ones are skipped",
        arguments: [
            (#"{"text":"1;2\n3;4"}"#, #"{"operation":"I","f":"1","g":"2"},{"operation":"I","f":"3","g":"4"}"#),
            (
                #"{"text":"1;2\r\n\r\n  \n3;4\n"}"#,
                #"{"operation":"I","f":"1","g":"2"},{"operation":"I","f":"3","g":"4"}"#
            ),
            (#"{"text":""}"#, ""),
            // A cell in quotes may hold a line end, a separator and quotes.
            (
                #"{"text":"\"1\n;\"\"x\"\"\";2\n3;4"}"#,
                #"{"operation":"I","f":"1\n;\"x\"","g":"2"},{"operation":"I","f":"3","g":"4"}"#
            ),
            // A quote inside of a cell is a character.
            (
                #"{"text":"5\" pipe;2\n3;4"}"#,
                #"{"operation":"I","f":"5\" pipe","g":"2"},{"operation":"I","f":"3","g":"4"}"#
            ),
        ])
    func lines(message: String, expected: String) { #expect(map(message) == expected) }

    @Test func `a quote that is never closed spoils its own line alone`() {
        let found = map(#"{"text":"1;2\n\"3;4\n5;6"}"#)
        #expect(found.contains("/text: expected cells with closed quotes"), "\(found)")
        #expect(!found.contains("5;6"))
    }

    @Test func `what is no text cannot be read as a whole`() {
        #expect(map(#"{"text":["1;2"]}"#) == "items /text: a text of lines, an array")
    }

    @Test func `lines of texts in an array know what they stand in`() {
        let found = map(
            #"{"n":"top","files":[{"store":"s1","text":"1;2"},{"store":"s2","text":"3;4\n5;6"}]}"#,
            items: "$.files[*].text", fields: "f: .a, g: ^.store, h: ^^.n")
        #expect(
            found
                == #"{"operation":"I","f":"1","g":"s1","h":"top"},{"operation":"I","f":"3","g":"s2","h":"top"},{"operation":"I","f":"5","g":"s2","h":"top"}"#
        )
    }
}
