import JSON
import Testing

/// What is written can be read again.
@Suite struct JSONTextTests {
    @Test("a string comes back from its quotes", arguments: 0..<10 as Range<UInt64>)
    func quoted(block: UInt64) throws {
        var json = RandomJSON(seed: block)
        for _ in 0..<500 {
            let string = json.string()
            let text = JSONText.quoted(string)
            #expect(text.utf8.allSatisfy { $0 >= 0x20 })
            #expect(try JSONParser().parse(text).withRoot { ByteString(copying: $0.utf8) } == ByteString(string))
        }
    }

    @Test func `only what must be is escaped`() {
        let control = (0..<0x20).map { String(Unicode.Scalar(UInt8($0))) }.joined()
        #expect(
            JSONText.quoted(control)
                == #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013"#
                + #"\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f""#)
        #expect(JSONText.quoted(#"a"b\c/d"#) == #""a\"b\\c/d""#)
        #expect(JSONText.quoted("ñ😀\u{7F}\u{2028}") == "\"ñ😀\u{7F}\u{2028}\"")
    }

    @Test("a pretty text means the same, and is as pretty as it gets", arguments: 0..<50 as Range<UInt64>)
    func pretty(seed: UInt64) throws {
        var json = RandomJSON(seed: seed)
        let value = json.value()
        let pretty = try #require(JSONText.pretty(Array(json.text(of: value).utf8)))
        #expect(try JSONParser().parse(pretty).withRoot { JSONValue($0) } == value)
        #expect(JSONText.pretty(pretty) == pretty)
    }

    @Test func `each member and element has a line, empty containers have none`() {
        let text = JSONText.pretty(Array(#"{"a":[1,{"b":"\u00e9"}],"c":{},"d":[ ]}"#.utf8))
        #expect(
            text.map { String(decoding: $0, as: UTF8.self) } == """
                {
                  "a": [
                    1,
                    {
                      "b": "\\u00e9"
                    }
                  ],
                  "c": {},
                  "d": [ ]
                }
                """)
        #expect(JSONText.pretty(Array("{".utf8)) == nil)
    }

    @Test func `an object is written member by member`() throws {
        var object = JSONObjectText()
        #expect(object.text == "{}")
        object.add("text", "a\"b")
        object.add("none", nil as String?)
        object.add("number", .min as Int)
        object.add("is\n", true)
        object.add("raw", raw: "[1]")
        object.add("objects", objects: ["{}", "null"])
        #expect(
            object.text
                == "{\"text\":\"a\\\"b\",\"none\":null,\"number\":-9223372036854775808,\"is\\n\":true,\"raw\":[1],"
                + "\"objects\":[{},null]}")
        #expect(throws: Never.self) { try JSONParser().parse(object.text) }
    }
}

