internal import Foundation

/// Keeps a person's own jq functions out of mappings: libjq reads `~/.jq` before every program, whatever library path it is
/// given, and what is defined there takes the place of jq's own. A mapping must mean the same on every machine.
package enum JQHome {
    /// Lets go of the home directory where there is such a file; nothing else of the gateway looks at it. To be called before
    /// the first thread starts, for the environment belongs to all of them.
    package static func leave() {
        if file != nil { unsetenv("HOME") }
    }

    /// The file that libjq would read; nil where there is none.
    static var file: String? {
        guard let home = getenv("HOME").map({ String(cString: $0) }), !home.isEmpty else { return nil }
        let file = home + "/.jq"
        return access(file, F_OK) == 0 ? file : nil
    }
}
