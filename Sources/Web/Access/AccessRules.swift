internal import Contracts
internal import Mappings

/// Decides who may send requests: of plain ones, of streams and of sockets alike. Thread-safe, never blocks.
///
/// A right token is always admitted. Of the wrong ones an address may send a few each minute (``FailureLimit``); further
/// ones are answered 429, and disturb nobody else, not even behind the same address.
package final class AccessRules: Sendable {
    /// The parameter of a query that carries a token where a browser cannot set a header (RFC 6750, 2.3).
    package static let parameter = "access_token"

    private let groups: [String: AccessGroup]
    private let now: @Sendable () -> Int64
    private let failures = FailureLimit()

    /// `now`: milliseconds since 1970.
    package init(_ groups: [AccessGroup], now: @escaping @Sendable () -> Int64) {
        self.groups = Dictionary(groups.map { ($0.name, $0) }) { first, _ in first }
        self.now = now
    }

    /// The caller, if it may. `headers`: with names in lower case. `parameters`: of the query, where one may carry the token.
    /// `address`: of the client, without its port. `isCounted`: whether a wrong token counts; not where the same request is
    /// asked about again.
    func admit(
        _ access: EndpointAccess, headers: [RequestField], parameters: [RequestField] = [], from address: String,
        isCounted: Bool = true
    ) throws(Refused) -> WebCaller {
        guard let group = groups[access.name] else {
            throw Refused(
                503, "the callers '\(access.name)' are not known yet; start the gateway again", retryAfter: 30)
        }
        let token = try token(headers, parameters, group)
        let caller: WebCaller
        do throws(SignedToken.Problem) {
            caller = try group.caller(of: token, claim: access.claim, now: now())
        } catch {
            switch error {
            case .refused(let why): throw refusal("the token is not taken: \(why)", group, "invalid_token")
            case .notGenuine: throw wrongToken(group, address, isCounted: isCounted)
            }
        }
        guard access.principals.isEmpty || access.principals.contains(caller.principal) else {
            throw refusal(
                status: 403, "'\(caller.principal)' may not send this request", group, "insufficient_scope")
        }
        return caller
    }

    private func token(
        _ headers: [RequestField], _ parameters: [RequestField], _ group: AccessGroup
    ) throws(Refused) -> String {
        let all = headers.filter { $0.name == "authorization" }
        let texts = parameters.filter { $0.name == Self.parameter }.map(\.value)
        guard all.count + texts.count <= 1 else {
            throw refusal(status: 400, "the request has more than one token; send one", group, "invalid_request")
        }
        if let text = texts.first { return text }
        let words = all.first?.value.split(separator: " ") ?? []
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            throw refusal("send a header 'Authorization: Bearer' with a token", group, nil)
        }
        return String(words[1])
    }

    private func wrongToken(_ group: AccessGroup, _ address: String, isCounted: Bool) -> Refused {
        let now = ContinuousClock.now
        if let wait = failures.wait(address, now: now) {
            return Refused(
                429, "too many wrong tokens came from \(address); wait",
                retryAfter: Int(wait.components.seconds) + 1)
        }
        if isCounted { failures.note(address, now: now) }
        return refusal("the token is unknown", group, "invalid_token")
    }

    /// `error`: the code of RFC 6750, 3.1; nil where there was no token.
    private func refusal(
        status: Int = 401, _ detail: String, _ group: AccessGroup, _ error: String?
    ) -> Refused {
        let challenge = "Bearer realm=\"\(group.name)\"" + (error.map { ", error=\"\($0)\"" } ?? "")
        return Refused(status, detail, headers: [.init(name: "www-authenticate", value: challenge)])
    }
}
