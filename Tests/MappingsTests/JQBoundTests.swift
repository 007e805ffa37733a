import Testing

/// jq programs that take all time or memory there is: each ends as a fault of its item, and the next value is served.
@Suite(.serialized) struct JQBoundTests {
    @Test(
        "no program holds up the lane or fills the memory",
        arguments: [
            // 11 seconds and 635 MB before.
            (#""x" * .n"#, #"{"n":2000000000}"#), ("[range(1e9)] | length", "{}"), ("setpath([1e9]; 1) | length", "[]"),
            ("def f: f; f", "{}"), ("[repeat(1)]", "{}"), ("reduce range(1e8) as $i (0; . + $i)", "{}"),
            ("reduce range(1e7) as $i (0; [.]) | tojson", "{}"),
            (#"(reduce range(60) as $i (0; [., .])) | tojson"#, "{}"),
            (#"[range(300000)] | map("\(.)" * 50 | test("(.*)(.*)(.*)(.*)x$")) | length"#, "{}"),
            (#"[limit(1e9; repeat("x"))] | implode"#, "{}"), ("def f: 1 + f; f", "{}"),
        ])
    func bounded(program: String, value: String) {
        let start = ContinuousClock.now
        let answer = Mapping(field: "path: .x\njq: '\(program.replacing("'", with: "''"))'").field(#"{"x":\#(value)}"#)
        #expect(
            answer.contains("the jq program runs longer than 0.25 seconds")
                || answer.contains("the jq program needs more than 256 MB of memory")
                || answer.contains("nests values or calls too deeply"), "\(program): \(answer.prefix(300))")
        #expect(start.duration(to: .now) < .seconds(20))
        #expect(Mapping(field: "path: .x\njq: '. + 1'").field(#"{"x":1}"#) == "2")
    }

    @Test func `an error after the first value is an error`() {
        let answer = Mapping(field: "path: .x\njq: '.t, error(\"bad\")'").field(#"{"x":{"t":1}}"#)
        #expect(answer.hasSuffix("jq: bad"), "\(answer)")
    }

    @Test func `nothing of the environment is there`() {
        #expect(Mapping(field: "path: .x\njq: '.a'").field(#"{"x":{"a":[1,"é",null]}}"#) == #"[1,"é",null]"#)
        #expect(!Mapping(field: "path: .x\njq: 'env'").mistakes.isEmpty)
    }

    @Test func `many threads have their answers`() async {
        let mapping = Mapping(field: "path: .x\njq: '. * 2'")
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy {
                        mapping.field(#"{"x":\#(number * 100 + $0)}"#) == "\(2 * (number * 100 + $0))"
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
