@testable import Output
import Testing

@Suite struct TextTableTests {
    private static let header = ["id", "what", "why"]

    @Test func `a table that fits is as wide as it needs to be`() {
        let table = TextTable.render(header: Self.header, rows: [["a", "bb", "c"], ["aaaa", "b", ""]], width: 100)
        #expect(table == "id    what  why\n----  ----  ---\na     bb    c\naaaa  b")
    }

    @Test func `no line is wider than the terminal, and nothing is lost`() {
        let words = (1...60).map { "word\($0)" }.joined(separator: " ")
        let id = String(repeating: "i", count: 30)
        for width in [60, 80, 100, 137, 200] {
            let rows = [[id, "x", words], ["b", String(repeating: "z", count: 90), "ñ 末 🙂"]]
            let lines = TextTable.render(header: Self.header, rows: rows, width: width).split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= width }, "\(width)")
            let text = lines.joined(separator: " ")
            for number in 1...60 { #expect(text.contains("word\(number)"), "\(width)") }
            #expect(text.filter { $0 == "z" }.count == 90)
            // What names the row stays in one piece.
            #expect(text.contains(id))
        }
    }

    @Test func `a cell is broken at spaces, or where it must be`() {
        let table = TextTable.render(header: ["k", "text"], rows: [["a", "one two three"]], width: 11)
        #expect(table == "k  text\n-  --------\na  one two\n   three")
        let long = TextTable.render(header: ["k", "text"], rows: [["a", "123456789"]], width: 11)
        #expect(long == "k  text\n-  --------\na  12345678\n   9")
    }

    @Test func `words of other columns are broken last`() {
        let row = ["1", "mappingFailed", "a b c d e f g h i j k l m n o p q r s t u v w x y z"]
        let table = TextTable.render(header: Self.header, rows: [row], width: 40)
        #expect(table.contains("1   mappingFailed  a b c d e f g h i j k"), "\(table)")
    }

    @Test func `what a terminal would act on is visible`() {
        #expect(TextTable.render(header: ["a"], rows: [["\u{1B}[2J\nx"]], width: 100).contains("␛[2J␊x"))
    }

    @Test(
        arguments: [
            ([:], true, true), ([:], false, false), (["NO_COLOR": "1"], true, false), (["NO_COLOR": ""], true, true),
            (["TERM": "dumb"], true, false), (["TERM": "xterm"], true, true),
            (["TERM": "xterm", "NO_COLOR": "x"], false, false),
        ] as [([String: String], Bool, Bool)])
    func `colours are for terminals, and NO_COLOR is kept`(
        _ environment: [String: String], _ isTerminal: Bool, _ isOn: Bool
    ) {
        #expect(Style.isOn(environment, isTerminal: isTerminal) == isOn)
    }

    @Test(arguments: [(0, "0 documents"), (1, "1 document"), (2, "2 documents")])
    func `a count of one is singular`(_ count: Int, _ text: String) {
        #expect(Count.text(count, "document") == text)
        #expect(Count.text(1, "entry", "entries") == "1 entry" && Count.text(2, "entry", "entries") == "2 entries")
    }
}
