import Mappings
import Testing

/// Every step of a value, on the values that senders send.
@Suite struct TransformTests {
    @Test(
        "a value goes through its steps from top to bottom",
        arguments: [
            ("path: .x", #"{"x":"a"}"#, #""a""#),
            ("path: .x.y[1]", #"{"x":{"y":[1,2]}}"#, "2"),
            ("path: .x[-1]", #"{"x":[1,{"z":"é\n"}]}"#, #"{"z":"é\n"}"#),
            ("path: .['a b'].c", #"{"a b":{"c":true}}"#, "true"),
            ("path: $.n", "{}", #""root""#),
            ("path: ^.n", "{}", #""outer""#),
            ("path: ^^.n", "{}", #""root""#),
            ("path: [.a, .b]", #"{"a":null,"b":2}"#, "2"),
            ("path: .x", "{}", "missing"),
            ("path: .x", #"{"x":null}"#, "null"),
            ("value: 12.50", "{}", "12.50"),
            ("value: { a: [1, no] }", "{}", #"{"a":[1,"no"]}"#),
            ("delivery: receivedAt", "{}", #""2026-01-01T00:00:00Z""#),
            ("delivery: index", "{}", "0"),
            ("header: h", "{}", #""one""#),
            ("path: .x\ntrim: true\nupper: true", #"{"x":" áb\u00a0"}"#, #""ÁB""#),
            ("path: .x\nlower: true", #"{"x":"ABÑ"}"#, #""abñ""#),
            ("path: .x\ntext: true\npad: { length: 4, with: \"0\" }", #"{"x":7}"#, #""0007""#),
            ("path: .x\npad: { length: 3, with: ñ, side: right }", #"{"x":"á"}"#, #""áññ""#),
            ("path: .x\nreplace: { \"-\": \"\", b: cc }", #"{"x":"a-b-"}"#, #""acc""#),
            ("path: .x\nsubstring: { from: 1, length: 2 }", #"{"x":"áéíó"}"#, #""éí""#),
            ("path: .x\nsubstring: { from: -2 }", #"{"x":"áéíó"}"#, #""íó""#),
            ("path: .x\nblank: missing", #"{"x":"  "}"#, "missing"),
            ("path: .x\nblank: \"null\"", #"{"x":""}"#, "null"),
            ("path: .x\ndefault: 5", #"{"x":null}"#, "5"),
            ("path: .x\ndefault: .y", #"{"y":"z"}"#, #""z""#),
            ("path: .x\ntable: { ALTA: I, 7: seven, \"*\": other }", #"{"x":7}"#, #""seven""#),
            ("path: .x\ntable: { ALTA: I, \"*\": other }", #"{"x":"B"}"#, #""other""#),
            ("path: .x\ndecimal: \"1.234,50\"", #"{"x":"1.234.567,8901"}"#, "1234567.8901"),
            ("path: .x\ndecimal: \"1.234,50\"", #"{"x":" -12,5 "}"#, "-12.5"),
            ("path: .x\ndecimal: \"1.234,50\"", #"{"x":"1234,50"}"#, "1234.50"),
            ("path: .x\ndecimal: \"1,234.50\"", #"{"x":"12,345.00"}"#, "12345.00"),
            ("path: .x\ndecimal: \"1.50\"", #"{"x":"007.10"}"#, "7.10"),
            ("path: .x\ndecimal: \"1.50\"", #"{"x":99999999999999999999999999.01}"#, "99999999999999999999999999.01"),
            ("path: .x\ninteger: true", #"{"x":" 0012 "}"#, "12"),
            ("path: .x\ninteger: true", #"{"x":1.2e1}"#, "12"),
            ("path: .x\nround: 2", #"{"x":2.345}"#, "2.35"),
            ("path: .x\nround: { digits: 2, mode: halfEven }", #"{"x":2.345}"#, "2.34"),
            ("path: .x\nround: { digits: 0, mode: down }", #"{"x":-2.9}"#, "-2"),
            ("path: .x\nround: { digits: 1, mode: up }", #"{"x":2.01}"#, "2.1"),
            ("path: .x\nround: 2", #"{"x":2.3}"#, "2.3"),
            ("path: .x\nscale: -2", #"{"x":123450}"#, "1234.50"),
            ("path: .x\nscale: -4", #"{"x":-5}"#, "-0.0005"),
            ("path: .x\nscale: 3", #"{"x":1.5}"#, "1500"),
            ("path: .x\ndate: dd/MM/yyyy", #"{"x":"31/12/2021"}"#, #""2021-12-31""#),
            (
                "path: .x\ndate: { pattern: dd/MM/yyyy HH:mm, zone: America/Argentina/Buenos_Aires }",
                #"{"x":"16/03/2021 11:33"}"#, #""2021-03-16T14:33:00Z""#
            ),
            (
                "path: .x\ndate: { pattern: [dd/MM/yyyy, yyyyMMdd HHmmss], zone: Europe/Madrid }",
                #"{"x":"20210701 120000"}"#, #""2021-07-01T10:00:00Z""#
            ),
            (
                "path: .x\ndate: \"yyyy-MM-dd'T'HH:mm:ssXXX\"", #"{"x":"2021-07-01T12:00:00-03:00"}"#,
                #""2021-07-01T15:00:00Z""#
            ),
            ("path: .x\ndate: epochSeconds", #"{"x":"1615905180"}"#, #""2021-03-16T14:33:00Z""#),
            (
                "path: .x\nformat: { pattern: dd/MM/yyyy HH:mm, zone: America/Argentina/Buenos_Aires }",
                #"{"x":"2021-03-16T14:33:00Z"}"#, #""16/03/2021 11:33""#
            ),
            ("path: .x\nbool: true", #"{"x":"Sí"}"#, "true"),
            ("path: .x\nbool: { true: [ALTA], false: [BAJA] }", #"{"x":"baja"}"#, "false"),
            ("path: .x\nsplit: \",\"", #"{"x":"a, b,,c"}"#, #"["a","b","c"]"#),
            ("path: .x\nsplit: { by: \"|\", trim: false, keepEmpty: true }", #"{"x":"a |b|"}"#, #"["a ","b",""]"#),
            ("path: .x\njoin: \"-\"", #"{"x":["a",1,null]}"#, #""a-1""#),
            ("path: .x\neach: { path: .c, upper: true }", #"{"x":[{"c":"a"},{"c":"b"},{}]}"#, #"["A","B"]"#),
            ("path: .x\nsplit: \";\"\neach: { integer: true }", #"{"x":"1;2"}"#, "[1,2]"),
            ("concat: [.a, \"-\", .b]", #"{"a":"x","b":3}"#, #""x-3""#),
            ("concat: [.a, \"-\", .b]", "{}", "missing"),
            ("concat: { parts: [.a, .b], separator: \" \" }", #"{"a":"x"}"#, #""x""#),
            (
                "choose:\n  - when: { path: .t, equals: A }\n    then: .a\n  - when: { path: .n, atLeast: 2, below: 3 }\n    then: two\n  - else: { value: 0 }",
                #"{"t":"B","n":"2.5"}"#, #""two""#
            ),
            (
                "fields: { street: .calle, n: { path: .n, text: true } }", #"{"calle":"Z","n":1}"#,
                #"{"street":"Z","n":"1"}"#
            ),
            ("jq: '[.p[] | tonumber] | max'", #"{"p":["1","3"]}"#, "3"),
            ("path: .p\njq: 'map(select(. > 1))'", #"{"p":[1,2]}"#, "[2]"),
            ("path: .p\njq: 'empty'", #"{"p":1}"#, "missing"),
            ("path: .p\njq: '\"\\(.)é\"'", #"{"p":"a"}"#, #""aé""#),
        ])
    func step(field: String, item: String, expected: String) {
        #expect(Mapping(field: field).field(item, headers: [("h", "one")]) == expected)
    }

    @Test(
        "a value that a step cannot take is a fault with place, finding and remedy",
        arguments: [
            (
                "path: .x\ndecimal: \"1.234,50\"", #"{"x":"12.5"}"#,
                #"/a/0/b/0/x: expected a number written like 1.234,50, found the string "12.5"; write the number like 1.234,50"#
            ),
            (
                "path: .x\ntable: { ALTA: I, BAJA: D }", #"{"x":"ATLA"}"#,
                #"/a/0/b/0/x: expected one of ALTA, BAJA, found the string "ATLA"; did you mean ALTA?"#
            ),
            (
                "path: .x\ndate: dd/MM/yyyy", #"{"x":"31/02/2021"}"#,
                #"/a/0/b/0/x: expected a date as dd/MM/yyyy, found the string "31/02/2021"; write a real date as dd/MM/yyyy"#
            ),
            (
                "path: ^.n\ninteger: true", "{}",
                #"/a/0/n: expected a whole number, found the string "outer"; write it with digits alone, such as 12"#
            ),
            (
                "path: .x\ntrim: true", #"{"x":[1]}"#,
                "/a/0/b/0/x: expected text, found an array; send it as text, or take 'trim' out of the mapping; to convert a whole number, write 'text: true' before 'trim'"
            ),
            (
                "path: .x", #""text""#,
                "/a/0/b/0: expected an object, found the string \"text\"; send each item as an object; for lines of text say 'csv:' in the mapping"
            ),
            (
                "path: .x", #"{"x":1,"x":2}"#,
                "/a/0/b/0/x: expected one member of that name, found two or more; keep the one that is meant"
            ),
            (
                "jq: '.a.b.c'", #"{"a":1}"#,
                "/a/0/b/0: expected a value that the jq program takes, found an object; jq: Cannot index number with string \"b\""
            ),
            (
                "jq: '1, 2'", "{}",
                "/a/0/b/0: expected a value that the jq program takes, found an object; the jq program gives more than one value; collect them with [ ] or take first(…)"
            ),
        ])
    func fault(field: String, item: String, expected: String) {
        #expect(Mapping(field: field).field(item) == expected)
    }

    @Test(
        "what happens to a field that fails is the field's own choice",
        arguments: [("\"null\"", "null"), ("drop", "missing"), ("{ value: 0 }", "0"), ("{ path: .y }", "5")])
    func policy(onError: String, expected: String) {
        #expect(Mapping(field: "path: .x\ninteger: true\nonError: \(onError)").field(#"{"x":"a","y":5}"#) == expected)
    }

    @Test func `a jq program that never ends is stopped, and the lane goes on`() {
        let mapping = Mapping(field: "path: .x\njq: 'if . == 1 then 1 else (def f: f; f) end'")
        #expect(mapping.field(#"{"x":2}"#).hasSuffix("the jq program runs longer than 0.25 seconds"))
        #expect(mapping.field(#"{"x":1}"#) == "1")
    }

    @Test func `values are looked up in a CSV file and in a YAML file`() {
        let files = [
            "s.csv": "erp;code;name\n01;\"s;1\";Uno\n02;s2;Dos\n", "s.table.yaml": "\"01\": { value: 1 }\n",
            "t.yaml": "\"01\": one\n",
        ]
        let csv = "path: .x\nlookup: { file: s.csv, key: erp, column: code, separator: ; }"
        #expect(Mapping(field: csv, files: files).field(#"{"x":"01"}"#) == #""s;1""#)
        #expect(Mapping(field: csv, files: files).field(#"{"x":"03"}"#).contains("expected one of 01, 02"))
        #expect(Mapping(field: "path: .x\nlookup: { file: t.yaml }", files: files).field(#"{"x":"01"}"#) == #""one""#)
        #expect(Mapping(field: "path: .x\nlookup: { file: s.table.yaml }", files: files).mistakes.count == 1)
        let column = "path: .x\nlookup: { file: s.csv, key: erb, column: code, separator: ; }"
        #expect(Mapping(field: column, files: files).mistakes.first?.message.contains("did you mean 'erp'?") == true)
    }
}
