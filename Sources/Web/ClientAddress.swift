internal import Glibc

/// The address that distinguishes clients: of IPv6 the first 64 bits, of which one client has all that follow.
enum ClientAddress {
    /// `address`: as the system writes it.
    static func text(_ address: String?) -> String {
        guard let address else { return "?" }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
        if bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) {
            return bytes.suffix(4).map { String($0) }.joined(separator: ".")
        }
        // Of this machine.
        if bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0]) { return address }
        let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        return groups.joined(separator: ":") + "::/64"
    }
}
