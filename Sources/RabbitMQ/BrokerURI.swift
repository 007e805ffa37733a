internal import JSON

extension BrokerAddress {
    /// Parses `amqp(s)://user:password@host:port/vhost`; only scheme and host are required.
    ///
    /// User, password and vhost are percent-decoded; a vhost that is absent, `/` or `/%2f` is `/`. `amqps` accepts
    /// `?cacertfile=/path&verify=verify_none|verify_peer`, as RabbitMQ's own clients do. Does not use amqp_parse_url,
    /// which refuses every percent-encoded byte above 0x7F and gives no reason.
    ///
    /// Throws `.invalidAddress` that names the invalid part, without quoting user or password.
    package init(uri: String) throws(AMQPError) {
        var rest = Substring(uri)
        let isTLS = try Self.takeScheme(&rest)

        // Otherwise part of the password could be taken for a host, port or virtual host, and be shown.
        if let problem = URICredentials.problem(in: uri, allowsAt: true), !problem.hasPrefix("a '%'") {
            throw Self.problem("\(problem): \(URICredentials.remedy)")
        }
        let query = Self.takeQuery(&rest)
        let authority = rest.prefix { $0 != "/" }
        let path = rest[authority.endIndex...].dropFirst()
        let (userInfo, hostAndPort) = Self.splitUserInfo(authority)
        let (host, port) = try Self.splitHost(hostAndPort)

        guard !path.contains("/") else {
            throw Self.problem("the virtual host contains a '/': write it as %2F")
        }
        var username = "guest"
        var password = "guest"
        if let userInfo {
            let parts = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            username = try Self.decoded(parts[0], part: "user name")
            password = parts.count > 1 ? try Self.decoded(parts[1], part: "password") : ""
        }
        try self.init(
            host: Self.decoded(host, part: "host"), port: port, virtualHost: Self.decoded(path, part: "virtual host"),
            username: username, password: password, tls: Self.tls(isOn: isTLS, query: query))
    }

    private static func takeScheme(_ rest: inout Substring) throws(AMQPError) -> Bool {
        for (scheme, isTLS) in [("amqp://", false), ("amqps://", true)]
        where rest.utf8.count >= scheme.utf8.count && rest.prefix(scheme.count).lowercased() == scheme {
            rest = rest.dropFirst(scheme.count)
            return isTLS
        }
        throw problem("it must begin with amqp:// or amqps://")
    }

    private static func takeQuery(_ rest: inout Substring) -> Substring? {
        let beforeFragment = rest.prefix { $0 != "#" }
        rest = beforeFragment.prefix { $0 != "?" }
        return rest.endIndex == beforeFragment.endIndex ? nil : beforeFragment[rest.endIndex...].dropFirst()
    }

    /// Splits at the last `@`, so that an unencoded one in the password is accepted.
    private static func splitUserInfo(_ authority: Substring) -> (userInfo: Substring?, host: Substring) {
        guard let at = authority.lastIndex(of: "@") else { return (nil, authority) }
        return (authority[..<at], authority[authority.index(after: at)...])
    }

    private static func splitHost(_ text: Substring) throws(AMQPError) -> (host: Substring, port: Int?) {
        guard !text.contains(",") else {
            throw problem("it names several brokers; name one, or a load balancer in front of them")
        }
        let host: Substring
        let afterHost: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw problem("the IPv6 host lacks its closing ']'") }
            host = text[text.index(after: text.startIndex)..<end]
            afterHost = text[text.index(after: end)...]
            guard host.contains(":") else { throw problem("only an IPv6 address goes in brackets") }
        } else {
            host = text.prefix { $0 != ":" }
            afterHost = text[host.endIndex...]
            if afterHost.dropFirst().contains(":") {
                throw problem("an IPv6 host goes in brackets, as in amqp://[::1]:5672")
            }
        }
        guard !host.isEmpty else { throw problem("the host is missing") }
        guard !afterHost.isEmpty else { return (host, nil) }
        guard afterHost.first == ":" else { throw problem("after the host come ':port' or '/vhost'") }
        let digits = afterHost.dropFirst()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
            (1...65535).contains(port)
        else {
            // Not quoted: with one of these in the password, this text is part of it.
            throw problem(
                "the port is not a number from 1 to 65535 (in a password '/' is written as %2F, '?' as %3F, '#' as %23)"
            )
        }
        return (host, port)
    }

    private static func tls(isOn: Bool, query: Substring?) throws(AMQPError) -> TLS? {
        var tls = TLS()
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decoded(parts[0], part: "query")
            let value = try decoded(parts.count > 1 ? parts[1] : "", part: "query")
            // Unknown names may be part of a password with a '?' in it.
            let shown = knownParameters.contains(name) ? "the parameter '\(name)'" : "a parameter behind the '?'"
            guard isOn || (name != "cacertfile" && name != "verify") else { throw problem("\(shown) needs amqps://") }
            switch (name, value) {
            case ("cacertfile", let file) where !file.isEmpty: tls.authorityFile = file
            case ("verify", "verify_peer"): tls.verifiesPeer = true
            case ("verify", "verify_none"): tls.verifiesPeer = false
            case ("verify", _): throw problem("the parameter 'verify' is verify_peer or verify_none")
            case ("cacertfile", _): throw problem("the parameter 'cacertfile' is empty")
            default: throw problem("\(shown) is not known; take it out (cacertfile and verify are)")
            }
        }
        return isOn ? tls : nil
    }

    /// Parameters of RabbitMQ's own clients.
    private static let knownParameters: Set<String> = [
        "auth_mechanism", "cacertfile", "certfile", "channel_max", "connection_timeout", "depth",
        "fail_if_no_peer_cert",
        "frame_max", "heartbeat", "keyfile", "server_name_indication", "verify",
    ]

    private static func decoded(_ text: Substring, part: String) throws(AMQPError) -> String {
        guard let bytes = PercentEncoding.bytes(of: text.utf8) else {
            throw problem("the \(part) has a '%' without two hex digits after it: write a '%' itself as %25")
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw problem("the \(part) is not UTF-8 once decoded")
        }
        return decoded
    }

    private static func problem(_ text: String) -> AMQPError {
        AMQPError(
            .invalidAddress, "the broker URI is not valid: \(text); it looks like amqp://user:password@host:5672/vhost")
    }
}
