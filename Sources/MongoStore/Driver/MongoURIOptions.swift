internal import JSON

/// Checks options of a connection string for TLS and authentication. libmongoc ignores unknown names and takes one of
/// repeated names: `tsl=true` would be a connection without TLS.
enum MongoURIOptions {
    private static let names = [
        "ssl", "tls", "sslAllowInvalidCertificates", "sslAllowInvalidHostnames", "sslCertificateAuthorityFile",
        "sslClientCertificateKeyFile", "sslClientCertificateKeyPassword", "tlsAllowInvalidCertificates",
        "tlsAllowInvalidHostnames", "tlsCAFile", "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword",
        "tlsDisableCertificateRevocationCheck", "tlsDisableOCSPEndpointCheck", "tlsInsecure", "authMechanism",
        "authMechanismProperties", "authSource",
    ]

    /// The error, without values; nil if there is none.
    static func problem(in uri: String) -> String? {
        guard let question = uri.firstIndex(of: "?") else { return nil }
        let known = Dictionary(uniqueKeysWithValues: names.map { ($0.lowercased(), $0) })
        var given: [String: Substring] = [:]
        for pair in uri[uri.index(after: question)...].split(whereSeparator: { "&;".contains($0) }) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (word, value) = (parts[0].lowercased(), parts.count > 1 ? parts[1] : "")
            guard let name = known[word] else {
                if !isOther(word), let nearest = Spelling.nearest(to: word, in: known.keys.sorted()) {
                    return
                        "an option is misspelt, which would be left out; did you mean '\(known[nearest] ?? nearest)'?"
                }
                continue
            }
            if value.isEmpty { return "the option '\(name)' has no value; give it one, or leave it out" }
            if let before = given[name], before != value {
                return "the option '\(name)' is given twice, and not the same; keep one of them"
            }
            given[name] = value
        }
        return nil
    }

    private static func isOther(_ word: String) -> Bool { MongoURI.isOption(word) }
}
