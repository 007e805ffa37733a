import JSON
import Testing

/// Text to document: every value comes back as it was meant, and every error has its place.
@Suite struct JSONParserTests {
    private static func error(_ text: [UInt8], maximumDepth: Int = JSONParser.defaultDepth) -> JSONSyntaxError? {
        do throws(JSONSyntaxError) {
            _ = try JSONParser(maximumDepth: maximumDepth).parse(text)
            return nil
        } catch {
            return error
        }
    }

    private static func string(_ text: [UInt8]) throws -> ByteString {
        try JSONParser().parse(text).withRoot { ByteString(copying: $0.utf8) }
    }

    @Test(
        "a value is read as it was written, whatever the white space and the escapes",
        arguments: 0..<20 as Range<UInt64>)
    func anyValue(block: UInt64) throws {
        var json = RandomJSON(seed: block)
        let parser = JSONParser()
        for _ in 0..<200 {
            let value = json.value()
            let text = json.text(of: value)
            let document = try parser.parse(text)
            document.withRoot { root in
                #expect(JSONValue(root) == value, "\(text)")
                #expect(root.height == value.height, "\(text)")
                Self.checkPlaces(root, in: text)
            }
        }
    }

    /// Each value's own bytes mean it, and its pointer leads to it.
    private static func checkPlaces(_ root: JSONNode, in text: String) {
        func check(_ node: JSONNode, _ pointer: JSONPointer) {
            let bytes = Array(node.rawText)
            #expect(Array(Array(text.utf8)[node.byteOffset...].prefix(bytes.count)) == bytes)
            let again = try? JSONParser().parse(bytes)
            #expect(again?.withRoot { JSONValue($0) } == JSONValue(node), "\(String(decoding: bytes, as: UTF8.self))")
            #expect(JSONPointer(parsing: pointer.description)?.resolve(in: root)?.index == node.index, "\(pointer)")
            for (index, element) in node.elements.enumerated() { check(element, pointer.appending(index)) }
            var seen: Set<ByteString> = []
            // A pointer leads to the first of several with one name.
            for (name, value) in node.members where seen.insert(ByteString(copying: name.utf8)).inserted {
                check(value, pointer.appending(name.string ?? ""))
            }
        }
        check(root, JSONPointer())
    }

