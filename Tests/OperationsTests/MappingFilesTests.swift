import Foundation
import Mappings
import Testing

@testable import Operations

/// Files and directories that a mapping names: only those beside it, or below.
@Suite struct MappingFilesTests {
    @Test func `a directory that a mapping names is there, and below the mapping's own`() throws {
        let top = FileManager.default.temporaryDirectory.appending(path: "mappings-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: top) }
        try FileManager.default.createDirectory(
            at: top.appending(path: "own/pages/deep"), withIntermediateDirectories: true)
        try Data("x".utf8).write(to: top.appending(path: "own/file"))
        let context = MappingFiles.context(nil)
        func path(_ name: String) -> String? { try? context.directory(name, top.path + "/own/m.yaml").get() }
        #expect(path("pages") == top.path + "/own/pages")
        #expect(path("pages/deep") == top.path + "/own/pages/deep")
        for name in ["none", "file", "../own/pages", "pages/../..", top.path + "/own/pages", "/etc"] {
            #expect(path(name) == nil, "\(name)")
        }
    }
}
