import Foundation
import NIOCore
import Testing

@testable import Console

@Suite struct PageFilesTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Sources/Console/Pages").standardizedFileURL

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    private static var scripts: [String] {
        PageFiles.all.map(\.name).filter { $0.hasSuffix(".js") }
    }

    @Test func `every file of the folder is in the binary, as it is`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(PageFiles.all.map(\.name).sorted() == names)
        for file in PageFiles.all {
            #expect(String(buffer: file.bytes) == (try Self.text(file.name)), "\(file.name): touch CPages.c")
            #expect(file.type != "application/octet-stream", "\(file.name)")
        }
    }

    @Test func `no page makes markup out of text, or brings script or style that the policy refuses`() throws {
        for name in Self.scripts {
            let text = try Self.text(name)
            for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                #expect(!text.contains(word), "\(name): \(word)")
            }
        }
        let page = try Self.text("index.html")
        #expect(!page.contains("<style") && !page.contains("style=") && page.ranges(of: "<script").count == 1)
        #expect(page.firstMatch(of: /\son[a-z]+=/) == nil)
    }

    @Test func `every word of the pages has its Spanish`() throws {
        let words = try Self.text("spanish.js")
        for name in Self.scripts {
            for found in try Self.text(name).matches(
                of: /\bt\((?:\s*"([^"]+)"\s*\)|[^()]*\? "([^"]+)"\s*: "([^"]+)"\))/)
            {
                for word in [found.1, found.2, found.3].compactMap(\.self) {
                    #expect(words.contains("\"\(word)\":"), "\(name): \(word)")
                }
            }
        }
    }

    /// A proxy may serve the console below a path of its own.
    @Test func `no page asks for anything by an address that begins at the root`() throws {
        #expect(try Self.text("index.html").firstMatch(of: /(?:src|href)="\//) == nil)
        for name in Self.scripts {
            let text = try Self.text(name)
            #expect(text.firstMatch(of: /from "[^.]/) == nil, "\(name): an import that is not relative")
            #expect(text.firstMatch(of: /(?:href|src): [`"]\//) == nil, "\(name): a link that is not relative")
            #expect(name == "api.js" || !text.contains("fetch("), "\(name): a request that api.js does not make")
        }
    }
}
