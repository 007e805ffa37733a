/// Numbers of things, in words.
package enum Count {
    /// `1 document`, `2 documents`. `many`: the plural, if it is not the word with an `s`.
    package static func text(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count) \(count == 1 ? one : many ?? one + "s")"
    }
}
