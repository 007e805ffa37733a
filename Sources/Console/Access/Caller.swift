/// An admitted caller.
struct Caller: Sendable {
    enum Way: Sendable, Equatable {
        /// A bearer token, which browsers do not send on their own.
        case bearer
        /// A browser session, by its secret id.
        case session(id: String)
        /// No tokens are configured: any local user.
        case open
    }

    let role: AccessRole
    let way: Way
    /// Token required with every change; nil for bearer tokens.
    let csrf: String?
    /// For the audit log: name of the session or token, and address.
    let who: String
}
