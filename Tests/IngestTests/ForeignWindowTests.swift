import BSON
import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Mappings
import Testing

/// Large messages of foreign shapes: read window by window where nothing in the mapping looks at all items, with the same
/// outcomes, reasons and dead letters as all at once.
@Suite struct ForeignWindowTests {
    private static func route(_ lines: String) throws -> RouteMapping {
        let text =
            "routes:\n  r:\n    from: { amqp: { queue: q } }\n    definition: catalogBrand\n    message:\n"
            + lines.split(separator: "\n").map { "      \($0)\n" }.joined()
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", text)], context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        return try #require(table?.routes.first, "\(mistakes)")
    }

    private struct Outcome: Equatable {
        var records: [ByteString: [UInt8]]
        var row: LedgerRow?
        var letters: Set<String>
    }

    /// What a message comes to; `isWindowed`: in windows of a few items.
    private static func settle(_ body: String, _ route: RouteMapping, isWindowed: Bool) async -> Outcome {
        var limits = Limits()
        limits.batchItems = 300
        limits.wholeMappedBytes = isWindowed ? 0 : .max
        limits.windowNodes = isWindowed ? 20 : limits.windowNodes
        let store = InMemoryStore()
        let source = HandSource()
        source.deliver([Fixtures.delivery(body, messageId: "m")])
        source.stop()
        await Route(
            name: "r", sources: [source], lanes: [[store, store]], limits: limits, companies: [], shapes: route.shapes,
            takesAll: route.takesAll, catalogs: { Fixtures.catalogs }, environment: Fixtures.environment,
            observer: RecordingObserver(), sourceChanged: { _ in }
        ).run()
        #expect(source.acknowledged.last?.number == 1)
        let letters = store.documents(in: StoreCollections.deadLetters).values.flatMap { bytes -> [String] in
            let text = bytes.withUnsafeBytes { BSONText.text(document: $0) }
            return
                (try? JSONParser().parse(text).withRoot { root in
                    root["reasons"]?.elements.map { String(decoding: $0.rawText, as: UTF8.self) } ?? []
                }) ?? []
        }
        return Outcome(
            records: store.documents(in: "brand"),
            row: store.documents(in: StoreCollections.ledger).values.first?.withUnsafeBytes { LedgerRow(bson: $0) },
            letters: Set(letters))
    }

    private static let rows = (0..<200).map { number in
        switch number % 7 {
        case 0: #"{"k":"c\#(number)","n":"name \#(number)"}"#
        case 1: #"{"k":"c\#(number)"}"#
        case 2: "7"
        case 3: #"{"k":"c\#(number)","n":"a","n":"b"}"#
        case 4: #"{"k":"c\#(number)","n":"x","skip":true}"#
        default: #"{"k":"c\#(number)","n":{"deep":[\#(number)]},"operation":"I"}"#
        }
    }

    private static let body = #"{"c":"co","name":"N","data":{"rows":[\#(rows.joined(separator: ","))]},"after":[1,2]}"#

    @Test(arguments: [
        "companyId: $.c\nitems: $.data.rows[*]\noperation: I\nfields: { code: .k, name: .n }",
        "companyId: $.c\nitems: $.data.rows[*]\noperation: IU\nwhere: { path: .skip, exists: false }\n"
            + "fields: { code: { concat: [.k, \"-\", { delivery: index }] }, name: { path: [.n, $.name, ^.name] } }",
        "companyId: $.c\nitems: $.data.rows[*]\noperation: I\nwhere: { path: .skip, exists: true }\n"
            + "fields: { code: .k, name: .n }",
        "companyId: $.c\nitems: $.data.rows[*]\noperation: .operation\nkeep: all",
        "companyId: $.c\nitems: $.data.rows[*]\noperation: I\nfields: { code: .k, name: { path: \"$.data.rows[0].n\" } }",
    ])
    func `a message comes to the same in windows and at once`(lines: String) async throws {
        let route = try Self.route(lines)
        let whole = await Self.settle(Self.body, route, isWindowed: false)
        #expect(await Self.settle(Self.body, route, isWindowed: true) == whole)
        #expect(whole.row?.isComplete == true)
    }

    /// A line that names the columns in another order counts for all lines behind it, in later windows too.
    @Test(arguments: ["name;code", "code;name"], [0, 130])
    func `exchanged columns are refused in every window`(header: String, at place: Int) async throws {
        let route = try Self.route(
            "companyId: $.c\nitems: $.rows[*]\ncsv: { separator: \";\", columns: [code, name] }\noperation: I\n"
                + "fields: { code: .code, name: .name }")
        var lines = (0..<200).map { "\"c\($0);n\($0)\"" }
        lines[place] = "\"\(header)\""
        let body = "{\"c\":\"co\",\"rows\":[\(lines.joined(separator: ","))]}"
        let whole = await Self.settle(body, route, isWindowed: false)
        #expect(await Self.settle(body, route, isWindowed: true) == whole)
        #expect(whole.records.count == (header == "name;code" ? place : 200))
    }

    @Test(
        arguments: [
            ("companyId: $.c\nitems: $.data.rows[*]\noperation: I\nfields: { code: .k, name: .n }", ["data", "rows"]),
            ("companyId: c\nitems: $[*]\noperation: I\nfields: { code: .k, name: .n }", []),
            ("companyId: $.c\nitems: $.rows[*]\noperation: I\nfields: { code: .k, name: ^.name }", ["rows"]),
            ("companyId: $.c\nitems: $.rows[*]\noperation: I\nfields: { code: .k, name: ^.rows }", nil),
            ("companyId: $.c\nitems: $.rows[*]\noperation: I\nfields: { code: .k, name: \"$.rows[0].n\" }", nil),
            ("companyId: { jq: '.rows[0].c' }\nitems: $.rows[*]\noperation: I\nfields: { code: .k, name: .n }", nil),
            (
                "companyId: $.c\nitems: $.a.rows[*]\noperation: I\nfields: { code: .k, name: { path: $.a, jq: length, text: true } }",
                nil
            ),
            ("companyId: $.c\nitems: $.rows[*].r[*]\noperation: I\nfields: { code: .k, name: .n }", nil),
            ("companyId: $.c\nitems: $.rows[0].r[*]\noperation: I\nfields: { code: .k, name: .n }", nil),
            ("companyId: $.c\nitems: $.row\noperation: I\nfields: { code: .k, name: .n }", nil),
        ] as [(String, [String]?)])
    func `items are read a few at a time only where nothing looks at all of them`(lines: String, path: [String]?) throws
    {
        #expect(try Self.route(lines).shapes[0].windowPath == path)
    }
}
