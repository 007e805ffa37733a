import NIOHTTP1
import Testing

@testable import WebSockets

@Suite struct RequestHostTests {
    @Test(arguments: [
        "", "a", "a:", "a:80", "A.Example.", "127.0.0.1:1", "[::1]", "[::1]:80", "[v1.a:b]", "a_b", "a%20b", "a,b;c=d",
        "a:999999",
    ])
    func `a host with or without a port is one`(text: String) { #expect(RequestHost.isHost(text)) }

    @Test(arguments: [
        "a b", "a/b", "a@b", "http://a", "a?b", "a#b", "a\\b", "<a>", "a:b", "a:80:80", "[::1", "[]", "[::1]a", "[ ]",
        "]",
        "a\u{E9}", "\"a\"", "a:-1", "a%zz", "a%2", "a%", "{a}", "a^b", "a|b", "a\u{0}", "a\u{212A}",
    ])
    func `what is no host is none`(text: String) { #expect(!RequestHost.isHost(text)) }

    @Test(
        arguments: [
            ("/", ["a"], "/", "a"), ("*", ["a"], "*", "a"), ("http://b/x", ["a"], "/x", "b"),
            ("HTTPS://b:1", ["a"], "/", "b:1"), ("http://b?c", ["a"], "/?c", "b"),
            ("http://b//x?/%zz", ["a"], "//x?/%zz", "b"),
        ] as [(String, [String], String, String)])
    func `an absolute target goes before the header`(target: String, hosts: [String], path: String, host: String) {
        var head = request(target, hosts)
        #expect(RequestHost.resolve(&head))
        #expect(head.uri == path)
        #expect(head.headers["Host"] == [host])
    }

    @Test(
        arguments: [
            ("/", []), ("/", ["a", "a"]), ("/", ["a b"]), ("http:///x", ["a"]), ("http://u@b/", ["a"]),
            ("ftp://b/", ["a"]),
            ("http:/b", ["a"]), ("b:80", ["a"]), ("http://b/", []), ("http://b/", ["a b"]), ("x/http://b", ["a"]),
            ("", ["a"]),
        ] as [(String, [String])])
    func `a request without a valid host is refused`(target: String, hosts: [String]) {
        var head = request(target, hosts)
        #expect(!RequestHost.resolve(&head))
    }

    @Test func `only HTTP/1.0 may have none`() {
        var old = HTTPRequestHead(version: .http1_0, method: .GET, uri: "/")
        #expect(RequestHost.resolve(&old))
        old.uri = "http://b/x"
        #expect(RequestHost.resolve(&old) && old.headers["Host"] == ["b"])
    }

    private func request(_ target: String, _ hosts: [String]) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: .GET, uri: target, headers: HTTPHeaders(hosts.map { ("Host", $0) }))
    }
}
