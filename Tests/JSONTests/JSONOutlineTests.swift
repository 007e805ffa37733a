import JSON
import Testing

/// A large text gone over without a tape: the same errors at the same places, and the same elements.
@Suite struct JSONOutlineTests {
    private static let seeds = [
        #"{"companyId":"c","catalog":"x","items":[{"a":1,"b":[true,null,-1.5e+3]},"q\u00e9\"\\",[[],{}]],"params":{}}"#,
        #" [1, 2 , "\ud83d\ude00" ] "#, #"{"items":[]}"#, #"{"a":{"items":[1]},"items":[0,{"items":[2]}]}"#, "7",
        #""text""#,
        "{\"a\":\"\u{e9}\u{20ac}\u{1F600}\",\"items\":[false ,\n true]}",
    ]

    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static let pieces: [[UInt8]] = [
        Array(",".utf8), Array(":".utf8), Array("]".utf8), Array("}".utf8), Array("[".utf8), Array("{".utf8),
        Array("\"".utf8), Array("\\".utf8), Array("\\u12".utf8), Array("\\ud800".utf8), Array("tru".utf8),
        Array("-".utf8),
        Array("0".utf8), Array("1e".utf8), Array(" ".utf8), [0x01], [0xFF], [0xC3], Array("[[[[".utf8),
    ]

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `what is wrong with a text is found as the parser finds it`(block: UInt64) throws {
        var random = Random(state: block)
        let parser = JSONParser(maximumDepth: 6)
        for _ in 0..<1000 {
            var text = Array(Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &random)].utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let at = Int.random(in: 0...text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: at)
                case 1: if at < text.count { text.remove(at: at) }
                default: text.removeLast(text.count - at)
                }
            }
            var wanted: JSONSyntaxError?
            var found: JSONSyntaxError?
            do throws(JSONSyntaxError) { _ = try parser.parse(text) } catch { wanted = error }
            do throws(JSONSyntaxError) {
                _ = try JSONOutline(of: text, arrayAt: ["items"], maximumDepth: 6)
            } catch {
                found = error
            }
            #expect(found == wanted, "\(String(decoding: text, as: UTF8.self)) \(text)")
        }
    }

    private static func array(_ text: String, _ path: [String]) throws -> (count: Int, inside: String)? {
        let bytes = Array(text.utf8)
        let outline = try JSONOutline(of: bytes, arrayAt: path)
        return outline.elements.map { (outline.count, String(decoding: bytes[$0], as: UTF8.self)) }
    }

    @Test func `the array is that of the first members of these names`() throws {
        #expect(try Self.array(#"{"x":[1],"items":[1,2]}"#, ["items"])?.inside == "1,2")
        #expect(try Self.array(#"{"items":[1],"items":[1,2]}"#, ["items"])?.inside == "1")
        #expect(try Self.array(#"{"\u0069t\u0065ms":[7]}"#, ["items"])?.count == 1)
        #expect(try Self.array(#"{"a":{"b":[ ]}}"#, ["a", "b"])?.count == 0)
        #expect(try Self.array("[[1],2]", [])?.count == 2)
        #expect(try Self.array(#"{"items":{"0":1}}"#, ["items"]) == nil)
        #expect(try Self.array(#"{"a":[{"items":[1]}]}"#, ["a", "items"]) == nil)
        #expect(try Self.array("5", ["items"]) == nil)
    }

    @Test(arguments: [1, 2, 3, 1000], [1, 12, 1000])
    func `windows have every element once, in order, and as many as fit`(elements: Int, bytes: Int) throws {
        let all = (0..<50).map { number in
            ["{}", "1", #"{"a":[1,2,3,{"b":"\n"}]}"#, #""x,]""#, " [ [ ] , null ] "][number % 5]
        }
        let text = Array(("[ " + all.joined(separator: " ,\n") + "]").utf8)
        let outline = try JSONOutline(of: text, arrayAt: [])
        let items = try #require(outline.elements)
        var at = items.lowerBound
        var found: [String] = []
        while found.count < outline.count {
            let window = JSONWindow(
                of: text, at: at, within: JSONWindow.Bounds(elements: elements, bytes: bytes, nodes: 1000))
            try #require(window.count > 0)
            #expect(window.count == 1 || (window.count <= elements && window.bytes.count <= bytes))
            let document = try JSONParser().parse("[" + String(decoding: text[window.bytes], as: UTF8.self) + "]")
            document.withRoot { root in
                #expect(root.count == window.count)
                found += root.elements.map { String(decoding: $0.rawText, as: UTF8.self) }
            }
            at = window.next
        }
        #expect(at == items.upperBound)
        #expect(found == all.map { $0.trimmed })
    }

    @Test(arguments: ["[1,2,3]", #"{"a":1}"#, #""te\"xt""#, "12345", "[]"])
    func `an element that is not looked into keeps its bytes`(text: String) {
        JSONDocument.unread(element: Array(text.utf8)[...]).withRoot { root in
            #expect(root.count == 1)
            for element in root.elements {
                #expect(String(decoding: element.rawText, as: UTF8.self) == text)
                #expect(element.isUnread == (text.first == "[" || text.first == "{"))
                #expect(element.count == 0)
                #expect(Array(element.elements).isEmpty && Array(element.members).isEmpty)
            }
        }
    }

    @Test(arguments: [
        (#"{"a":1,"b":[true,null,"x"]}"#, 5 + (2 + 1 + 8) + (2 + 1 + 5) + (3 + 1) + 3 + (3 + 5 + 1)),
        ("[" + String(repeating: "1,", count: 11) + "1]", 5 + 10 * 11 + 2 * 12),
    ])
    func `what an element takes as BSON at least is known before it is parsed`(element: String, bytes: Int) {
        let text = Array("[\(element)]".utf8)
        let window = JSONWindow(of: text, at: 1, within: JSONWindow.Bounds(elements: 1, bytes: 1, nodes: 1))
        #expect(window.storedBytes == bytes)
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
