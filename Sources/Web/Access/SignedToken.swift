internal import JSON

/// A signed token (JWT, RFC 7519) whose signature was checked, and its claims.
struct SignedToken {
    enum Problem: Error, Equatable {
        /// Not signed by any of the keys, or not a token at all.
        case notGenuine
        /// Signed, but not for this, or not now; a sentence.
        case refused(String)
    }

    /// What a token must say.
    struct Terms: Sendable {
        var issuer: String?
        var audience: String?
        /// The claim that names its caller.
        var claim: String
    }

    let principal: String
    /// Milliseconds since 1970.
    let expires: Int64

    /// Bytes of the longest token.
    static let mostBytes = 8 << 10
    /// How far the issuer's clock may be ahead of ours, in seconds.
    private static let clockSkew = 30.0
    private static let mostPrincipalBytes = 200

    /// `now`: milliseconds since 1970.
    init(_ token: some StringProtocol, keys: JWTKeys, terms: Terms, now: Int64) throws(Problem) {
        guard token.utf8.count <= Self.mostBytes else { throw .notGenuine }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64URL.bytes(parts[2]), let header = Self.object(parts[0]) else {
            throw .notGenuine
        }
        let (algorithm, id) = try header.withRoot { root in
            Result { () throws(Problem) in
                // 'crit' names what a reader must understand, and there is nothing of it here.
                guard let algorithm = root["alg"]?.string, root["crit"] == nil else { throw .notGenuine }
                return (algorithm, root["kid"]?.string)
            }
        }.get()
        guard keys.haveSigned(Array("\(parts[0]).\(parts[1])".utf8), signature, algorithm: algorithm, id: id) else {
            throw .notGenuine
        }
        guard let claims = Self.object(parts[1]) else { throw .refused("its claims are not a JSON object") }
        (principal, expires) = try claims.withRoot { root in
            Result { () throws(Problem) in try Self.check(root, terms, now: now) }
        }.get()
    }

    /// A part as a JSON object that names nothing twice.
    private static func object(_ part: some StringProtocol) -> JSONDocument? {
        guard let bytes = Base64URL.bytes(part), let document = try? JSONParser().parse(bytes) else { return nil }
        let isUnique = document.withRoot { root in
            guard root.isObject else { return false }
            var names: Set<String> = []
            for (name, _) in root.members where !names.insert(name.string ?? "").inserted { return false }
            return true
        }
        return isUnique ? document : nil
    }

    private static func check(_ claims: JSONNode, _ terms: Terms, now: Int64) throws(Problem) -> (String, Int64) {
        let seconds = Double(now) / 1000
        guard let expiry = try date(claims, "exp") else { throw .refused("it never expires; give it 'exp'") }
        guard seconds < expiry else { throw .refused("it is expired") }
        if let start = try date(claims, "nbf"), seconds < start - clockSkew { throw .refused("it is not valid yet") }
        if let issuer = terms.issuer, claims["iss"]?.string != issuer { throw .refused("it is of another issuer") }
        let audiences = try audiences(claims)
        if let audience = terms.audience ?? audiences.first, terms.audience == nil || !audiences.contains(audience) {
            throw .refused("it is for another audience")
        }
        let principal: String? =
            switch claims[terms.claim] {
            case let claim? where claim.kind == .string: claim.string
            case let claim? where claim.kind == .number: whole(claim)
            default: nil
            }
        guard let principal, (1...mostPrincipalBytes).contains(principal.utf8.count) else {
            throw .refused("its claim '\(terms.claim)' names no caller: expected a text or a whole number")
        }
        let milliseconds = (expiry * 1000).rounded(.down)
        // A time beyond all numbers of milliseconds is so far away that nobody waits for it.
        return (principal, Int64(exactly: milliseconds) ?? .max)
    }

    private static func audiences(_ claims: JSONNode) throws(Problem) -> [String] {
        guard let claim = claims["aud"] else { return [] }
        if let one = claim.string { return [one] }
        let all = claim.isArray ? claim.elements.map(\.string) : [nil]
        let texts = all.compactMap(\.self)
        guard texts.count == all.count else { throw .refused("its claim 'aud' is neither a text nor a list of texts") }
        return texts
    }

    /// Seconds since 1970; nil without the claim.
    private static func date(_ claims: JSONNode, _ name: String) throws(Problem) -> Double? {
        guard let claim = claims[name] else { return nil }
        guard claim.kind == .number, let seconds = Double(String(decoding: claim.utf8, as: UTF8.self)), seconds.isFinite
        else { throw .refused("its claim '\(name)' is not a time") }
        return seconds
    }

    /// The digits of a whole number, as other tokens would write it.
    private static func whole(_ claim: JSONNode) -> String? {
        Int64(String(decoding: claim.utf8, as: UTF8.self)).map { String($0) }
    }
}
