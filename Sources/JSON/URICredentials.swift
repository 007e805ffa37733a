/// Checks user and password in a connection string before a library parses it. With an unencoded delimiter in the
/// password, libraries take a part of it for a host, port or database, resolve that and quote it in errors.
package enum URICredentials {
    /// How to fix it.
    package static let remedy =
        "percent-encode these in user and password: : / ? # [ ] @ % as %3A %2F %3F %23 %5B %5D %40 %25"

    /// Why user and password cannot be delimited, without quoting them; nil if they can. `allowsAt`: a further `@`
    /// belongs to the password, since the parser splits at the last one.
    package static func problem(in uri: String, allowsAt: Bool = false) -> String? {
        guard let scheme = uri.firstRange(of: "://") else { return nil }
        let rest = uri[scheme.upperBound...]
        guard let last = rest.lastIndex(of: "@") else { return nil }
        let before = rest[..<last]
        if before.contains(where: { "/?#".contains($0) }) {
            return "there is an '@' behind a '/', a '?' or a '#'"
        }
        if !allowsAt, before.contains("@") { return "there is more than one '@'" }
        if !isEncoded(before) { return "a '%' before the '@' has no two hex digits behind it" }
        return nil
    }

    /// Checks the ports of a MongoDB connection string. libmongoc takes `+7.x` for a port, which may be a password
    /// whose host is missing.
    package static func portProblem(in uri: String) -> String? {
        guard let scheme = uri.firstRange(of: "://") else { return nil }
        let authority = uri[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let hosts = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let isGood = hosts.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { host in
            let behind = host.lastIndex(of: "]").map { host[host.index(after: $0)...] } ?? host
            let parts = behind.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard parts.count == 2, let port = parts.last else { return parts.count < 2 }
            return (1...5).contains(port.count) && port.allSatisfy { (0x30...0x39).contains($0) }
        }
        return isGood ? nil : "a port is not a number"
    }

    private static func isEncoded(_ text: Substring) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
        return parts.dropFirst().allSatisfy { part in
            part.count >= 2 && part.prefix(2).allSatisfy { byte in Character(Unicode.Scalar(byte)).isHexDigit }
        }
    }
}
