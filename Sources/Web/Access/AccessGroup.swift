internal import Synchronization

/// Callers that the settings know by one name: those with a token of a file, and those with a signed one. Thread-safe.
package final class AccessGroup: Sendable {
    private struct Keys {
        var tokens: TokenTable?
        var signed: JWTKeys?
    }

    package let name: String
    private let issuer: String?
    private let audience: String?
    private let keys = Mutex(Keys())

    package init(name: String, issuer: String? = nil, audience: String? = nil) {
        self.name = name
        self.issuer = issuer
        self.audience = audience
    }

    /// From now on these count.
    package func use(_ tokens: TokenTable) { keys.withLock { $0.tokens = tokens } }

    package func use(_ signed: JWTKeys) { keys.withLock { $0.signed = signed } }

    /// `claim`: of a signed token, the one that names its caller. `now`: milliseconds since 1970.
    func caller(
        of token: some StringProtocol, claim: String, now: Int64
    ) throws(SignedToken.Problem) -> WebCaller {
        let keys = self.keys.withLock { $0 }
        if let caller = keys.tokens?.caller(of: token) { return WebCaller(principal: caller) }
        guard let signed = keys.signed else { throw .notGenuine }
        let read = try SignedToken(
            token, keys: signed, terms: SignedToken.Terms(issuer: issuer, audience: audience, claim: claim), now: now)
        return WebCaller(principal: read.principal, expires: read.expires)
    }
}

/// A caller that was admitted.
package struct WebCaller: Sendable, Equatable {
    package var principal: String
    /// When its token expires, in milliseconds since 1970; nil for never. What lasts longer than a request ends then.
    package var expires: Int64?

    package init(principal: String, expires: Int64? = nil) {
        self.principal = principal
        self.expires = expires
    }
}
