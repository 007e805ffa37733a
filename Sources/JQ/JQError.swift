/// Why a jq program cannot be used, or gave no value.
package struct JQError: Error, Equatable, Sendable {
    package enum Code: Sendable {
        /// The program is not jq.
        case syntax
        /// It asks for something that a mapping may not do: files, the environment, the clock.
        case forbidden
        /// It failed on this value.
        case failed
        /// It took too long, or gave too much.
        case unbounded
    }

    package let code: Code
    /// What is wrong and what to write instead.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