@Suite struct JSONPointerTests {
    private static let document = #"""
        {"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8,"deep":{"":{"":9}}}
        """#

    @Test(
        "the examples of RFC 6901, and what leads nowhere",
        arguments: [
            ("/foo/0", "\"bar\""), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"), ("/g|h", "4"),
            ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"), ("/deep//", "9"), ("/foo/1", "\"baz\""),
            ("/foo/2", nil), ("/foo/-", nil), ("/foo/00", nil), ("/foo/01", nil), ("/foo/1e0", nil), ("/foo/", nil),
            ("/foo/+1", nil), ("/foo/99999999999999999999", nil), ("/foo/0/x", nil), ("/none", nil), ("/m~01n", nil),
        ] as [(String, String?)])
    func resolving(text: String, found: String?) throws {
        let pointer = try #require(JSONPointer(parsing: text))
        #expect(pointer.description == text)
        try JSONParser().parse(Self.document).withRoot { root in
            let node = pointer.resolve(in: root)
            #expect(node.map { String(decoding: $0.rawText, as: UTF8.self) } == found)
        }
    }

    @Test("an invalid pointer is refused", arguments: ["a", "a/b", "/~", "/a~2", "/~~0", " /a"])
    func invalid(text: String) {
        #expect(JSONPointer(parsing: text) == nil)
    }

    @Test("any tokens come back from the text", arguments: 0..<10 as Range<UInt64>)
    func anyTokens(block: UInt64) {
        var json = RandomJSON(seed: block)
        for _ in 0..<200 {
            let tokens = (0..<Int.random(in: 0...4, using: &json.random)).map { _ in json.string() + "~/" }
            let pointer = JSONPointer(tokens)
            #expect(JSONPointer(parsing: pointer.description) == pointer)
        }
    }

    @Test("a pointer that is cut keeps to the limit, and its beginning", arguments: [3, 4, 10, 40])
    func cut(limit: Int) {
        let pointer = JSONPointer(["items", "17", String(repeating: "é", count: 30)])
        let cut = pointer.cut(toBytes: limit)
        #expect(cut.tokens.count <= pointer.tokens.count)
        #expect(zip(cut.tokens.dropLast(), pointer.tokens).allSatisfy { $0 == $1 })
        #expect(cut.tokens.reduce(0) { $0 + 1 + $1.utf8.count } <= limit + 3)
        #expect(pointer.cut(toBytes: 1000) == pointer)
    }
}

@Suite struct GroundTextTests {
    @Test("a text that is cut keeps to the limit and cuts no character", arguments: 0..<10 as Range<UInt64>)
    func cut(block: UInt64) {
        var json = RandomJSON(seed: block)
        for _ in 0..<200 {
            let text = json.string() + json.string()
            let limit = Int.random(in: 3...30, using: &json.random)
            for cut in [text.cut(toBytes: limit), text.cutInside(toBytes: limit)] {
                #expect(cut.utf8.count <= limit, "\(text) at \(limit)")
                #expect(String(validating: Array(cut.utf8), as: UTF8.self) != nil)
                #expect(cut.utf8.elementsEqual(text.utf8) == (text.utf8.count <= limit), "\(text) at \(limit)")
            }
            #expect(ByteString(text).cut(toBytes: limit).bytes.count <= limit)
        }
        #expect("abcdefghij".cut(toBytes: 8) == "abcde…" && "abcdefghijklmno".cutInside(toBytes: 11) == "abcdef…no")
    }

    @Test(
        "a place is counted in lines and characters, and stays inside the text",
        arguments: [(-1, 1, 1), (0, 1, 1), (1, 1, 2), (3, 1, 3), (7, 1, 4), (8, 2, 1), (9, 2, 2), (99, 2, 2)])
    func position(offset: Int, line: Int, column: Int) {
        // 1, 2 and 4 bytes, a line's end, and one more.
        Array("añ😀\nb".utf8).withUnsafeBufferPointer { text in
            #expect(TextPosition(ofByte: offset, in: text) == TextPosition(line: line, column: column))
        }
    }

    @Test func `numbers that do not fit become the nearest that do`() {
        #expect(Int64.max.subtractingClamped(-1) == .max && Int64.min.subtractingClamped(1) == .min)
        #expect(Int64(5).subtractingClamped(7) == -2 && Int64(0).subtractingClamped(.min) == .max)
        #expect(Int64.max.multipliedClamped(by: 2) == .max && Int64.max.multipliedClamped(by: -2) == .min)
        #expect(Int64.min.multipliedClamped(by: -1) == .max && Int64(-3).multipliedClamped(by: 4) == -12)
    }

    @Test func `bytes are compared as bytes`() {
        #expect(ByteString("\u{e9}") != ByteString("e\u{301}") && ByteString([0xFF]) != ByteString("\u{FFFD}"))
        #expect(
            ByteString("a") < ByteString("b") && ByteString("") < ByteString("a") && ByteString("z") < ByteString("é"))
        #expect(Set([ByteString("a"), ByteString([97])]).count == 1)
    }
}
