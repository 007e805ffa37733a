/// What MongoDB takes as the name of a database on Unix ("Naming Restrictions" in its manual). Servers on Windows refuse a few
/// characters more; they say so when the gateway connects.
package enum DatabaseName {
    /// What is expected, for messages.
    package static let rule = "a database name of at most 63 bytes without / \\ . \" $ or spaces"

    /// By bytes: a character may be a forbidden one with an accent on it.
    package static func isValid(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count) && !name.utf8.contains { forbidden.contains($0) }
    }

    private static let forbidden: Set<UInt8> = Set("/\\. \"$\0".utf8)
}
