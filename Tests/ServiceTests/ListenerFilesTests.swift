import Foundation
import Settings
import Testing

@testable import Service

/// Files that listeners use: what `gateway check` says of them, and when they are read again.
@Suite struct ListenerFilesTests {
    private func inDirectory(_ files: [String: Data], _ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("listeners-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (name, data) in files { try data.write(to: directory.appendingPathComponent(name)) }
        try body(directory.path + "/")
    }

    private func mistakes(_ environment: [String: String]) -> [String] {
        ListenerFiles(SettingsReader(environment: environment).read().settings).mistakes.map(\.description)
    }

    @Test(
        "a file that cannot be used is a mistake with its setting, the file and what is wrong",
        arguments: [
            ("TOKENS", "absent", "there is no file"), ("TOKENS", "", "there is no file"), ("TOKENS", "short", "line 1"),
            ("TOKENS", "bytes", "not UTF-8"), ("TOKENS", "empty", "no tokens"),
            ("JWT_KEY", "short", "expected a public key"),
            ("JWT_KEY", "certificate", "another PEM file"),
        ])
    func mistakes(setting: String, file: String, expected: String) throws {
        let files = [
            "short": Data("till-1 short".utf8), "bytes": Data([0xFF]), "empty": Data(),
            "certificate": Data("-----BEGIN CERTIFICATE-----".utf8),
        ]
        try inDirectory(files) { directory in
            let found = mistakes(["HTTP_ACCESS_SHOP_\(setting)_FILE": directory + file])
            #expect(found.count == 1)
            let name = setting == "TOKENS" ? "tokensFile" : "jwtKeyFile"
            #expect(found.first?.contains("http.access.shop.\(name): ") == true, "\(found)")
            #expect(found.first?.contains(expected) == true, "\(found)")
            #expect(found.first?.contains(directory) == true, "\(found)")
        }
    }

    @Test func `a file that can be used is none`() throws {
        try inDirectory(["tokens": Data("till-1 0123456789abcdef".utf8)]) { directory in
            #expect(mistakes(["HTTP_ACCESS_SHOP_TOKENS_FILE": directory + "tokens"]) == [])
        }
    }

    @Test func `a changed file is read once it is left alone`() throws {
        try inDirectory(["a": Data("1".utf8), "b": Data()]) { directory in
            var files = FollowedFiles("s", [directory + "a", directory + "b", directory + "absent"]) { nil }
            var found: [Bool] = [files.haveChanged()]
            for text in ["22", "333"] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "a"))
                found.append(files.haveChanged())
            }
            found += [files.haveChanged(), files.haveChanged()]
            #expect(found == [false, false, false, true, false])
            try FileManager.default.removeItem(atPath: directory + "b")
            found = [files.haveChanged(), files.haveChanged(), files.haveChanged()]
            #expect(found == [false, true, false])
        }
    }
}