    @Test("no text is one value less its end", arguments: 0..<50 as Range<UInt64>)
    func prefixes(seed: UInt64) {
        var json = RandomJSON(seed: seed)
        let text = Array("[\(json.text(of: json.value()))]".utf8)
        #expect(Self.error(text) == nil)
        for length in 0..<text.count { #expect(Self.error(Array(text.prefix(length))) != nil, "\(length) of \(text)") }
        for extra in ["]", "1", ",", "\u{0}"] { #expect(Self.error(text + Array(extra.utf8)) != nil, "\(extra)") }
    }

    @Test(
        "what is wrong, and at which byte",
        arguments: [
            ("", .empty, 0), ("  \n", .empty, nil), ("nul", .invalidLiteral, 0), ("[tru]", .invalidLiteral, 1),
            ("[01]", .invalidNumber, 1), ("[1.]", .invalidNumber, 1), ("[.5]", nil, 1), ("[-]", .invalidNumber, 1),
            ("[1e]", .invalidNumber, 1), ("[+1]", nil, 1), ("[NaN]", nil, 1), ("[1,]", .expectedValue, 3),
            ("[,1]", .expectedValue, 1), ("{\"a\" 1}", .expectedColon, 5), ("{\"a\":}", .expectedValue, 5),
            ("{a:1}", .expectedName, 1), ("{\"a\":1,}", .expectedName, 7), ("[1 2]", .expectedCommaOrEnd, 3),
            ("[1}", .expectedCommaOrEnd, 2), ("1 2", .trailingContent, 2), ("[1", .unexpectedEnd, nil),
            ("{\"a\":1", .unexpectedEnd, nil), ("[\"a", .unterminatedString, 1), ("[\"\\x\"]", .invalidEscape, nil),
            ("[\"\\u12g4\"]", .invalidEscape, nil), ("[\"\\ud800\"]", .loneSurrogate, nil),
            ("[\"\\udc00\\ud800\"]", .loneSurrogate, nil), ("[\"a\tb\"]", .controlCharacter, 3),
            ("// no", nil, 0), ("['a']", nil, 1),
        ] as [(String, JSONSyntaxError.Code?, Int?)])
    func errors(text: String, code: JSONSyntaxError.Code?, offset: Int?) throws {
        let error = try #require(Self.error(Array(text.utf8)))
        if let code { #expect(error.code == code, "\(text): \(error)") }
        if let offset { #expect(error.byteOffset == offset, "\(text): \(error)") }
        #expect(error.byteOffset <= text.utf8.count && !error.message.isEmpty)
    }

    @Test func `an error tells its line and column, counted in characters`() throws {
        let error = try #require(Self.error(Array("{\n  \"ñ😀\": tru\n}".utf8)))
        #expect(error.position == TextPosition(line: 2, column: 9))
        #expect(error.description.hasPrefix("line 2, column 9: "))
        let mark = try #require(Self.error([0xEF, 0xBB, 0xBF] + Array("{}".utf8)))
        #expect(mark.message.contains("byte order mark"))
    }

    @Test("containers inside one another up to the limit and not one more", arguments: [1, 2, 7, 1000])
    func depth(limit: Int) {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            func text(_ depth: Int) -> [UInt8] {
                let inner = open == "[" ? "" : "1"
                return Array(
                    (String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)).utf8)
            }
            #expect(Self.error(text(limit), maximumDepth: limit) == nil)
            #expect(Self.error(text(limit + 1), maximumDepth: limit)?.code == .tooDeep)
            #expect(Self.error(text(100_000), maximumDepth: limit)?.code == .tooDeep)
        }
    }

    @Test("bytes in a string are taken if and only if they are UTF-8", arguments: 0..<10 as Range<UInt64>)
    func utf8(block: UInt64) throws {
        var random = SeededRandom(state: block)
        let odd: [UInt8] = [
            0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF, 0x9F, 0xA0,
        ]
        for _ in 0..<2000 {
            let inside = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? odd.randomElement(using: &random) ?? 0 : UInt8.random(in: 0x23...0x5B, using: &random)
            }
            let text = [UInt8(ascii: "\"")] + inside + [UInt8(ascii: "\"")]
            if String(validating: inside, as: UTF8.self) == nil {
                #expect(Self.error(text)?.code == .invalidUTF8, "\(inside)")
            } else {
                #expect(try Self.string(text) == ByteString(inside))
            }
        }
    }

    @Test(
        "what is special is seen wherever it stands among plain bytes",
        arguments: [0, 1, 31, 32, 63, 64, 65, 127, 128, 200])
    func blocks(before: Int) throws {
        let plain = String(repeating: "a", count: before)
        for (written, meant) in [
            ("\\n", "\n"), ("\\\\", "\\"), ("\\\"", "\""), ("\\ud83d\\ude00", "😀"), ("ñ", "ñ"), ("😀", "😀"),
        ] {
            for after in [0, 1, 63, 64] {
                let rest = String(repeating: "b", count: after)
                let text = Array("\"\(plain)\(written)\(rest)\"".utf8)
                #expect(try Self.string(text) == ByteString(plain + meant + rest))
                #expect(Self.error(Array("\"\(plain)\u{1}\(rest)\"".utf8))?.byteOffset == before + 1)
            }
        }
    }

    @Test func `of members with one name the first is found, and it is told that there are several`() throws {
        let twice = try JSONParser().parse(#"{"a":1,"b":{"c":1,"\u0063":2},"a":2}"#)
        #expect(twice.hasDuplicateNames)
        twice.withRoot { root in
            #expect(root["a"]?.int64 == 1 && root.count == 3)
            #expect(root.hasDuplicateNames && root["b"]?.hasDuplicateNames == true)
        }
        // Bytes count, not how they look.
        let forms = try JSONParser().parse("{\"\u{e9}\":1,\"e\u{301}\":2}")
        #expect(!forms.hasDuplicateNames)
        forms.withRoot { root in #expect(root["\u{e9}"]?.int64 == 1 && root["e\u{301}"]?.int64 == 2) }
    }

    @Test func `a parser may be used again, also after an error, and documents stay`() throws {
        let parser = JSONParser()
        let first = try parser.parse(#"["one\n"]"#)
        #expect(throws: JSONSyntaxError.self) { try parser.parse("[") }
        let second = try parser.parse("[" + String(repeating: "\"x\\n\",", count: 10_000) + "1]")
        first.withRoot { root in #expect(root.elements.map { $0.string } == ["one\n"]) }
        second.withRoot { root in #expect(root.count == 10_001) }
    }

    @Test func `what a value is not, it does not give`() throws {
        try JSONParser().parse(#"[null,true,"s",1,[],{}]"#).withRoot { root in
            for node in root.elements {
                #expect((node.bool != nil) == (node.kind == .true))
                #expect((node.string != nil) == node.isString)
                #expect((node.int64 != nil) == (node.kind == .number))
                #expect(node.count == 0 && Array(node.elements).isEmpty && Array(node.members).isEmpty)
                #expect(node["a"] == nil)
            }
        }
    }
}
