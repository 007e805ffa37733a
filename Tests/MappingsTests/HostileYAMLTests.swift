import JSON
import Mappings
import Testing

/// Files that would take down a naive reader: a mistake with a place, soon.
@Suite struct HostileYAMLTests {
    private func first(_ text: String) -> MappingDiagnostic? {
        MappingCompiler.compile(files: [("m.yaml", text)], settings: []).mistakes.first
    }

    private static func bomb(keys: Bool) -> String {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<10 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text +=
                keys
                ? "? *a\(level - 1)\n: b\na\(level): &a\(level) [\(aliases)]\n" : "a\(level): &a\(level) [\(aliases)]\n"
        }
        return text
    }

    @Test(
        "each is reported with its rule and place within a second",
        .timeLimit(.minutes(1)),
        arguments: [
            ("routes:\n\ta: 1", "yaml-syntax", 2), ("routes: {}\nroutes: {}", "yaml-duplicate", 1),
            (bomb(keys: false), "yaml-aliases", nil),
            (String(repeating: "[", count: 100_000), "yaml-too-deep", 1),
            (String(repeating: "- ", count: 100_000), "yaml-too-deep", 1),
            (String(repeating: "x", count: 10 << 20), "file-too-large", 1),
            (String(repeating: "a: *b\n", count: 200), "yaml-aliases", 101),
            ("routes: *nobody", "yaml-syntax", 1), ("routes: @a", "yaml-syntax", 1),
            ("a: b\n---\nc: d", "yaml-syntax", nil),
            ("42", "type", 1), ("- a", "type", 1), ("routes: 1", "type", 1),
        ] as [(String, String, Int?)])
    func hostile(text: String, rule: String, line: Int?) {
        let started = ContinuousClock.now
        let mistake = first(text)
        #expect(mistake?.rule == rule, "\(mistake.map { "\($0)" } ?? "no mistake")")
        if let line { #expect(mistake?.position.line == line) }
        #expect(ContinuousClock.now - started < .seconds(1))
    }

    @Test func `a thousand routes are compiled in bounded time`() {
        let text =
            "routes:\n"
            + (0..<1000).map { number in
                """
                  r\(number):
                    from: { amqp: { queue: q\(number) } }
                    definition: catalogItem
                    message:
                      companyId: $.company
                      items: $.items[*]
                      operation: { path: .op, table: { A: I, B: D } }
                      fields:
                        code: { path: .cod, text: true }
                        name: { path: .desc, trim: true }
                        price: { path: .precio, decimal: "1.234,50" }
                """
            }.joined(separator: "\n")
        let started = ContinuousClock.now
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", text)], context: MappingContext(settings: [], catalogs: Mapping.catalogs))
        let took = ContinuousClock.now - started
        #expect(table?.routes.count == 1000 && mistakes.isEmpty)
        // Unoptimised, on a busy machine; optimised it takes half a second. A quadratic step would take minutes.
        #expect(took < .seconds(30), "\(took)")
    }
}
