/// Address and credentials of a broker.
///
/// Every printed form (`description`, `debugDescription`, `dump`) omits the password.
package struct BrokerAddress: Sendable, Hashable {
    /// A host name or an IPv4 or IPv6 address (without brackets).
    package let host: String
    package let port: UInt16
    package let virtualHost: String
    package let username: String
    package let password: String
    /// Nil: no TLS.
    package let tls: TLS?

    package struct TLS: Sendable, Hashable {
        /// PEM file of trusted authorities; nil: the system's.
        package var authorityFile: String?
        /// Verify the certificate chain and host name. If false, the connection is encrypted but not authenticated.
        package var verifiesPeer: Bool

        package init(authorityFile: String? = nil, verifiesPeer: Bool = true) {
            self.authorityFile = authorityFile
            self.verifiesPeer = verifiesPeer
        }
    }

    package static let defaultPort: UInt16 = 5672
    package static let defaultTLSPort: UInt16 = 5671

    /// From literal parts (no percent-decoding). `port` nil: 5672, or 5671 with TLS.
    package init(
        host: String, port: Int? = nil, virtualHost: String = "/", username: String = "guest",
        password: String = "guest",
        tls: TLS? = nil
    ) throws(AMQPError) {
        let port = port ?? Int(tls == nil ? Self.defaultPort : Self.defaultTLSPort)
        guard !host.isEmpty else { throw Self.invalid("host", "is empty") }
        guard let portNumber = UInt16(exactly: port), portNumber > 0 else {
            throw Self.invalid("port", "is \(port); give a number from 1 to 65535")
        }
        let virtualHost = virtualHost.isEmpty ? "/" : virtualHost
        guard virtualHost.utf8.count <= 255 else {
            throw Self.invalid("virtual host", "has \(virtualHost.utf8.count) bytes; AMQP allows 255")
        }
        // The library takes C strings: a NUL would silently truncate them.
        let parts = [
            ("host", host), ("virtual host", virtualHost), ("user name", username), ("password", password),
            ("CA file", tls?.authorityFile ?? ""),
        ]
        for (name, value) in parts where value.utf8.contains(0) {
            throw Self.invalid(name, "contains a NUL character")
        }
        self.host = host
        self.port = portNumber
        self.virtualHost = virtualHost
        self.username = username
        self.password = password
        self.tls = tls
    }

    private static func invalid(_ part: String, _ problem: String) -> AMQPError {
        AMQPError(.invalidAddress, "the broker's \(part) \(problem)")
    }
}

extension BrokerAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `amqp://user@host:port/virtual-host`, percent-encoded, without the password.
    package var description: String {
        let shownHost = host.contains(":") ? "[\(host)]" : Self.percentEncoded(host)
        let path = virtualHost == "/" ? "/" : "/" + Self.percentEncoded(virtualHost)
        return "\(tls == nil ? "amqp" : "amqps")://\(Self.percentEncoded(username))@\(shownHost):\(port)\(path)"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: ["address": description]) }

    private static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += byte < 16 ? "%0" : "%"
                encoded += String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}
