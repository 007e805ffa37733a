import BSON
import Contracts
import Ingest
import IngestTesting
import JSON
import Mappings
import Schemas
import Testing

/// Fields of a record that look at the stored one (`~`), as it is before the item.
@Suite struct LateFieldTests {
    private static let definition = """
        {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogAccount", "x-key": ["code"], "type": "object",
         "required": ["code"], "additionalProperties": false, "properties": {
           "code": {"type": "string"}, "total": {"type": "number", "x-bson": "decimal", "maximum": 99},
           "before": {"type": "string"}, "note": {"type": "string"}, "versions": {"type": "integer"},
           "state": {"type": "string"}, "seen": {"type": "array"}, "sum": {"type": "integer", "x-merge": "sum"}, "at": {"type": "integer"},
           "secret": {"type": "string", "x-secret": true, "maxLength": 8}}}
        """

    private static let fields = """
        code: .code
        total: { sum: [~.total, .delta] }
        before: ~.note
        note: .note
        versions: { sum: [~.versions, { value: 1 }] }
        state: { choose: [{ when: { path: ~.total, above: 10 }, then: { value: high } }, { else: ^.state }] }
        """

    private static let catalogs: Catalogs = {
        do { return try Fixtures.catalogs(with: definition) } catch { fatalError("\(error)") }
    }()

    private static func route(_ fields: String, more: String = "", to: String = "") throws -> RouteMapping {
        func indented(_ text: String, _ by: Int) -> String {
            text.split(separator: "\n").map { String(repeating: " ", count: by) + $0 }.joined(separator: "\n")
        }
        let text = """
            routes:
              test:
                from: { amqp: { queue: q } }
                definition: catalogAccount
                message:
                  companyId: c
                  items: $.items[*]
                  operation: .operation
            \(indented(more, 6))
                  fields:
            \(indented(fields, 8))
            \(indented(to, 4))
            """
        let (table, mistakes) = MappingCompiler.compile(
            files: [("r.yaml", text)], context: MappingContext(settings: [], catalogs: catalogs))
        #expect(mistakes.isEmpty, "\(mistakes)")
        return try #require(table?.routes.first)
    }

    @discardableResult
    private static func run(
        _ messages: [String], _ mapping: RouteMapping, store: FaultyStore, limits: Limits = Limits()
    ) async -> [String] {
        await RouteRun.outcomes(of: messages, by: mapping, catalogs, store: store, limits: limits)
    }

    private static func accounts(_ store: FaultyStore) -> [String] { RouteRun.records("account", store) }

    private static func postings(_ store: FaultyStore) -> [String] {
        store.documents(in: StoreCollections.postings).sorted { $0.key < $1.key }.compactMap { row in
            row.value.withUnsafeBytes { PostingRow(bson: $0) }.map { String(decoding: $0.body, as: UTF8.self) }
        }
    }

    // MARK: Examples

