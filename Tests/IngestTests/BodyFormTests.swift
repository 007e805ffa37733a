import Contracts
@testable import Ingest
import IngestTesting
import Mappings
import Testing

/// Bodies that are not quite the JSON they should be, and headers of every type.
@Suite struct BodyFormTests {
    private static func route(_ text: String) throws -> RouteMapping {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", text)], context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        return try #require(table?.routes.first, "\(mistakes)")
    }

    private static func mapping(_ more: String = "", companyId: String = "$.c", name: String = ".n") -> String {
        """
        routes:
          r:
            from: { amqp: { queue: q } }
            definition: catalogItem
            message: { companyId: \(companyId), items: "$.i[*]", operation: IU, fields: { code: .k, name: \(name) } }
        \(more)
        """
    }

    private static func decode(
        _ body: [UInt8], _ route: RouteMapping? = nil, limits: Limits = Limits(),
        headers: [MessageProperties.Header] = []
    ) -> Message {
        var delivery = Fixtures.delivery(body)
        var properties = delivery.properties
        properties.headers = headers
        delivery = Delivery(
            tag: delivery.tag, queue: delivery.queue, body: body, isRedelivered: false, properties: properties)
        let decoder =
            route.map {
                MessageDecoder(
                    limits: limits, shapes: $0.shapes, takesAll: $0.takesAll, ignoresOthers: $0.ignoresOthers)
            }
            ?? MessageDecoder(limits: limits)
        return decoder.decode(delivery, catalogs: Fixtures.catalogs, now: Fixtures.now)
    }

    /// The company and the number of items, or the codes and texts of the reasons.
    private static func shown(_ message: Message) -> String {
        switch message.content {
        case .catalog(let catalog): "\(catalog.companyId) \(catalog.itemCount)"
        case .ignored: "ignored"
        case .unreadable(let reasons, _, _, _): reasons.map { "\($0.code): \($0.text)" }.joined(separator: " | ")
        }
    }

    /// Limits by which longer messages are read in windows.
    private static func windows(over bytes: Int) -> Limits {
        var limits = Limits()
        (limits.wholeBytes, limits.wholeMappedBytes) = (bytes, bytes)
        return limits
    }

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let catalog =
        #"{"companyId":"co","catalog":"catalogBrand","items":[{"operation":"I","code":"1","name":"n"}]}"#
    private static let foreign = #"{"c":"co","i":[{"k":"1","n":"n"}]}"#

    @Test func `a byte order mark before JSON is skipped`() throws {
        let route = try Self.route(Self.mapping())
        #expect(Self.shown(Self.decode(Self.mark + Array(Self.catalog.utf8))) == "co 1")
        #expect(Self.shown(Self.decode(Self.mark + Array(Self.foreign.utf8), route)) == "co 1")
        // Read in windows, too.
        let small = Self.windows(over: 10)
        #expect(Self.shown(Self.decode(Self.mark + Array(Self.catalog.utf8), limits: small)) == "co 1")
        #expect(Self.shown(Self.decode(Self.mark + Array(Self.foreign.utf8), route, limits: small)) == "co 1")
        // A dead letter holds the body as it came.
        let body = Self.mark + Array("{".utf8)
        for message in [Self.decode(body), Self.decode(body, limits: small), Self.decode(body, route)] {
            guard case .unreadable(_, _, _, let kept) = message.content else {
                Issue.record("\(message.content)")
                continue
            }
            #expect(kept == body)
        }
        // Only one, and only at the beginning.
        #expect(Self.shown(Self.decode(Self.mark + Self.mark + Array(Self.catalog.utf8))).hasPrefix("notJson"))
    }

