internal import JSON

/// Formats BSON as plain JSON: ObjectId as hex, Date as ISO 8601, Decimal128 as a number with its digits, double with
/// `.0`, binary as base64.
package enum BSONText {
    /// A value that JSON cannot represent.
    package struct Unrenderable: Error, Equatable {
        /// Its location as a JSON Pointer.
        package var pointer: String
        package var what: String
    }

    package static func append(document: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        var writing = BSONWriting(isExact: true)
        writing.append(members: BSONElements(document))
        out.append(contentsOf: writing.out)
    }

    package static func text(document: UnsafeRawBufferPointer) -> String { text(document: document, hiding: []) }

    /// Replaces the values of these fields, at any depth, with `"(secret)"`.
    package static func text(document: UnsafeRawBufferPointer, hiding names: Set<String>) -> String {
        var writing = BSONWriting(isExact: true)
        writing.hidden = names
        writing.append(members: BSONElements(document))
        return String(decoding: writing.out, as: UTF8.self)
    }

    package static func append(_ element: BSONElement, to out: inout [UInt8]) {
        var writing = BSONWriting(isExact: true)
        writing.append(element)
        out.append(contentsOf: writing.out)
    }

    /// How much of a date is published.
    package enum DateDigits: Sendable {
        case seconds
        /// With three digits of a fraction, unless they are 0.
        case milliseconds
    }

    /// The form published by feeds: dates to the second; values that JSON cannot represent are refused.
    package static func published(
        document: UnsafeRawBufferPointer, dates: DateDigits = .seconds
    ) throws(Unrenderable) -> [UInt8] {
        var writing = BSONWriting(isExact: false)
        writing.dates = dates
        writing.append(members: BSONElements(document))
        if let refused = writing.refused { throw refused }
        return writing.out
    }
}

/// Writes values in sequence.
private struct BSONWriting {
    /// Maximum nesting of a published document.
    private static let deepest = 100

    /// Whether dates have milliseconds, and values that JSON cannot represent become null.
    let isExact: Bool
    var dates = BSONText.DateDigits.seconds
    /// Names of hidden members.
    var hidden: Set<String> = []
    var out: [UInt8] = []
    /// The first value that JSON cannot represent.
    var refused: BSONText.Unrenderable?
    private var path: [Step] = []

    private enum Step {
        /// As it stands in the document, which outlives the writing.
        case name(UnsafeBufferPointer<UInt8>)
        case index(Int)

        /// JSON Pointer token.
        var token: String {
            switch self {
            case .name(let name):
                String(decoding: name, as: UTF8.self).replacing("~", with: "~0").replacing("/", with: "~1")
            case .index(let index): String(index)
            }
        }
    }

    init(isExact: Bool) { self.isExact = isExact }

    mutating func append(_ element: BSONElement) {
        switch element.type {
        case .document: append(members: BSONElements(element.value))
        case .array: append(items: BSONElements(element.value))
        case .string, .symbol, .code: if let text = Self.stringLike(element) { JSONText.append(string: text, to: &out) }
        case .bool: out.append(contentsOf: (element.bool == true ? "true" : "false").utf8)
        case .int32, .int64: out.append(contentsOf: String(element.integer ?? 0).utf8)
        case .double:
            let value = element.double ?? 0
            if value.isFinite { out.append(contentsOf: "\(value)".utf8) } else { refuse("\(value)") }
        case .decimal128:
            if let decimal = element.decimal, decimal.parts != nil {
                out.append(contentsOf: decimal.description.utf8)
            } else {
                refuse("a Decimal128 that is not a number")
            }
        case .timestamp where isExact: out.append(contentsOf: String(element.timestamp ?? 0).utf8)
        case .objectID: quote(element.objectID?.description ?? "")
        case .date: append(date: element.date ?? 0)
        case .binary: quote(Self.base64(element.binary ?? UnsafeRawBufferPointer(start: nil, count: 0)))
        case .null, .undefined: out.append(contentsOf: "null".utf8)
        default: refuse(element.type.map { "a value of type \($0)" } ?? "a value of unknown type")
        }
    }

    private mutating func append(items: BSONElements) {
        guard path.count < Self.deepest || isExact else {
            return refuse("an array of more than \(Self.deepest) levels")
        }
        out.append(UInt8(ascii: "["))
        for (index, item) in items.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            if isExact {
                append(item)
            } else {
                path.append(.index(index))
                append(item)
                path.removeLast()
            }
        }
        out.append(UInt8(ascii: "]"))
    }

    /// The path is tracked only if it may be reported.
    mutating func append(members: BSONElements) {
        guard path.count < Self.deepest || isExact else {
            return refuse("a document of more than \(Self.deepest) levels")
        }
        out.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            JSONText.append(string: member.name, to: &out)
            out.append(UInt8(ascii: ":"))
            if !hidden.isEmpty, hidden.contains(member.nameText) {
                quote("(secret)")
            } else if isExact {
                append(member)
            } else {
                path.append(.name(member.name))
                append(member)
                path.removeLast()
            }
        }
        out.append(UInt8(ascii: "}"))
    }

    private mutating func append(date milliseconds: Int64) {
        guard !isExact else { return quote(Instant.text(milliseconds: milliseconds)) }
        // Only years 0001 to 9999 have an ISO 8601 form.
        guard (-62_135_596_800_000..<253_402_300_800_000).contains(milliseconds) else {
            return refuse("a date beyond the years 1 to 9999")
        }
        if dates == .milliseconds { return quote(Instant.text(milliseconds: milliseconds)) }
        let fraction = milliseconds % 1000
        quote(Instant.text(milliseconds: milliseconds - fraction - (fraction < 0 ? 1000 : 0)))
    }

    private mutating func refuse(_ what: String) {
        out.append(contentsOf: "null".utf8)
        let pointer = path.map { "/" + $0.token }.joined()
        if refused == nil { refused = BSONText.Unrenderable(pointer: pointer, what: what) }
    }

    private mutating func quote(_ text: String) {
        out.append(UInt8(ascii: "\""))
        out.append(contentsOf: text.utf8)
        out.append(UInt8(ascii: "\""))
    }

    private static func stringLike(_ element: BSONElement) -> UnsafeBufferPointer<UInt8>? {
        guard element.value.count >= 5 else { return nil }
        return UnsafeRawBufferPointer(rebasing: element.value[4..<(element.value.count - 1)])
            .assumingMemoryBound(to: UInt8.self)
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