    @Test func `a field is made of the record before and of the item as it came`() async throws {
        let store = FaultyStore()
        let outcomes = await Self.run(
            [
                #"{"state":"s","items":[{"operation":"IU","code":"a","delta":0.10,"note":"x"},{"operation":"U","code":"a","delta":0.20,"note":"y"}]}"#,
                #"{"state":"t","items":[{"operation":"IU","code":"a","delta":10.700,"note":"z"},{"operation":"IU","code":"a","note":"w"}]}"#,
            ], try Self.route(Self.fields), store: store)
        #expect(outcomes == ["inserted", "updated", "updated", "updated"])
        #expect(
            Self.accounts(store) == [
                #"{"_id":"c|a","companyId":"c","code":"a","note":"w","total":11.000,"versions":4,"state":"high","before":"z"}"#
            ])
    }

    @Test func `what is posted of an item is the whole of it`() async throws {
        let store = FaultyStore()
        let mapping = try Self.route(
            "code: .code\nversions: { sum: [~.versions, { value: 1 }] }",
            to: """
                to:
                  - mongodb
                  - amqp: { queue: a, body: item }
                  - amqp: { queue: b, body: { is: .versions, stored: ~.versions } }
                  - mongodb: { definition: catalogBrand, operation: IU, outcomes: [inserted, updated], fields: { code: .code, name: { path: .versions, text: true } } }
                """)
        await Self.run(
            [#"{"items":[{"operation":"IU","code":"a"},{"operation":"IU","code":"a"},{"operation":"D","code":"a"}]}"#],
            mapping, store: store)
        #expect(RouteRun.reasons(store).map(\.text) == [])
        #expect(
            Self.postings(store) == [
                #"{"code":"a","versions":1}"#, #"{"is":1,"stored":1}"#, #"{"code":"a","versions":2}"#,
                #"{"is":2,"stored":2}"#, #"{"code":"a"}"#, #"{"stored":2}"#,
            ])
        #expect(RouteRun.records("brand", store).last?.contains(#""name":"2""#) == true)
    }

    @Test func `a field that cannot be made rejects the item by its place, or as its policy says`() async throws {
        let store = FaultyStore()
        let mapping = try Self.route(
            """
            code: .code
            total: { sum: [~.total, .delta] }
            secret: { path: .word, default: ~.secret }
            versions: { sum: [~.versions, .odd], onError: drop }
            """)
        let outcomes = await Self.run(
            [
                #"{"items":[{"operation":"I","code":"a","delta":"1"},{"operation":"I","code":"b","delta":60,"odd":"x"},{"operation":"U","code":"b","delta":40},{"operation":"U","code":"b","delta":1,"word":"much too long"}]}"#
            ], mapping, store: store)
        #expect(outcomes == ["rejected", "inserted", "rejected", "rejected"])
        #expect(Self.accounts(store) == [#"{"_id":"c|b","companyId":"c","code":"b","total":60}"#])
        let texts = RouteRun.reasons(store).map(\.text)
        #expect(
            texts == [
                "/items/0/delta (total): expected a number, found the string \"1\"; make it one first: put 'decimal:' or 'integer: true' before 'sum'",
                "/items/2/delta (total): expected a number of at most 99, found the number 100",
                "/items/3/word (secret): expected at most 8 characters, found (secret)",
            ])
    }

    @Test func `a secret of the stored record is not shown, whatever reads it`() async throws {
        let store = FaultyStore()
        let mapping = try Self.route("code: .code\nsecret: .word\nversions: { sum: [~.secret, .odd] }")
        await Self.run(
            [#"{"items":[{"operation":"I","code":"a","word":"hush"},{"operation":"U","code":"a"}]}"#], mapping,
            store: store)
        let texts = RouteRun.reasons(store).map(\.text)
        #expect(texts.count == 1 && texts[0].contains("found (secret)") && !texts[0].contains("hush"), "\(texts)")
    }

    @Test func `an older item is left out, whatever its fields look at`() async throws {
        let store = FaultyStore()
        let mapping = try Self.route(
            "code: .code\nat: .at\nversions: { sum: [~.versions, { value: 1 }] }", more: "version: .at")
        let outcomes = await Self.run(
            [
                #"{"items":[{"operation":"IU","code":"a","at":2},{"operation":"IU","code":"a","at":1},{"operation":"IU","code":"a","at":3}]}"#
            ],
            mapping, store: store)
        #expect(outcomes == ["inserted", "unchanged", "updated"])
        #expect(Self.accounts(store) == [#"{"_id":"c|a","companyId":"c","code":"a","at":3,"versions":2}"#])
    }

    @Test func `a list is made of captured elements and the stored one`() async throws {
        let store = FaultyStore()
        let mapping = try Self.route(
            """
            code: .code
            seen: { path: .new, each: { concat: [.name, "-", $.state] }, default: ~.seen }
            before: { header: x, default: ~.note }
            """)
        await Self.run(
            [
                #"{"state":"s","items":[{"operation":"IU","code":"a","new":[{"name":"n"},{"name":"m"}]},{"operation":"IU","code":"a"}]}"#
            ], mapping, store: store)
        #expect(Self.accounts(store) == [#"{"_id":"c|a","companyId":"c","code":"a","seen":["n-s","m-s"]}"#])
    }

    @Test(
        "what must be known before the record is read cannot look at it",
        arguments: [
            ("code: ~.code", "stored-key: catalogAccount.code is a key"),
            (
                "code: .code\n        at: { path: [.at, ~.at] }",
                "version-field: version: 'at' looks at the stored record (~)"
            ),
            (
                "code: .code\n        sum: { sum: [~.sum, .a] }",
                "merged-twice: catalogAccount.sum is put together with the stored value"
            ),
            ("code: .code\n        nots: ~.nots", "unknown-record-field: catalogAccount has no field 'nots'"),
            (
                "code: .code\n        note: ~.nots",
                "unknown-field: '~.nots': no record of this route has the field 'nots'"
            ),
            ("code: .code\n        total: { sum: [.a, { value: x }] }", "type: total, sum: expected a number"),
            ("code: .code\n        total: { sum: [] }", "empty: total, sum: expected at least one element"),
        ])
    func mistakes(fields: String, expected: String) throws {
        let text = """
            routes:
              test:
                from: { amqp: { queue: q } }
                definition: catalogAccount
                message:
                  companyId: c
                  items: $.items[*]
                  operation: IU
                  version: .at
                  fields:
                    \(fields.replacing("\n        ", with: "\n        "))
            """
        let found = MappingCompiler.compile(
            files: [("r.yaml", text)], context: MappingContext(settings: [], catalogs: Self.catalogs)
        ).mistakes.map { "\($0.rule): \($0.message)" }
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }

    // MARK: The model

    private struct Account: Equatable {
        var total: Int?
        var before: String?
        var note: String?
        var versions = 0
        var state: String?
    }

    @Test("as if item after item were applied, whatever the batches, windows and faults", arguments: 0..<120)
    func model(seed: Int) async throws {
        var random = Seeded(UInt64(seed))
        var accounts: [String: Account] = [:]
        var expected: [String] = []
        let store = FaultyStore()
        let messages = (0..<Int.random(in: 1...5, using: &random)).map { number -> String in
            let items = (0..<Int.random(in: 1...12, using: &random)).map { _ -> String in
                let (operation, code) = (random.pick(["I", "U", "D", "IU", "IU", "IU"]), random.pick(["a", "b", "c"]))
                let delta = random.chance(0.8) ? Int.random(in: -5...30, using: &random) : nil
                let note = random.chance(0.8) ? random.pick(["n", "m"]) : nil
                let old = accounts[code]
                if operation == "D" {
                    accounts[code] = nil
                    expected.append(old == nil ? "absent" : "deleted")
                } else {
                    // An update leaves what it has no value for.
                    var new = old ?? Account()
                    if old?.total != nil || delta != nil { new.total = (old?.total ?? 0) + (delta ?? 0) }
                    if let before = old?.note { new.before = before }
                    if let note { new.note = note }
                    new.versions += 1
                    new.state = (old?.total ?? 0) > 10 ? "high" : "s\(number)"
                    let isRefused =
                        (operation == "I" && old != nil) || (operation == "U" && old == nil) || (new.total ?? 0) > 99
                    if !isRefused { accounts[code] = new }
                    expected.append(isRefused ? "rejected" : old == nil ? "inserted" : "updated")
                }
                let more = (delta.map { ",\"delta\":\($0)" } ?? "") + (note.map { ",\"note\":\"\($0)\"" } ?? "")
                return #"{"operation":"\#(operation)","code":"\#(code)"\#(more)}"#
            }
            return #"{"state":"s\#(number)","items":[\#(items.joined(separator: ","))]}"#
        }
        var limits = Limits()
        limits.batchItems = random.pick([1, 2, 3, 7, 1000])
        if random.chance(0.5) { limits.wholeMappedBytes = 100 }
        store.fail(
            with: (0..<Int.random(in: 0...4, using: &random)).map { _ in
                random.pick([FaultyStore.Fault.raceLost, .unavailable, .unavailableAfterCommit])
            })
        let outcomes = await Self.run(messages, try Self.route(Self.fields), store: store, limits: limits)
        // Where a commit's answer was lost, nobody hears the outcomes.
        if outcomes.count == expected.count { #expect(outcomes == expected) }
        let found = Self.accounts(store).compactMap { try? JSONParser().parse($0) }.map { document in
            document.withRoot { record in
                let account = Account(
                    total: record["total"]?.int64.map { Int($0) }, before: record["before"]?.string,
                    note: record["note"]?.string, versions: Int(record["versions"]?.int64 ?? 0),
                    state: record["state"]?.string)
                return (record["code"]?.string ?? "", account)
            }
        }
        #expect(Dictionary(found) { $1 } == accounts)
        #expect(RouteRun.reasons(store).count == expected.count { $0 == "rejected" })
    }
}
