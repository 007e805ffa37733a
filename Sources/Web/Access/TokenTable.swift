internal import Crypto

/// The tokens of a file, each with its caller. Holds no token: only what a keyed hash makes of it, with a key that nobody
/// else knows, so that the time of a search says nothing of any token.
package struct TokenTable: Sendable {
    /// Why a file cannot be used; quotes no token.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        let message: String

        package var description: String { message }
    }

    /// Bytes of the shortest token.
    package static let leastTokenBytes = 16
    package static let mostFileBytes = 4 << 20
    private static let mostCallerBytes = 200

    private let key = SymmetricKey(size: .bits256)
    private var callers: [[UInt8]: String] = [:]

    /// `text`: a line `caller token` each; empty lines, and those that begin with `#`, count for nothing.
    package init(_ text: String) throws(Problem) {
        guard text.utf8.count <= Self.mostFileBytes else {
            throw Problem(message: "the file has \(text.utf8.count) bytes; it has at most \(Self.mostFileBytes)")
        }
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count == 2 else {
                throw Problem(
                    message:
                        "line \(number + 1): expected 'caller token', found \(words.count) words; a line is one caller's"
                )
            }
            guard first.utf8.count <= Self.mostCallerBytes, Self.isVisible(first) else {
                throw Problem(
                    message:
                        "line \(number + 1): a caller's name has 1 to \(Self.mostCallerBytes) visible ASCII characters")
            }
            guard words[1].utf8.count >= Self.leastTokenBytes, Self.isToken(words[1]) else {
                throw Problem(
                    message:
                        "line \(number + 1): a token has \(Self.leastTokenBytes) or more letters, digits and - . _ ~ + /, and '='"
                        + " at its end; 'openssl rand -hex 32' makes one")
            }
            let hash = hash(words[1])
            guard callers[hash] == nil || callers[hash] == String(first) else {
                throw Problem(message: "line \(number + 1): another caller has this token; give each one of its own")
            }
            callers[hash] = String(first)
        }
        guard !callers.isEmpty else {
            throw Problem(message: "the file has no tokens; write a line 'caller token' each")
        }
    }

    /// Nil for an unknown token.
    func caller(of token: some StringProtocol) -> String? { callers[hash(token)] }

    private func hash(_ token: some StringProtocol) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(token.utf8), using: key))
    }

    private static func isVisible(_ text: Substring) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }

    /// Whether `Authorization: Bearer` can carry it (RFC 6750, 2.1).
    private static func isToken(_ text: Substring) -> Bool {
        text.utf8.reversed().drop { $0 == UInt8(ascii: "=") }.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._~+/".utf8.contains(byte)
            }
        }
    }
}
