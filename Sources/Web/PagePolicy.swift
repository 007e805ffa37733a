/// The Content-Security-Policy of pages whose route has none of its own.
enum PagePolicy {
    /// Everything from the listener itself. Images, forms and connections, those of WebSockets too, also from other ports of
    /// the host, where the listeners of the same gateway are. `authority`: the host that was asked for, with its port.
    static func usual(at authority: String?) -> String {
        // `http:` also matches https, and `ws:` wss.
        let host = authority.flatMap { Self.host(of: $0) }
        let others = host.map { " http://\($0):*" } ?? ""
        let sockets = host.map { " ws://\($0):*" } ?? ""
        return "default-src 'self'; connect-src 'self'\(others)\(sockets); form-action 'self'\(others);"
            + " img-src 'self' data:\(others); base-uri 'none'; frame-ancestors 'self'; object-src 'none'"
    }

    /// Nil for what a policy cannot name, such as an IPv6 address.
    private static func host(of authority: String) -> Substring? {
        let host = authority.prefix { $0 != ":" }
        let isName = host.utf8.allSatisfy { byte in
            byte | 32 >= 97 && byte | 32 <= 122 || (48...57).contains(byte) || "-.".utf8.contains(byte)
        }
        return isName && !host.isEmpty ? host : nil
    }

    /// Whether a browser may show what is of this content type as a page.
    static func isPage(_ contentType: String) -> Bool {
        contentType.hasPrefix("text/html") || contentType.contains("xml")
    }
}
