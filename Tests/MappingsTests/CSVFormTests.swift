import Testing

@testable import Mappings

/// The forms in which lines of values come: marks, line ends, headers.
@Suite struct CSVFormTests {
    private func map(_ text: String, _ csv: String, fields: String = "f: .sku, g: .price") -> String {
        Mapping(
            message: "companyId: c\nitems: $.t\ncsv: { \(csv) }\noperation: I\nfields: { \(fields) }"
        ).map("{\"t\":\"\(text)\"}")
    }

    private static let two = #"{"operation":"I","f":"1","g":"2"},{"operation":"I","f":"3","g":"4"}"#

    @Test(
        "byte order marks, separators of spreadsheets and every line end",
        arguments: [
            #"\#u{FEFF}1;2\n3;4"#, #"\ufeff1;2\n3;4"#, #"sep=;\n1;2\n3;4"#, #"\ufeffsep=;\r\n1;2\r\n3;4\r\n"#,
            #"1;2\r3;4"#, #"1;2\r3;4\r"#,
            #"1;2\r\n3;4"#, #"\r\r1;2\r\r\n\n3;4"#, #"sep=;\r1;2\r3;4"#,
        ])
    func forms(text: String) {
        #expect(map(text, "lines: true, separator: \";\", columns: [sku, price]") == Self.two)
        for header in ["sku;price", #"\"sku\"; price "#] {
            let mark = ["\u{FEFF}", #"\ufeff"#].first { text.hasPrefix($0) } ?? ""
            var rest = String(text.dropFirst(mark.count))
            var separator = ""
            for start in [#"sep=;\r\n"#, #"sep=;\n"#, #"sep=;\r"#] where rest.hasPrefix(start) {
                (separator, rest) = (start, String(rest.dropFirst(start.count)))
            }
            let found = map("\(mark)\(separator)\(header)\\n\(rest)", "lines: true, separator: \";\", header: true")
            #expect(found == Self.two)
        }
    }

    @Test func `a byte order mark before a single line is skipped`() {
        let mapping = Mapping(
            message: "companyId: c\nitems: $.l[*]\ncsv: { columns: [a, b] }\noperation: I\nfields: { f: .a, g: .b }")
        #expect(mapping.map(#"{"l":["\ufeff1,2"]}"#) == #"{"operation":"I","f":"1","g":"2"}"#)
    }

    @Test(
        "with a header the order of the columns is the text's",
        arguments: [
            (#"sku;price\n1;2"#, #"{"operation":"I","f":"1","g":"2"}"#),
            (#"price;sku\n2;1"#, #"{"operation":"I","f":"1","g":"2"}"#),
            (#"x;price;y;sku\n;2;;1"#, #"{"operation":"I","f":"1","g":"2"}"#), (#"sku;price"#, ""), ("", ""),
            (#"\"sku\";\"price\"\n\"1\";\"2;3\""#, #"{"operation":"I","f":"1","g":"2;3"}"#),
        ])
    func header(text: String, expected: String) {
        #expect(map(text, "lines: true, separator: \";\", header: true") == expected)
    }

    @Test(
        "a header that does not say where a column is refuses the text",
        arguments: [
            (#"sku;prise\n1;2"#, "one column 'price' in the first line, sku, prise"),
            (#"sku;price;price\n1;2;3"#, "one column 'price' in the first line, 2 of them"),
            (#"sep=,\nsku;price\n1;2"#, "lines separated by ';', sep=,"),
            (#"sku;\"price\n1;2"#, "cells with closed quotes, the string \"sku;\"price\""),
        ])
    func badHeader(text: String, expected: String) {
        #expect(map(text, "lines: true, separator: \";\", header: true") == "items /t: \(expected)")
    }

    @Test(arguments: [#"price;sku"#, #"sku;price"#])
    func `a second line of column names is refused with what is behind it`(second: String) {
        let found = map("sku;price\\n1;2\\n\(second)\\n3;4", "lines: true, separator: \";\", header: true")
            .split(separator: " | ")
        #expect(found.count == 2, "\(found)")
        #expect(found.allSatisfy { $0.contains("since the first line names the columns") }, "\(found)")
    }

    @Test func `columns in another order than the mapping's are never exchanged`() {
        let found = map(#"price;sku\n1;2\n3;4"#, "lines: true, separator: \";\", columns: [sku, price]")
        #expect(found.split(separator: " | ").count == 3, "\(found)")
        #expect(
            found.contains(
                "expected the columns in the order sku, price, found price, sku; send them so, or write 'header: true'")
        )
        // Values that are names of columns by chance.
        #expect(
            map(#"sku;1\nprice;2"#, "lines: true, separator: \";\", columns: [sku, price]").hasPrefix(
                #"{"operation":"I","f":"sku","g":"1"}"#))
        #expect(
            map(#"sku;price\n1;2"#, "lines: true, separator: \";\", columns: [sku, price]").hasSuffix(
                #"{"operation":"I","f":"1","g":"2"}"#))
    }

    @Test func `lines are counted as a text editor counts them`() {
        let found = map(
            #"1;2\n\"a\nb\";x\r\n\"c\rd\r\ne\";y\n5;z"#, "lines: true, separator: \";\", columns: [sku, price]",
            fields: "f: { path: .price, integer: true }")
        #expect(found.contains("expected a whole number, found the string \"x\""))
        var numbers: [Int] = []
        var text = "1;2\n\"a\nb\";x\r\n\"c\rd\r\ne\";y\n5;z"
        let stated = text.withUTF8 {
            CSVLine(separator: UInt8(ascii: ";"), quote: UInt8(ascii: "\"")).forEachLine(of: $0) { number, _ in
                numbers.append(number)
            }
        }
        #expect(stated == nil)
        #expect(numbers == [0, 1, 3, 6])
    }

    @Test(
        "keys of csv that do not go together",
        arguments: [
            ("lines: true", "missing-field"), ("header: true", "misplaced-field"),
            ("lines: true, header: true, columns: [sku, price]", "misplaced-field"), ("columns: []", "empty"),
        ])
    func keys(csv: String, rule: String) {
        let mapping = Mapping(
            message: "companyId: c\nitems: $.t\ncsv: { \(csv) }\noperation: I\nfields: { f: .sku, g: .price }")
        #expect(mapping.mistakes.first?.rule == rule, "\(mapping.shown)")
        #expect(mapping.table == nil)
    }

    @Test(
        "a lookup file is read as RFC 4180 says",
        arguments: [
            "k,v\na,1\nb,2", "\u{FEFF}k,v\r\na,1\r\nb,2\r\n", "k,v\ra,1\rb,2", "sep=,\nk,v\na,1\nb,2",
            "k,v\n\n  \na,1\nb,2\n",
            "k,v,w\na,1,\"x\ny\"\nb,2,\"\"\"\"", "k,w,v\na,x\u{2028}y,1\nb,x\u{0B}\u{0C}\u{85}y,2",
        ])
    func lookup(file: String) {
        let mapping = Mapping(field: "path: .x\nlookup: { file: f.csv, key: k, column: v }", files: ["f.csv": file])
        #expect(mapping.field(#"{"x":"a"}"#) == #""1""#, "\(mapping.shown)")
        #expect(mapping.field(#"{"x":"b"}"#) == #""2""#)
        let line = Mapping(
            field: "path: .x\nlookup: { file: f.csv, key: k, column: v }",
            files: ["f.csv": "k,v\n\"a\nb\",\"1\u{2028}\"\n"])
        #expect(line.field(#"{"x":"a\nb"}"#) == "\"1\u{2028}\"")
    }

    @Test(
        "places in a lookup file are its lines",
        arguments: [
            ("k,v\n\"a\nb\",1\nc", "line 4 has 1 cells"),
            ("k,v\n\"a\nb\",1\n\nc,2\nc,3", "'c' is in line 5 and in line 6"),
            ("k,v\na,1\n\"b,2", "line 3 has a quote that is not closed"),
            ("sep=;\nk;v", "the file says that its separator is ';'"),
        ])
    func places(file: String, message: String) {
        let mapping = Mapping(field: "path: .x\nlookup: { file: f.csv, key: k, column: v }", files: ["f.csv": file])
        #expect(mapping.mistakes.first?.message.contains(message) == true, "\(mapping.shown)")
    }
}
