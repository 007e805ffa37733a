internal import Contracts

/// What a request says of who sends it, and from where.
struct AccessRequest: Sendable {
    var address: String
    /// `Host` header, with the port.
    var host: String?
    /// `Origin` header.
    var origin: String?
    var authorization: String?
    /// Session id from the cookie.
    var session: String?
    /// `X-CSRF-Token` header.
    var csrf: String?

    /// Whether it is a same-origin request, or not from a page at all.
    var isOwnOrigin: Bool {
        guard let origin else { return true }
        guard let host, let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return false }
        return origin.dropFirst(scheme.count).lowercased() == host.lowercased()
    }

    /// Whether it was sent to a loopback host name. Prevents DNS rebinding: a foreign name that resolves to 127.0.0.1.
    var isToLoopback: Bool {
        guard var host = host?.lowercased() else { return false }
        if let colon = host.lastIndex(of: ":"), host[host.index(after: colon)...].allSatisfy(\.isNumber) {
            host = String(host[..<colon])
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return LoopbackHost.contains(host)
    }
}
