internal import JSON
internal import Synchronization

/// Removes the process's secrets from texts: the last line of defence, for messages of libraries and servers.
/// Thread-safe.
///
/// Known are a secret as it was written, percent-decoded, and, where it holds characters that divide a URI, each of the
/// pieces that a careless reader of one would make of it; upper and lower case count as the same, for names of hosts are
/// lower-cased. What is shorter than four bytes is in every second word, and left alone.
package final class Redactor: Sendable {
    package static let shared = Redactor()

    private static let least = 4
    /// Maximum number of patterns; those of changed settings are kept while there is room.
    private static let most = 500
    private static let mask = Array("***".utf8)

    /// In lower case, longest first.
    private let needles = Mutex<[[UInt8]]>([])

    /// `text`: a value of this setting, from any layer.
    package func learn(_ text: String, of key: SettingKey) {
        if key.isSecret { learn(text) }
        if key.kind.isURI { for secret in Self.secrets(inURI: text) { learn(secret) } }
    }

    /// A command line that is wrong, before it is quoted: what follows the name of a secret setting may be its value, torn at
    /// its spaces.
    package func learn(arguments: [String]) {
        var before: SettingKey?
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = SettingKey.named(String(parts[0]))
            if let key, parts.count == 2 { learn(String(parts[1]), of: key) }
            if let before { learn(argument, of: before) }
            if let key, parts.count == 1 { before = key }
        }
    }

    package func learn(_ secret: String) {
        // The default of every broker; it would be taken out of 'guest@localhost', too.
        guard secret != "guest" else { return }
        var new: Set<[UInt8]> = []
        for spelling in [secret, Self.percentDecoded(secret)] {
            new.insert(Self.lowered(spelling))
            for piece in spelling.split(whereSeparator: { "@:/?#[]&%".contains($0) }) {
                new.insert(Self.lowered(String(piece)))
            }
        }
        new = new.filter { $0.count >= Self.least }
        needles.withLock { needles in
            let more = new.subtracting(needles)
            guard !more.isEmpty else { return }
            if needles.count + more.count > Self.most { needles = [] }
            needles = (needles + more).sorted { $0.count > $1.count }
        }
    }

    package func clean(_ text: String) -> String {
        let needles = needles.withLock { $0 }
        guard !needles.isEmpty else { return text }
        let bytes = Array(text.utf8)
        let lowered = Self.lowered(text)
        var hidden = [Bool](repeating: false, count: bytes.count)
        var isClean = true
        for needle in needles where needle.count <= lowered.count {
            for start in 0...(lowered.count - needle.count) where lowered[start] == needle[0] {
                guard lowered[start..<(start + needle.count)].elementsEqual(needle) else { continue }
                isClean = false
                for index in start..<(start + needle.count) { hidden[index] = true }
            }
        }
        guard !isClean else { return text }
        var out: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if !hidden[index] { out.append(byte) } else if index == 0 || !hidden[index - 1] { out += Self.mask }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The password, wherever it may end, and secret options.
    private static func secrets(inURI uri: String) -> [String] {
        guard let scheme = uri.firstRange(of: "://") else { return [] }
        let rest = uri[scheme.upperBound...]
        var secrets: [String] = []
        if let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":") {
            secrets.append(String(rest[rest.index(after: colon)..<at]))
        }
        for option in rest.split(separator: "?", maxSplits: 1).dropFirst().joined().split(separator: "&") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].lowercased()
            if parts.count == 2, name.hasSuffix("password") || name == "authmechanismproperties" {
                secrets.append(String(parts[1]))
            }
        }
        return secrets
    }

    private static func percentDecoded(_ text: String) -> String {
        String(decoding: PercentEncoding.bytes(ofCareless: text.utf8), as: UTF8.self)
    }

    /// ASCII only: offsets stay the same.
    private static func lowered(_ text: String) -> [UInt8] {
        text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
}
