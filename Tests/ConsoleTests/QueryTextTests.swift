@testable import Console
import Testing

@Suite struct QueryTextTests {
    @Test(
        "names and values as browsers and curl write them",
        arguments: [
            ("a=1&b=2", ["a": "1", "b": "2"]), ("text=window.hit+%3D+1", ["text": "window.hit = 1"]),
            ("text=a%20b%2Bc", ["text": "a b+c"]), ("a=1&a=2", ["a": "1"]), ("a", ["a": ""]), ("a=", ["a": ""]),
            ("a=b=c", ["a": "b=c"]), ("&&a=1&", ["a": "1"]), ("", [:]), ("a=100%&b=%4", ["a": "100%", "b": "%4"]),
            ("n=Vi%C3%B1a", ["n": "Viña"]), ("%61=1", ["a": "1"]), ("a=%zz+", ["a": "%zz "]),
            ("a=%FF", ["a": "\u{FFFD}"]),
        ])
    func parsing(text: String, expected: [String: String]) {
        #expect(QueryText.parse(text) == expected)
    }
}
