internal import BSON
internal import Contracts

/// Decides who may do what. Keeps sessions and failures; from any thread.
final class AccessGuard: Sendable {
    /// The kind of access a request needs.
    enum Wish: Sendable {
        case read
        /// A long-lived read: protected against cross-site requests.
        case follow
        case change
    }

    let tokens: AccessTokens
    let sessions = Sessions()
    private let failures = FailureLimit()
    /// The CSRF token of all pages while no tokens are configured.
    private let openCSRF = RandomToken.text()

    init(tokens: AccessTokens) { self.tokens = tokens }

    /// The caller, if admitted. `isCounted`: whether a wrong token counts against its address; false when the same
    /// request is checked a second time.
    func admit(
        _ request: AccessRequest, to wish: Wish, isCounted: Bool = true, now: ContinuousClock.Instant = .now
    ) throws(ConsoleProblem) -> Caller {
        let caller = try caller(request, isCounted: isCounted, now: now)
        if wish != .read, !request.isOwnOrigin { throw .foreignOrigin }
        guard wish == .change else { return caller }
        if let expected = caller.csrf, !RandomToken.areEqual(request.csrf ?? "", expected) { throw .csrfMissing }
        guard caller.role.may(.operator) else { throw .viewerOnly }
        return caller
    }

    /// Opens a session for a token. Throws for a wrong token, and for an address with too many failures.
    func logIn(
        _ token: String, _ request: AccessRequest, now: ContinuousClock.Instant = .now
    ) throws(ConsoleProblem) -> (id: String, role: AccessRole) {
        guard request.isOwnOrigin else { throw .foreignOrigin }
        let role = try role(of: token, request.address, isCounted: true, now: now)
        return (sessions.open(role, now: now).id, role)
    }

    /// Whether an admitted caller still has access.
    func isStillIn(_ caller: Caller, now: ContinuousClock.Instant = .now) -> Bool {
        guard case .session(let id) = caller.way else { return true }
        return sessions.session(id, now: now) != nil
    }

    private func caller(
        _ request: AccessRequest, isCounted: Bool, now: ContinuousClock.Instant
    ) throws(ConsoleProblem) -> Caller {
        guard tokens.areRequired else {
            guard request.isToLoopback else { throw .foreignHost }
            return Caller(role: .operator, way: .open, csrf: openCSRF, who: "console from \(request.address)")
        }
        if let authorization = request.authorization {
            let prefix = "Bearer "
            guard authorization.lowercased().hasPrefix(prefix.lowercased()) else { throw .loginNeeded }
            let role = try role(
                of: String(authorization.dropFirst(prefix.count)), request.address, isCounted: isCounted, now: now)
            return Caller(role: role, way: .bearer, csrf: nil, who: "\(role.rawValue) token from \(request.address)")
        }
        guard let id = request.session, let session = sessions.session(id, now: now) else { throw .loginNeeded }
        return Caller(
            role: session.role, way: .session(id: id), csrf: session.csrf,
            who: "\(session.role.rawValue) session \(session.name) from \(request.address)")
    }

    private func role(
        of token: String, _ address: String, isCounted: Bool, now: ContinuousClock.Instant
    ) throws(ConsoleProblem) -> AccessRole {
        if let wait = failures.wait(address, now: now) {
            throw .tooManyFailures(seconds: Int(wait.components.seconds) + 1)
        }
        if let role = tokens.role(of: token) { return role }
        if isCounted { failures.note(address, now: now) }
        throw .wrongToken
    }
}
