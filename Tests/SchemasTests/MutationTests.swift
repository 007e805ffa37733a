import JSON
import Testing

@testable import Schemas

/// Texts changed at random must never crash the engine, whatever it says about them.
@Suite struct `Random changes` {
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static let fragments = [
        "null", "true", "-1", "1e400", "0.1", "\"\"", "{}", "[]", "\"$ref\"", "\"#\"", "\"type\"", "\"x-bson\"",
        "\"\\u0000\"",
        "\"é\"", "[\"code\"]", "99999999999999999999999", "\"(a+)+$\"", "\"properties\"", "\"$dynamicRef\"",
        "\"unevaluatedItems\"",
        "\"items\"", "\"not\"", "{\"$ref\": \"#\"}", "\"catalogItem\"", ",", ":", "}", "]", "\"operation\"",
    ]

    /// Replaces, removes, repeats or swaps pieces between structural characters.
    static func mutate(_ text: [UInt8], with random: inout Random) -> [UInt8] {
        var text = text
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let marks = text.indices.filter { [44, 58, 91, 93, 123, 125].contains(text[$0]) }
            guard marks.count > 2 else { return text }
            let a = marks.randomElement(using: &random) ?? 0
            let b = marks.first { $0 > a } ?? text.count
            switch Int.random(in: 0..<4, using: &random) {
            case 0: text.replaceSubrange((a + 1)..<b, with: Array((fragments.randomElement(using: &random) ?? "").utf8))
            case 1: text.removeSubrange(a..<b)
            case 2: text.insert(contentsOf: text[a..<b], at: a)
            default:
                let from = text.indices.randomElement(using: &random) ?? 0
                text[from] = UInt8.random(in: 32...126, using: &random)
            }
        }
        return text
    }

    static let item = Array(
        #"{"operation":"I","code":"a1","name":"ñ","price":12.5,"barcodes":["1","2"],"active":true,"attributes":{"a":[1]},"birthDate":"2021-12-31","installments":3,"email":"a@b.c","quantity":-1.50,"latitude":1.5}"#
            .utf8)

    @Test(arguments: 0..<8)
    func `of items do not crash, and both ways to check agree`(_ seed: Int) throws {
        var random = Random(state: UInt64(seed))
        let catalogs = try Catalogs.builtin()
        let parser = JSONParser()
        var parsed = 0
        for _ in 0..<400 {
            guard let document = try? parser.parse(Self.mutate(Self.item, with: &random)) else { continue }
            parsed += 1
            document.withRoot { root in
                for definition in catalogs.all {
                    for program in [Definition.Program.complete, .partial, .keyOnly] {
                        let found = definition.validate(root, as: program, at: "/items/0", limit: 3)
                        #expect(found.isEmpty == definition.isValid(root, as: program))
                        #expect(found.count <= 3 && found.allSatisfy { !$0.text.isEmpty && !$0.keyword.isEmpty })
                    }
                }
            }
        }
        #expect(parsed > 40, "most texts were not JSON: the test says little")
    }

    @Test(arguments: 0..<8)
    func `of definitions give a definition or an error`(_ seed: Int) throws {
        var random = Random(state: UInt64(seed) &+ 1000)
        let parser = JSONParser()
        let item = try parser.parse(Self.item)
        var compiled = 0
        for file in EmbeddedFile.definitions + EmbeddedFile.metaSchemas {
            for _ in 0..<12 {
                let text = Self.mutate(Array(file.bytes), with: &random)
                guard let document = try? parser.parse(text) else { continue }
                var registry = SchemaRegistry()
                do {
                    try registry.add(document, retrievalURI: "urn:mutated", file: file.name)
                    _ = try registry.metaSchemaErrors(of: "urn:mutated")
                    let program = try registry.compile("urn:mutated", assertFormats: true)
                    item.withRoot { #expect(program.validate($0).isEmpty == program.isValid($0)) }
                    document.withRoot { #expect(program.validate($0).isEmpty == program.isValid($0)) }
                    let definition = try Definition.compile(document, file: file.name)
                    item.withRoot { root in
                        #expect(
                            definition.validate(root, as: .partial).isEmpty == definition.isValid(root, as: .partial))
                    }
                    compiled += 1
                } catch {
                    #expect(!error.message.isEmpty)
                }
            }
        }
        #expect(compiled > 5)
    }

    @Test(arguments: 0..<4)
    func `of patterns give a pattern or an error`(_ seed: Int) {
        var random = Random(state: UInt64(seed) &+ 2000)
        let pieces = [
            "(", ")", "[", "]", "{2}", "*", "+?", "|", "^", "$", "\\b", "\\1", "a", "é", ".", "\\d", "(?=", "(?<!",
            "(?<n>", "\\k<n>",
            "\\p{L}", "-", "{1,3}", "\\", "?", "[^", "\\u{1F432}",
        ]
        var text = "aaé🐲 1-ab\n"
        for _ in 0..<2000 {
            let pattern = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            guard let compiled = try? Pattern(pattern) else { continue }
            _ = text.withUTF8 { compiled.match($0) }
        }
    }
}
