/// Why a jq program is rejected, or yields no value.
package struct JQError: Error, Equatable, Sendable {
    package enum Code: Sendable {
        /// Syntax error.
        case syntax
        /// Uses something forbidden in mappings: files, the environment, the clock.
        case forbidden
        /// Fails on this value.
        case failed
        /// Exceeds the time or output limit.
        case unbounded
    }

    package let code: Code
    /// What is wrong and how to fix it.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
