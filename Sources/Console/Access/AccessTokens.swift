internal import Crypto

/// The console's access tokens, stored as hashes.
package struct AccessTokens: Sendable {
    private let viewer: SHA256Digest?
    private let `operator`: SHA256Digest?

    package init(viewer: String?, operator: String?) {
        self.viewer = viewer.map(Self.digest)
        self.operator = `operator`.map(Self.digest)
    }

    /// Without tokens every local user is an operator; allowed only on a loopback address.
    var areRequired: Bool { viewer != nil || self.operator != nil }

    /// Nil for an unknown token. Compares hashes in constant time (`==` of a digest), and always both.
    func role(of token: String) -> AccessRole? {
        let given = Self.digest(token)
        let isOperator = self.operator.map { $0 == given } ?? false
        let isViewer = viewer.map { $0 == given } ?? false
        return isOperator ? .operator : isViewer ? .viewer : nil
    }

    private static func digest(_ token: String) -> SHA256Digest { SHA256.hash(data: Array(token.utf8)) }
}
