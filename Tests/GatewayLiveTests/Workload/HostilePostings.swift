import Ingest
import Contracts
import IngestTesting
import JSON

/// Postings that nobody should send: bytes that are not JSON, JSON that is nearly a message, numbers and depths beyond all
/// measure, properties and headers to choke on. All that the broker takes.
struct HostilePostings {
    private let queue: String
    private var random = Seeded(130)
    private var count = 0

    init(queue: String) { self.queue = queue }

    /// Every one has a message-id or a body that no other one has.
    mutating func next() -> Posting {
        count += 1
        var properties = MessageProperties()
        var body = self.body()
        if random.chance(0.9) {
            properties.messageId = messageId()
            if random.chance(0.1) { properties.appId = ByteString(bytes(0...20)) }
        } else {
            body += Array("\(count)".utf8)
            if random.chance(0.3) { properties.messageId = "" }
        }
        if random.chance(0.3) { oddProperties(&properties) }
        return Posting(routingKey: queue, body: body, properties: properties)
    }

    // MARK: Bodies

    private mutating func body() -> [UInt8] {
        switch Int.random(in: 0..<11, using: &random) {
        case 0: return []
        case 1: return bytes(1...400)
        case 2: return Array("{\"companyId\":\"napse\",\"catalog\":\"catalogItem\",\"items\":".utf8) + bytes(0...40)
        case 3: return deep()
        case 4: return message(fields: #","price":\#(number())"#)
        case 5: return message(fields: #","x\#(count)":\#(number())"#)
        case 6: return message(fields: #","more":\#(text())"#)
        case 7: return message(fields: ",\(text()):1")
        case 8:
            let (company, catalog) = (text(), random.pick([#""catalogItem""#, text()]))
            return Array(#"{"companyId":\#(company),"catalog":\#(catalog),"items":[{"operation":\#(text())}]}"#.utf8)
        default: return mutated(message(fields: #","price":1.5,"attributes":{"a":[1,2,{"b":null}]}"#))
        }
    }

    private mutating func message(fields: String) -> [UInt8] {
        let operation = random.pick(["I", "U", "D", "IU"])
        let item = #"{"operation":"\#(operation)","code":"k\#(count % 50)","name":"n"\#(fields)}"#
        let items = Array(repeating: item, count: Int.random(in: 1...3, using: &random)).joined(separator: ",")
        return Array(#"{"companyId":"napse","catalog":"catalogItem","items":[\#(items)]}"#.utf8)
    }

    private mutating func mutated(_ body: [UInt8]) -> [UInt8] {
        var body = body
        for _ in 0..<Int.random(in: 1...4, using: &random) where !body.isEmpty {
            let place = Int.random(in: 0..<body.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: body[place] = UInt8.random(in: 0...255, using: &random)
            case 1: body[place] = random.pick(Array(#"{}[]",:\0e-"#.utf8))
            case 2: body.insert(random.pick(Array(#"{}[]",:\0e-"#.utf8)), at: place)
            case 3: body.remove(at: place)
            default: body.removeSubrange(place..<min(body.count, place + 30))
            }
        }
        return body
    }

    private mutating func deep() -> [UInt8] {
        let depth = random.pick([90, 97, 99, 100, 101, 102, 200, 999, 1000, 1001, 5_000, 100_000])
        let (open, close) = random.pick([("[", "]"), (#"{"a":"#, "}")])
        let nest = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        return random.chance(0.3) ? Array(nest.utf8) : message(fields: #","attributes":{"n":\#(nest)}"#)
    }

    private mutating func number() -> String {
        let digits = String(repeating: "9", count: random.pick([17, 18, 19, 20, 34, 35, 40, 400, 5_000]))
        return random.pick([
            digits, "-" + digits, "0." + digits, digits + "." + digits, "1e400", "-1e400", "1e-400", "1e6144", "1e6145",
            "1e-6176", "1e-6177", "1e999999999999999999999", "0e999999999999", "-0", "9223372036854775807",
            "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "01", "+1", "1.", ".5", "0x10",
            "NaN",
            "1e", "Infinity", "4.9e-324", "1.7976931348623157e308", "0.1",
        ])
    }

    private mutating func text() -> String {
        random.pick([
            #""\u0000""#, #""a\u0000b""#, #""\ud800""#, #""\udc00\ud800""#, #""\uD83D\uDE00""#, "\"\u{FEFF}\"",
            "\"\u{202E}x\"",
            #""$where""#, #""$""#, #""""#, #""_id""#, #""a.b""#, #""__proto__""#,
            "\"\(String(repeating: "long", count: 5_000))\"",
            "\"\u{1}\"", #""\u001b[2J\u009b31m""#, #""\x41""#, "'single'", #""companyId""#, "\"e\u{301}\"", "\"\\/\"",
        ])
    }

    private mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: count, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    // MARK: Properties

    /// Begins with a number of its own; what follows need not be UTF-8.
    private mutating func messageId() -> ByteString {
        let number = Array("\(count)|".utf8)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return ByteString(number + bytes(0...30))
        case 1: return ByteString(number + Array(repeating: 0xFF, count: 255 - number.count))
        case 2: return ByteString(number + [0, 0])
        case 3: return ByteString(number + Array("\\|\"'\n\u{1b}[31m".utf8))
        default: return ByteString(number)
        }
    }

    private mutating func oddProperties(_ properties: inout MessageProperties) {
        properties.contentType = random.pick([nil, "", "application/xml", "\u{0}"])
        properties.contentEncoding = random.pick([nil, "gzip", "utf-16"])
        properties.correlationId = random.pick([
            nil, "", ByteString(String(repeating: "é", count: 127)), ByteString(bytes(0...255)),
        ])
        properties.replyTo = random.pick([nil, "", "nowhere"])
        properties.type = random.pick([nil, "\n\r", ByteString(bytes(0...40))])
        properties.priority = random.pick([nil, 0, 255])
        properties.timestamp = random.pick([nil, 0, .max])
        properties.headers = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            MessageProperties.Header(
                name: random.pick([
                    "", "x", "$x", "a.b", "_id", "\u{0}n", "x-death", String(repeating: "n", count: 255),
                ]),
                value: headerValue())
        }
    }

    private mutating func headerValue() -> HeaderValue {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: .null
        case 1: .bytes(bytes(0...50))
        // Not NaN and no infinity: they crash the broker.
        case 2: .double(random.pick([-0.0, 1e308, .leastNonzeroMagnitude]))
        case 3: .timestamp(random.pick([0, .max, 1 << 62]))
        case 4: .decimal(value: .max, scale: random.pick([0, 3, 255]))
        case 5: .integer(random.pick([.min, .max]))
        case 6: .string(random.pick(["", "\u{0}", "a\nb", String(repeating: "s", count: 10_000)]))
        case 7: .array([.null, .bool(true), .array([]), .table([])])
        default: Self.nested(depth: random.pick([2, 20, 31, 32, 33, 60]))
        }
    }

    private static func nested(depth: Int) -> HeaderValue {
        depth == 0 ? .string("deep") : .table([MessageProperties.Header(name: "t", value: nested(depth: depth - 1))])
    }
}
