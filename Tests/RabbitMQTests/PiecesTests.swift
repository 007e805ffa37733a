import Contracts
import JSON
@testable import RabbitMQ
import Testing

@Suite("Content is assembled")
struct ContentAssemblerTests {
    private func feed(_ assembler: inout ContentAssembler<Int>, _ bytes: [UInt8]) throws -> [UInt8]? {
        try bytes.withUnsafeBytes { try assembler.body($0) }?.body
    }

    private func header(_ assembler: inout ContentAssembler<Int>, _ size: UInt64) throws -> [UInt8]? {
        try assembler.header(bodySize: size, properties: .init())?.body
    }

    @Test("from an empty body, one piece, and many")
    func pieces() throws {
        var assembler = ContentAssembler<Int>()
        try assembler.begin(1)
        #expect(try header(&assembler, 0) == [])
        try assembler.begin(2)
        #expect(try header(&assembler, 3) == nil)
        #expect(try feed(&assembler, [1, 2, 3]) == [1, 2, 3])
        try assembler.begin(3)
        #expect(try header(&assembler, 3) == nil)
        #expect(try feed(&assembler, [1]) == nil)
        #expect(try feed(&assembler, []) == nil)
        #expect(try feed(&assembler, [2, 3]) == [1, 2, 3])
        #expect(assembler.isIdle)
    }

    @Test("without taking memory on the word of a header")
    func hugeAnnouncement() throws {
        var assembler = ContentAssembler<Int>()
        try assembler.begin(1)
        #expect(try header(&assembler, .max) == nil)
        #expect(try feed(&assembler, [1, 2, 3]) == nil)
    }

    @Test("and refused when the frames do not add up")
    func violations() throws {
        var assembler = ContentAssembler<Int>()
        #expect(throws: AMQPError.self) { try header(&assembler, 0) }
        #expect(throws: AMQPError.self) { try feed(&assembler, [1]) }
        try assembler.begin(1)
        #expect(throws: AMQPError.self) { try assembler.begin(2) }
        #expect(throws: AMQPError.self) { try feed(&assembler, [1]) }
        #expect(try header(&assembler, 2) == nil)
        #expect(throws: AMQPError.self) { try header(&assembler, 2) }
        #expect(throws: AMQPError.self) { try feed(&assembler, [1, 2, 3]) }
    }
}

@Suite("Headers")
struct HeaderTests {
    private static func nested(_ levels: Int) -> HeaderValue {
        (0..<levels).reduce(.integer(1)) { value, level in
            level.isMultiple(of: 2) ? .array([value]) : .table([.init(name: "", value: value)])
        }
    }

    @Test(
        "survive the way into the library's tables and back",
        arguments: [
            .null, .bool(true), .bool(false), .integer(0), .integer(.min), .integer(.max), .double(-0.5),
            .double(.greatestFiniteMagnitude), .decimal(value: .max, scale: 255), .string(""), .string("é\u{0}x"),
            .bytes([]),
            .bytes([0xFF, 0]), .timestamp(.max), .array([]), .array([.null, .integer(1), .array([.string("a")])]),
            .table([]), .table([.init(name: "", value: .null), .init(name: "é", value: .bool(true))]), nested(60),
        ] as [HeaderValue])
    func roundTrip(_ value: HeaderValue) throws {
        let headers: [MessageProperties.Header] = [
            .init(name: "x", value: value), .init(name: "", value: value), .init(name: "x", value: .null),
        ]
        let pool = BytePool()
        let table = try HeaderWriter.table(headers, in: pool)
        #expect(HeaderReader.headers(table) == headers)
    }

    @Test("that are too much for AMQP are refused before anything is sent")
    func tooMuch() throws {
        let pool = BytePool()
        func check(_ fill: (inout MessageProperties) -> Void) throws {
            var properties = MessageProperties()
            fill(&properties)
            let error = try #require(throws: AMQPError.self) {
                try PropertiesWriter.properties(properties, frameMax: 4096, in: pool)
            }
            #expect(error.code == .unsendable)
        }
        let long = String(repeating: "x", count: 256)
        try check { $0.type = ByteString(long) }
        try check { $0.messageId = ByteString(long) }
        try check { $0.headers = [.init(name: long, value: .null)] }
        try check { $0.headers = [.init(name: "x", value: Self.nested(65))] }
        try check { $0.headers = [.init(name: "x", value: .string(String(repeating: "y", count: 4096)))] }
        try check { $0.headers = [.init(name: "x", value: .array(Array(repeating: .null, count: 4096)))] }
        var fits = MessageProperties()
        // 4096 for the frame: 20 around it, 12 of flags and numbers, 9 lengths, 4 + 2 + 5 of the table.
        fits.headers = [.init(name: "x", value: .string(String(repeating: "y", count: 4096 - 52)))]
        #expect(throws: Never.self) { try PropertiesWriter.properties(fits, frameMax: 4096, in: pool) }
    }
}