    @Test func `JSON that is encoded twice is told as such`() throws {
        let twice = { (text: String) in Array("\"\(text.replacing("\"", with: "\\\""))\"".utf8) }
        let expected =
            "notEnvelope: the message: expected an object, found a string that holds JSON: it is encoded twice; send the object itself"
        let route = try Self.route(Self.mapping())
        let choosy = try Self.route(Self.mapping("    when: { path: $.c, exists: true }"))
        let ignoring = try Self.route(Self.mapping("    when: { path: $.c, exists: true }\n    else: ignore"))
        #expect(Self.shown(Self.decode(twice(Self.catalog))) == expected)
        #expect(Self.shown(Self.decode(twice(Self.foreign), route)) == expected)
        #expect(Self.shown(Self.decode(twice(" [1]"), route)) == expected)
        #expect(Self.shown(Self.decode(twice(Self.foreign), choosy)) == expected)
        #expect(Self.shown(Self.decode(twice(Self.foreign), ignoring)) == "ignored")
        for text in ["{", "text", "[1", "{a}"] {
            #expect(!Self.shown(Self.decode(twice(text), route)).contains("encoded twice"), "\(text)")
        }
    }

    @Test func `a text of lines may begin with a bracket`() throws {
        let route = try Self.route(
            """
            routes:
              r:
                from: { amqp: { queue: q } }
                definition: catalogItem
                message:
                  companyId: c
                  items: $
                  csv: { lines: true, separator: ";", columns: [k, n] }
                  operation: IU
                  fields: { code: .k, name: .n }
            """)
        #expect(Self.shown(Self.decode(Array(#""[a];b\n{c};d""#.utf8), route)) == "c 2")
    }

    @Test("an empty body is ignored with else: ignore", arguments: ["", " ", "\r\n\t"])
    func empty(body: String) throws {
        let ignoring = try Self.route(Self.mapping("    when: { path: $.c, exists: true }\n    else: ignore"))
        #expect(Self.shown(Self.decode(Array(body.utf8), ignoring)) == "ignored")
        #expect(Self.shown(Self.decode(Self.mark + Array(body.utf8), ignoring)) == "ignored")
        let route = try Self.route(Self.mapping())
        #expect(Self.shown(Self.decode(Array(body.utf8), route)).contains("the text is empty"))
        let all = try Self.route(
            """
            routes:
              r:
                from: { amqp: { queue: q } }
                match: all
                else: ignore
                cases:
                  - name: a
                    when: { path: $.c, exists: true }
                    definition: catalogItem
                    message: { companyId: c, items: $, operation: IU, fields: { code: .k, name: .n } }
            """)
        #expect(Self.shown(Self.decode(Array(body.utf8), all)) == "ignored")
    }

    @Test(
        "a body that is not JSON is named",
        arguments: [
            ([0x1F, 0x8B, 8, 0, 0], "the body is compressed (gzip); send it uncompressed"),
            ([0x78, 0x9C, 1, 2], "the body is compressed (deflate); send it uncompressed"),
            ([0xFF, 0xFE, 0x7B, 0], "the body is encoded as UTF-16; send it encoded as UTF-8"),
            ([0xFE, 0xFF, 0, 0x7B], "the body is encoded as UTF-16; send it encoded as UTF-8"),
            ([0x7B, 0, 0x7D, 0], "the body is encoded as UTF-16; send it encoded as UTF-8"),
            (Array("<?xml version=\"1.0\"?><a/>".utf8), "the body is XML; send JSON"),
            (Array("\n <a/>".utf8), "the body is XML; send JSON"),
            (Array(#"{"a":[1,]}"#.utf8), "line 1, column 9: a comma stands before the closing ']'; remove the comma"),
            (Array("{\"a\":1,\n}".utf8), "line 2, column 1: a comma stands before the closing '}'; remove the comma"),
            (Array("x".utf8), "line 1, column 1: expected a value, found 'x'; write a value, or null"),
        ] as [([UInt8], String)])
    func named(body: [UInt8], text: String) throws {
        let small = Self.windows(over: 1)
        let route = try Self.route(Self.mapping())
        for message in [
            Self.decode(body), Self.decode(body, limits: small), Self.decode(body, route),
            Self.decode(body, route, limits: small),
        ] {
            #expect(Self.shown(message) == "notJson: \(text)")
        }
    }

    @Test(
        "a header of every type",
        arguments: [
            (.string("x"), "x"), (.integer(-5), "-5"), (.bool(true), "true"), (.double(1.5), "1.5"),
            (.double(15), "15"),
            (.decimal(value: 1250, scale: 2), "12.50"), (.decimal(value: 150, scale: 1), "15"),
            (.decimal(value: 5, scale: 3), "0.005"), (.decimal(value: 0, scale: 255), "0"),
            (.timestamp(1_615_905_180), "2021-03-16T14:33:00Z"), (.bytes(Array("ñ".utf8)), "ñ"),
        ] as [(HeaderValue, String)])
    func header(value: HeaderValue, expected: String) throws {
        let route = try Self.route(Self.mapping(companyId: "{ header: h }"))
        let message = Self.decode(Array(Self.foreign.utf8), route, headers: [.init(name: "h", value: value)])
        #expect(Self.shown(message) == "\(expected) 1")
    }

    @Test(
        "lists and tables are lists and objects",
        arguments: [
            ("{ header: h, jq: \".[0].queue\" }", "in"),
            ("{ header: l, join: \"-\" }", "1-b-true-2021-03-16T14:33:00Z"),
            ("{ header: l, jq: \".[1]\" }", "b"), ("{ header: h, jq: \".[0].none\", default: { value: d } }", "d"),
        ])
    func containers(companyId: String, expected: String) throws {
        let route = try Self.route(Self.mapping(companyId: companyId))
        let message = Self.decode(
            Array(Self.foreign.utf8), route,
            headers: [
                .init(
                    name: "h",
                    value: .array([
                        .table([.init(name: "queue", value: .string("in")), .init(name: "none", value: .null)])
                    ])),
                .init(name: "l", value: .array([.integer(1), .string("b"), .bool(true), .timestamp(1_615_905_180)])),
            ])
        #expect(Self.shown(message) == "\(expected) 1")
    }

    @Test func `bytes that are not text, and lists where a text must be, are faults`() throws {
        let route = try Self.route(Self.mapping(companyId: "{ header: h }"))
        let body = Array(Self.foreign.utf8)
        #expect(
            Self.shown(Self.decode(body, route, headers: [.init(name: "h", value: .bytes([0xFF, 1]))]))
                .contains("in the header 'h', found 2 bytes that are not UTF-8; send it as text"))
        #expect(
            Self.shown(Self.decode(body, route, headers: [.init(name: "h", value: .array([]))])).contains(
                "found an array"))
        #expect(
            Self.shown(Self.decode(body, route, headers: [.init(name: "h", value: .null)])).contains(
                "found no header 'h'; send the header 'h'"))
        #expect(Self.shown(Self.decode(body, route)).contains("found no header 'h'"))
    }
}
