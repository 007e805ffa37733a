import Contracts
import Foundation
import Mappings
import NIOCore
import Testing

@testable import Web

/// Files below a path: which ones a request gets, and that no request gets any other.
@Suite struct FileDoorTests {
    /// A directory of its own, with a file beside the root that nobody may see.
    private final class Place {
        let top: URL
        var root: URL { top.appending(path: "pages") }

        init() throws {
            top = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
            try Data(secret.utf8).write(to: top.appending(path: "secret.txt"))
        }

        deinit { try? FileManager.default.removeItem(at: top) }

        let secret = "SECRET"

        func write(_ name: String, _ text: String) throws {
            let url = root.appending(path: name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }

        func link(_ name: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: root.appending(path: name).path, withDestinationPath: target)
        }

        /// The answer to a request target, as the listener finds it; nil where the target is refused before.
        func get(_ target: String, below path: String = "/", tag: String? = nil) async throws -> RequestAnswer? {
            guard let read = try? WebTarget(target), let rest = try PathTemplate(path).rest(of: read.segments) else {
                return nil
            }
            return await FileDoor(root.path).answer(
                WebRequest(
                    facts: RequestFacts(method: "GET", path: read.path, query: read.query),
                    headers: tag.map { [RequestField(name: "if-none-match", value: $0)] } ?? [], body: ByteBuffer(),
                    file: rest))
        }

        func status(_ target: String, below path: String = "/") async throws -> Int? {
            try await get(target, below: path)?.status
        }
    }

    private func text(_ answer: RequestAnswer?) -> String { String(decoding: answer?.body ?? [], as: UTF8.self) }

    private func header(_ name: String, _ answer: RequestAnswer?) -> String? {
        answer?.headers.first { $0.name == name }?.value
    }

    @Test func `a file is found by its name, and a directory's page is its index`() async throws {
        let place = try Place()
        for (name, text) in [
            ("index.html", "root"), ("a b&ñ.txt", "odd"), ("docs/index.html", "docs"), ("docs/deep/x.js", "x"),
        ] { try place.write(name, text) }
        for (target, expected) in [
            ("/", "root"), ("/index.html", "root"), ("/?user_id=1", "root"), ("/a%20b&%C3%B1.txt", "odd"),
            ("/docs/", "docs"), ("/docs/index.html", "docs"), ("/docs/deep/x.js", "x"), ("/%64ocs/", "docs"),
        ] {
            let answer = try await place.get(target)
            #expect(answer?.status == 200 && text(answer) == expected, "\(target)")
        }
        let moved = try await place.get("/docs?a=1")
        #expect(moved?.status == 307 && header("location", moved) == "/docs/?a=1")
        #expect(header("location", try await place.get("/app", below: "/app")) == "/app/")
        #expect(text(try await place.get("/app/docs/", below: "/app")) == "docs")
        for target in [
            "/docs/deep/", "/docs/deep", "/none", "/docs/none", "/index.html/", "/index.html/x", "/Index.html",
        ] {
            #expect(try await place.status(target) == 404, "\(target)")
        }
    }

