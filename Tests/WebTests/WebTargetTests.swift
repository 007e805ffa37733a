import Testing

@testable import Web

@Suite struct WebTargetTests {
    @Test(
        "a path is split before it is decoded",
        arguments: [
            ("/", []), ("/a", ["a"]), ("/a/b", ["a", "b"]), ("/a%2Fb", ["a/b"]), ("/%C3%A9", ["é"]),
            ("/a//b", ["a", "", "b"]),
            ("/a/", ["a", ""]), ("/..", [".."]), ("/%2e%2e/x", ["..", "x"]), ("/a+b", ["a+b"]), ("/a?b/c", ["a"]),
        ] as [(String, [String])])
    func path(text: String, segments: [String]) throws {
        #expect(try WebTarget(text).segments == segments)
    }

    @Test(
        "what no client means is refused",
        arguments: ["", "a", "/%", "/%4", "/%zz", "/%ff", "/%00", "/?a=%", "/?%00=1"])
    func refused(text: String) {
        #expect(throws: WebTarget.Problem.self) { try WebTarget(text) }
    }

    @Test func `a query's pairs are decoded, with + as a space, in order`() throws {
        let target = try WebTarget("/x?a=1&b=a+b%2B&a=2&c&=d&&e=%C3%A9")
        #expect(target.parameters.map(\.name) == ["a", "b", "a", "c", "", "e"])
        #expect(target.parameters.map(\.value) == ["1", "a b+", "2", "", "d", "é"])
    }

    @Test func `an address has a bound`() {
        #expect(throws: WebTarget.Problem.self) { try WebTarget("/" + String(repeating: "a", count: 9000)) }
        #expect(throws: WebTarget.Problem.self) { try WebTarget("/?" + String(repeating: "a&", count: 1001)) }
    }
}
