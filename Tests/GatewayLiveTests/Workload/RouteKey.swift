import Ingest
import Contracts
import JSON

/// Parts joined by `|`, each with `|` and `\` escaped: how PRODUCT says that keys are made. Written anew, so that it can
/// contradict the gateway.
struct RouteKey {
    let bytes: [UInt8]

    init(_ parts: [ByteString]) {
        bytes = Array(
            parts.map { Self.escaped($0.bytes[...], special: Self.special) }.joined(separator: [UInt8(ascii: "|")]))
    }

    /// A byte that is not UTF-8 becomes `\xHH`.
    private static func escaped(_ part: ArraySlice<UInt8>, special: Set<UInt8>) -> [UInt8] {
        var escaped: [UInt8] = []
        var rest = part
        while let byte = rest.first {
            let scalar = (1...4).lazy.map { rest.prefix($0) }.first { String(validating: $0, as: UTF8.self) != nil }
            if let scalar {
                escaped += (special.contains(byte) ? [UInt8(ascii: "\\")] : []) + scalar
            } else {
                escaped += Array("\\x\(String(byte, radix: 16))".utf8)
            }
            rest = rest.dropFirst(scalar?.count ?? 1)
        }
        return escaped
    }

    var key: ByteString { ByteString(bytes) }

    /// One part alone with `|` and `\` as they are: how a dead letter shows a message-id.
    static func text(_ part: ByteString) -> ByteString { ByteString(escaped(part.bytes[...], special: [])) }

    private static let special: Set<UInt8> = [UInt8(ascii: "|"), UInt8(ascii: "\\")]
}
