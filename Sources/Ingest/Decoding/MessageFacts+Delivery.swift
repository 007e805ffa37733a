internal import BSON
internal import Contracts
internal import JSON
internal import Mappings

extension MessageFacts {
    init(_ delivery: Delivery, now: Int64) {
        self.init(queue: delivery.queue, delivery.properties, delivery.request, receivedAt: now)
    }

    init(_ delivery: DeliveryFacts) {
        self.init(
            queue: delivery.queue, delivery.properties, delivery.request, receivedAt: delivery.receivedAt)
    }

    private init(
        queue: String, _ properties: MessageProperties, _ request: RequestFacts?, receivedAt: Int64
    ) {
        self.init(
            queue: queue, messageId: properties.messageId, type: properties.type, appId: properties.appId,
            correlationId: properties.correlationId, timestamp: properties.timestamp, receivedAt: receivedAt,
            headers: properties.headers.compactMap { header in header.value.fact.map { (header.name, $0) } },
            parameters: request?.parameters.map { ($0.name, $0.value) }, principal: request?.principal)
    }
}

extension HeaderValue {
    /// The header as mappings read it; nil for null.
    fileprivate var fact: MessageFacts.Header? {
        switch self {
        case .null: return nil
        case .array, .table:
            var json: [UInt8] = []
            append(to: &json)
            return .json(json)
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return .unreadable("\(bytes.count) bytes that are not UTF-8")
            }
            return .text(text)
        default: return .text(text)
        }
    }

    /// A single value as text. A whole number is its digits, as under `text: true`.
    private var text: String {
        switch self {
        case .string(let text): text
        case .integer(let value): String(value)
        case .bool(let value): value ? "true" : "false"
        case .double(let value): Int64(exactly: value).map { String($0) } ?? "\(value)"
        case .decimal(let value, let scale): Self.decimal(value, scale: scale)
        case .timestamp(let seconds):
            Instant.text(milliseconds: Int64(clamping: seconds).multipliedClamped(by: 1000))
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .null, .array, .table: ""
        }
    }

    private static func decimal(_ value: UInt32, scale: UInt8) -> String {
        var digits = String(value)
        digits = String(repeating: "0", count: max(0, Int(scale) + 1 - digits.count)) + digits
        let fraction = digits.suffix(Int(scale))
        let whole = digits.dropLast(Int(scale))
        return fraction.allSatisfy { $0 == "0" } ? String(whole) : "\(whole).\(fraction)"
    }

    private func append(to json: inout [UInt8]) {
        switch self {
        case .null: json += "null".utf8
        case .integer, .bool: json += text.utf8
        case .double(let value) where value.isFinite: json += "\(value)".utf8
        case .decimal: json += text.utf8
        case .array(let values):
            json.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                value.append(to: &json)
            }
            json.append(UInt8(ascii: "]"))
        case .table(let members):
            json.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                JSONText.append(string: member.name, to: &json)
                json.append(UInt8(ascii: ":"))
                member.value.append(to: &json)
            }
            json.append(UInt8(ascii: "}"))
        default: JSONText.append(string: text, to: &json)
        }
    }
}
