internal import Documents

/// A BSON value as plain JSON for people and other programs: ObjectId as hex, Date as ISO 8601, Decimal128 as a number
/// with its digits, a double with its `.0`, binary as base64.
package enum BSONText {
    package static func append(document: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        append(members: BSONElements(document), to: &out)
    }

    package static func text(document: UnsafeRawBufferPointer) -> String {
        var out: [UInt8] = []
        append(document: document, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    package static func append(_ element: BSONElement, to out: inout [UInt8]) {
        switch element.type {
        case .document: append(members: BSONElements(element.value), to: &out)
        case .array:
            out.append(UInt8(ascii: "["))
            for (index, item) in BSONElements(element.value).enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                append(item, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .string, .symbol, .code: if let text = stringLike(element) { JSONText.append(string: text, to: &out) }
        case .bool: out.append(contentsOf: (element.bool == true ? "true" : "false").utf8)
        case .int32, .int64: out.append(contentsOf: String(element.integer ?? 0).utf8)
        case .double:
            let value = element.double ?? 0
            out.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
        case .decimal128:
            if let decimal = element.decimal, decimal.parts != nil {
                out.append(contentsOf: decimal.description.utf8)
            } else {
                out.append(contentsOf: "null".utf8)
            }
        case .objectID: quote(element.objectID?.description ?? "", to: &out)
        case .date: quote(Instant.text(milliseconds: element.date ?? 0), to: &out)
        case .binary: quote(base64(element.binary ?? UnsafeRawBufferPointer(start: nil, count: 0)), to: &out)
        default: out.append(contentsOf: "null".utf8)
        }
    }

    private static func append(members: BSONElements, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            JSONText.append(string: member.name, to: &out)
            out.append(UInt8(ascii: ":"))
            append(member, to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }

    private static func stringLike(_ element: BSONElement) -> UnsafeBufferPointer<UInt8>? {
        guard element.value.count >= 5 else { return nil }
        return UnsafeRawBufferPointer(rebasing: element.value[4..<(element.value.count - 1)])
            .assumingMemoryBound(to: UInt8.self)
    }

    private static func quote(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        out.append(contentsOf: text.utf8)
        out.append(UInt8(ascii: "\""))
    }

    private static func base64(_ bytes: UnsafeRawBufferPointer) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = 0
            for i in 0..<3 { group = group << 8 | (i < count ? Int(bytes[start + i]) : 0) }
            for i in 0..<4 {
                out.append(i <= count ? alphabet[group >> (18 - 6 * i) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
