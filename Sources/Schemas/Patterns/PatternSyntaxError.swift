/// Why a text is no regular expression.
struct PatternSyntaxError: Error {
    /// What is wrong and where, in half a sentence.
    let message: String
}
