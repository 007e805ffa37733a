package import Foundation

/// Files and directories of a test, in the system's place for such.
package enum Scratch {
    package static func file(_ suffix: String) throws -> URL {
        let file = path(suffix)
        try Data().write(to: file)
        return file
    }

    /// Nothing is in it: no settings file that a gateway could find.
    package static func directory() throws -> URL {
        let directory = path("dir")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    package static func text(of file: URL) -> String {
        String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
    }

    private static func path(_ suffix: String) -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent("promo-route-\(UUID().uuidString).\(suffix)")
    }
}