    @Test(
        "no way of writing a path leads out of the directory, or to a hidden name",
        arguments: [
            "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/..%2Fsecret.txt", "/a/../../secret.txt",
            "/a/..%2f..%2fsecret.txt", "/.%2e/secret.txt", "/%252e%252e/secret.txt", "/..\\secret.txt",
            "/..%5csecret.txt", "/a\\..\\..\\secret.txt", "//secret.txt", "///../secret.txt", "/a//x.txt", "/./a/x.txt",
            "/a/./x.txt", "/.hidden", "/a/.hidden", "/.git/config", "/%2egit/config", "/a%2fx.txt", "/a%5cx.txt",
            "/secret.txt%00", "/a/x.txt%00.html", "/%00", "/..;/secret.txt", "/..%c0%afsecret.txt", "/%c0%ae%c0%ae/",
            "/out/secret.txt", "/out", "/outfile", "/up", "/up/secret.txt", "/proc/self/environ", "/etc", "/pipe",
            "/loop", "/a/x.txt/", "/a/x.txt/..", "/%0a", "/a%0ax.txt", "/~root", "/C:/",
            "/" + String(repeating: "a", count: 300),
        ])
    func outside(target: String) async throws {
        let place = try Place()
        try place.write("a/x.txt", "x")
        try place.write(".hidden", place.secret)
        try place.write("a/.hidden", place.secret)
        try place.write(".git/config", place.secret)
        try place.link("out", to: "..")
        try place.link("outfile", to: place.top.appending(path: "secret.txt").path)
        try place.link("up", to: "../pages/..")
        try place.link("etc", to: "/etc/hostname")
        try place.link("proc", to: "/proc")
        try place.link("loop", to: "loop")
        mkfifo(place.root.appending(path: "pipe").path, 0o600)
        let answer = try await place.get(target)
        #expect(answer == nil || answer?.status == 404, "\(target): \(String(describing: answer?.status))")
        #expect(!text(answer).contains(place.secret))
        if let answer { #expect(header("content-type", answer) == "application/problem+json") }
    }

    @Test func `of any path made of such parts, only what is there is found`() async throws {
        let place = try Place()
        try place.write("a/x.txt", "x")
        try place.write("a/.hidden", place.secret)
        try place.link("out", to: "..")
        try place.link("a/back", to: "../..")
        let parts = [
            "a", "x.txt", "..", ".", "", "%2e%2e", "%2f", "\\", "out", "secret.txt", "back", ".hidden", "pages",
        ]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let path = (0..<Int.random(in: 1...6, using: &random)).map { _ in parts.randomElement() ?? "" }
            let answer = try await place.get("/" + path.joined(separator: "/"))
            #expect(!text(answer).contains(place.secret), "\(path)")
            // A way out that leads in again shows what is in.
            if answer?.status == 200 { #expect(path.suffix(2) == ["a", "x.txt"] && text(answer) == "x") }
        }
    }

    @Test func `links within the directory are followed, also when they change`() async throws {
        let place = try Place()
        try place.write("one/index.html", "1")
        try place.write("two/index.html", "2")
        try place.link("now", to: "one")
        #expect(text(try await place.get("/now/")) == "1")
        try FileManager.default.removeItem(at: place.root.appending(path: "now"))
        try place.link("now", to: "two")
        #expect(text(try await place.get("/now/")) == "2")
        // As is the one that the directory itself may be.
        let link = place.top.appending(path: "link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: place.root)
        #expect(FileTree(root: link.path).find(["two", "index.html"]) == .file(Array("2".utf8)))
    }

    @Test func `a changed file has another tag, and the same again is 304`() async throws {
        let place = try Place()
        try place.write("a.css", "one")
        let first = try await place.get("/a.css")
        let tag = try #require(header("etag", first))
        for known in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            let again = try await place.get("/a.css", tag: known)
            #expect(again?.status == 304 && again?.body == [] && header("etag", again) == tag)
        }
        #expect(try await place.get("/a.css", tag: "\"x\"")?.status == 200)
        // Within the same tick of the clock, and as long.
        try place.write("a.css", "two")
        let changed = try await place.get("/a.css", tag: tag)
        #expect(changed?.status == 200 && text(changed) == "two" && header("etag", changed) != tag)
    }

    @Test(
        "a file's type is that of its ending",
        arguments: [
            ("a.html", "text/html; charset=utf-8"), ("a.HTML", "text/html; charset=utf-8"),
            ("a.min.js", "text/javascript; charset=utf-8"), ("a.svg", "image/svg+xml"), ("a.html.", nil), ("html", nil),
            ("a.exe", nil), ("a", nil),
        ] as [(String, String?)])
    func contentType(name: String, type: String?) {
        #expect(FileDoor.contentType(of: name) == type ?? "application/octet-stream")
    }

    @Test func `a file that is too large, and a directory that is gone, are problems`() async throws {
        let place = try Place()
        try place.write("big.bin", "")
        let big = try FileHandle(forWritingTo: place.root.appending(path: "big.bin"))
        try big.truncate(atOffset: UInt64(FileTree.mostBytes))
        #expect(try await place.get("/big.bin")?.body.count == FileTree.mostBytes)
        try big.truncate(atOffset: UInt64(FileTree.mostBytes) + 1)
        #expect(try await place.status("/big.bin") == 500)
        try FileManager.default.removeItem(at: place.root)
        #expect(try await place.status("/big.bin") == 500)
        try place.write("big.bin", "back")
        #expect(try await place.status("/big.bin") == 200)
    }

    @Test(
        "pages may connect to other ports of their host, and to nothing else",
        arguments: [
            ("127.0.0.1:8181", "127.0.0.1"), ("shop.example", "shop.example"), ("[::1]:8181", nil), (nil, nil),
            ("a;b", nil), ("a b:80", nil), ("", nil), ("é:80", nil), ("*:80", nil),
        ] as [(String?, String?)])
    func policy(authority: String?, host: String?) {
        let policy = PagePolicy.usual(at: authority)
        #expect(policy.contains("ws://\(host ?? ""):*") == (host != nil))
        #expect(policy.contains(":*") == (host != nil))
        #expect(policy.hasPrefix("default-src 'self';") && !policy.contains("unsafe") && !policy.contains(" *"))
    }
}
