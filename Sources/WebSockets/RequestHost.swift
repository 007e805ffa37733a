internal import NIOHTTP1

/// Which host a request is for (RFC 9112, 3.2 and 3.3). No I/O.
enum RequestHost {
    /// Brings an absolute target into the form of a path, and its authority into the header `Host`. False if the request must be
    /// refused: HTTP/1.1 has exactly one header `Host`, and every host is a valid one.
    static func resolve(_ head: inout HTTPRequestHead) -> Bool {
        let hosts = head.headers["Host"]
        guard hosts.count == 1 || (hosts.isEmpty && head.isOld), hosts.allSatisfy(isHost) else { return false }
        if head.uri.hasPrefix("/") || head.uri == "*" { return true }
        let parts = head.uri.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, ["http:", "https:"].contains(parts[0].lowercased()) else {
            return false
        }
        let authority = String(parts[2].prefix { $0 != "/" && $0 != "?" })
        guard !authority.isEmpty, isHost(authority) else { return false }
        head.headers.replaceOrAdd(name: "Host", value: authority)
        let path = parts[2].dropFirst(authority.count)
        head.uri = path.hasPrefix("/") ? String(path) : "/\(path)"
        return true
    }

    /// Whether the text is a host, with or without a port (RFC 3986, 3.2.2 and 3.2.3).
    static func isHost(_ text: String) -> Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = rest[..<end].dropFirst()
            guard !address.isEmpty, address.allSatisfy({ isNameByte($0) || $0 == UInt8(ascii: ":") }) else {
                return false
            }
            rest = rest[end...].dropFirst()
        } else {
            let name = rest.prefix { $0 != UInt8(ascii: ":") }
            guard isName(name) else { return false }
            rest = rest.dropFirst(name.count)
        }
        return rest.isEmpty || (rest.first == UInt8(ascii: ":") && rest.dropFirst().allSatisfy(isDigit))
    }

    private static func isName(_ bytes: Substring.UTF8View) -> Bool {
        var bytes = bytes
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let first = bytes.popFirst(), let second = bytes.popFirst(), isHexadecimal(first),
                    isHexadecimal(second)
                else { return false }
            } else if !isNameByte(byte) {
                return false
            }
        }
        return true
    }

    /// "unreserved" and "sub-delims" of RFC 3986.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: isDigit(byte) || "-._~!$&'()*+,;=".utf8.contains(byte)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}

extension HTTPRequestHead {
    /// Whether it is of HTTP/1.0 or older.
    var isOld: Bool { version.major < 1 || (version.major == 1 && version.minor == 0) }
}
