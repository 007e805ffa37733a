internal import Crypto

/// The tokens that open the console, kept as their hashes.
package struct AccessTokens: Sendable {
    /// Bytes of the shortest token: nobody guesses one of these in a lifetime of tries.
    package static let leastBytes = 16

    private let viewer: SHA256Digest?
    private let `operator`: SHA256Digest?

    package init(viewer: String?, operator: String?) {
        self.viewer = viewer.map(Self.digest)
        self.operator = `operator`.map(Self.digest)
    }

    /// Without any token everybody on the machine is an operator; only an address of the loopback interface may be so.
    var areRequired: Bool { viewer != nil || self.operator != nil }

    /// Nil where it is none of them. Compares hashes, both and in constant time (which `==` of a digest is): how long it
    /// takes tells nothing.
    func role(of token: String) -> AccessRole? {
        let given = Self.digest(token)
        let isOperator = self.operator.map { $0 == given } ?? false
        let isViewer = viewer.map { $0 == given } ?? false
        return isOperator ? .operator : isViewer ? .viewer : nil
    }

    private static func digest(_ token: String) -> SHA256Digest { SHA256.hash(data: Array(token.utf8)) }
}
