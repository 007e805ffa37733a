internal import Crypto
package import JSON
package import BSON

/// Message-ids of a feed's postings: deterministic for a version of a document, whichever gateway publishes it and how
/// often.
package enum FeedIdentity {
    /// AMQP's limit for a message-id.
    private static let longest = 255

    /// A document's `_id` as text, injective: an ObjectId as its digits, a string unchanged. A string that looks like
    /// another type is quoted; other types are tagged.
    package static func text(_ id: BSONValue) -> ByteString {
        if let objectID = id.objectID { return ByteString(objectID.description) }
        if let text = id.withElement({ $0.byteString }), !looksForeign(text) { return text }
        switch id.type {
        case .string, .int32, .int64: return ByteString(json(id))
        // With a hash of the bytes: in JSON a date is a string.
        case .document: return ByteString(json(id) + [UInt8(ascii: "=")] + hex(SHA256.hash(data: id.bytes).prefix(6)))
        default: return ByteString(Array("\(id.typeByte)=".utf8) + hex(id.bytes))
        }
    }

    private static func json(_ value: BSONValue) -> [UInt8] {
        var out: [UInt8] = []
        value.withElement { BSONText.append($0, to: &out) }
        return out
    }

    private static func looksForeign(_ text: ByteString) -> Bool {
        guard let first = text.bytes.first else { return true }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "{") { return true }
        if text.bytes.contains(UInt8(ascii: "=")) { return true }
        let isHex = text.bytes.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        let isNumber = text.bytes.dropFirst(first == UInt8(ascii: "-") ? 1 : 0).allSatisfy { (48...57).contains($0) }
        return isNumber || (isHex && text.bytes.count == 24)
    }

    /// A version field's value as text without colons.
    package static func version(_ element: BSONElement) -> ByteString {
        if let date = element.date { return ByteString(String(date)) }
        var out: [UInt8] = []
        switch element.type {
        case .string: out = element.string.map { Array($0) } ?? []
        case .int32, .int64, .double, .decimal128, .objectID, .bool, .null: BSONText.append(element, to: &out)
        default: out = hex(element.value)
        }
        guard out.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "%") }) else {
            return ByteString(out)
        }
        return ByteString(
            out.flatMap { byte -> [UInt8] in
                switch byte {
                case UInt8(ascii: ":"): Array("%3A".utf8)
                case UInt8(ascii: "%"): Array("%25".utf8)
                default: [byte]
                }
            })
    }

    /// Replaces the version if there is no version field.
    package static func version(ofBody body: [UInt8]) -> ByteString {
        ByteString(hex(SHA256.hash(data: body).prefix(12)))
    }

    package static func messageID(feed: String, id: ByteString, version: ByteString) -> ByteString {
        let whole = joined("", feed, id.bytes, version.bytes)
        if whole.count <= longest { return ByteString(whole) }
        let digest = hex(SHA256.hash(data: whole))
        let short = joined("", feed, digest, nil)
        return ByteString(short.count <= longest ? short : digest)
    }

    package static func rowID(feed: String, id: ByteString) -> ByteString {
        ByteString(joined("feed:", feed, id.bytes, nil))
    }

    /// Joined by colons, with a single allocation.
    private static func joined(_ head: String, _ feed: String, _ id: [UInt8], _ version: [UInt8]?) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(head.utf8.count + feed.utf8.count + id.count + (version?.count ?? 0) + 2)
        bytes.append(contentsOf: head.utf8)
        bytes.append(contentsOf: feed.utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: id)
        if let version {
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: version)
        }
        return bytes
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        Hexadecimal.append(Array(bytes), to: &out)
        return out
    }
}
