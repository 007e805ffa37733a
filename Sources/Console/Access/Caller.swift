/// Somebody who was let in.
struct Caller: Sendable {
    enum Way: Sendable, Equatable {
        /// A token with the request itself, which no browser sends by itself.
        case bearer
        /// The session of a browser, by its secret id.
        case session(id: String)
        /// There are no tokens: whoever is on the machine.
        case open
    }

    let role: AccessRole
    let way: Way
    /// What a page must send back with every change; nil for a program with a token.
    let csrf: String?
    /// For the audit: the session's or token's name and the address.
    let who: String
}
