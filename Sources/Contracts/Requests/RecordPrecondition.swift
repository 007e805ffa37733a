internal import JSON

/// The ETag of one record: of its bytes as they are stored, and of what is shown of it.
package enum RecordTag {
    /// Bytes of a digest that are kept.
    private static let digestBytes = 16

    /// `record`: the digest (SHA-256) of the record's BSON; `shown`: that of the answer.
    package static func text(record: some Sequence<UInt8>, shown: some Sequence<UInt8>) -> String {
        "\"\(version(record))-\(version(shown))\""
    }

    fileprivate static func version(_ digest: some Sequence<UInt8>) -> String {
        Hexadecimal.text(Array(digest.prefix(digestBytes)))
    }
}

/// What a request asks of the record that it changes: that it is still the one that the client knows (`If-Match`), or none of
/// those (`If-None-Match`), by RFC 9110.
package struct RecordPrecondition: Sendable {
    private enum Tags {
        case any
        case listed([Substring])

        init(_ text: String) {
            self =
                text.split(separator: " ") == ["*"]
                ? .any : .listed(text.split { $0 == "," || $0 == " " || $0 == "\t" })
        }

        /// `version`: of the record; nil without one. `isWeak`: whether tags that begin with `W/` count.
        func contain(_ version: String?, isWeak: Bool) -> Bool {
            guard let version else { return false }
            switch self {
            case .any: return true
            case .listed(let tags):
                return tags.contains { tag in
                    (isWeak && tag.hasPrefix("W/") ? tag.dropFirst(2) : tag).hasPrefix("\"\(version)-")
                }
            }
        }
    }

    private let match: Tags?
    private let noneMatch: Tags?

    /// The values of its headers `If-Match` and `If-None-Match`. Nil for a request that has neither.
    package init?(match: [String], noneMatch: [String]) {
        if match.isEmpty, noneMatch.isEmpty { return nil }
        self.match = match.isEmpty ? nil : Tags(match.joined(separator: ","))
        self.noneMatch = noneMatch.isEmpty ? nil : Tags(noneMatch.joined(separator: ","))
    }

    /// `record`: the digest of the record's BSON; nil where there is none.
    package func holds(record digest: (some Sequence<UInt8>)?) -> Bool {
        let version = digest.map { RecordTag.version($0) }
        let isMatched = match?.contain(version, isWeak: false) ?? true
        return isMatched && !(noneMatch?.contain(version, isWeak: true) ?? false)
    }
}
