internal import Foundation

/// Colours of what is printed on standard output: only on a terminal, and not where `NO_COLOR` is set or the terminal is
/// `dumb`. Applied last, after text from outside was made visible.
package enum Style {
    private static let isOn = isOn(ProcessInfo.processInfo.environment, isTerminal: Terminal.outputIsTerminal)

    /// Whether there are colours. `NO_COLOR` counts where it is not empty.
    static func isOn(_ environment: [String: String], isTerminal: Bool) -> Bool {
        isTerminal && environment["NO_COLOR"].map(\.isEmpty) ?? true && environment["TERM"] != "dumb"
    }

    /// Something failed.
    package static func bad(_ text: String) -> String { coloured(text, "31") }
    /// Something is well.
    package static func good(_ text: String) -> String { coloured(text, "32") }
    /// Something to look at.
    package static func doubtful(_ text: String) -> String { coloured(text, "33") }
    package static func heading(_ text: String) -> String { coloured(text, "1") }

    private static func coloured(_ text: String, _ code: String) -> String {
        isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
