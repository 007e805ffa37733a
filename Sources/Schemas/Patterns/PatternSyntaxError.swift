/// A syntax error in a regular expression.
struct PatternSyntaxError: Error {
    /// What is wrong and where, as half a sentence.
    let message: String
}
