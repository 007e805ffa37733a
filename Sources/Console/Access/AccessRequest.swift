/// What a request says of who sends it, and from where.
struct AccessRequest: Sendable {
    var address: String
    /// The header `Host`, with the port.
    var host: String?
    /// Where a browser has the page from that asks.
    var origin: String?
    var authorization: String?
    /// The session's id out of the cookie.
    var session: String?
    /// The header `X-CSRF-Token`.
    var csrf: String?

    /// Whether the page that asks is one of ours: no page asks, or one from where the request goes to.
    var isOwnOrigin: Bool {
        guard let origin else { return true }
        guard let host, let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return false }
        return origin.dropFirst(scheme.count).lowercased() == host.lowercased()
    }

    /// Whether it was sent to a name of the machine itself. A foreign name that leads to 127.0.0.1 would let a foreign page
    /// read along.
    var isToLoopback: Bool {
        guard var host = host?.lowercased() else { return false }
        if let colon = host.lastIndex(of: ":"), host[host.index(after: colon)...].allSatisfy(\.isNumber) {
            host = String(host[..<colon])
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return ConsoleServer.Address.isLoopback(host)
    }
}
