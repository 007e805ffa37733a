/// Tells hosts that only programs on the same machine can reach.
package enum LoopbackHost {
    /// `host`: a name or an address, as a setting or a `Host` header has it, without a port.
    package static func contains(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host.lowercased()) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
