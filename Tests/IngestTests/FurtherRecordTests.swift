import BSON
import Contracts
import Ingest
import IngestTesting
import JSON
import Mappings
import Schemas
import Testing

/// Further records of an item: written with it, or not at all.
@Suite struct FurtherRecordTests {
    static let definitions = [
        """
        {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogThing", "x-key": ["code"], "type": "object",
         "required": ["code"], "properties": {
           "code": {"type": "string"}, "name": {"type": "string"}, "version": {"type": "integer"}}}
        """,
        """
        {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogEvent", "x-key": ["stream", "version"],
         "x-immutable": true, "type": "object", "required": ["stream", "version", "name"], "additionalProperties": false,
         "properties": {
           "stream": {"type": "string"}, "version": {"type": "integer"}, "name": {"type": "string", "maxLength": 3},
           "by": {"type": "string", "x-ref": "catalogBrand", "x-ref-policy": "reject"}}}
        """,
        """
        {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogTotal", "x-key": ["code"], "type": "object",
         "required": ["code"], "properties": {
           "code": {"type": "string"}, "total": {"type": "integer", "x-merge": "sum"}, "last": {"type": "string"}}}
        """,
        """
        {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogSnapshot", "x-key": ["code", "version"],
         "type": "object", "required": ["code", "version", "name"], "minProperties": 4,
         "dependentRequired": {"version": ["also"]}, "if": {"properties": {"version": {"const": 2}}, "required": ["version"]},
         "then": {"properties": {"name": {"maxLength": 1}}, "required": ["name"]},
         "properties": {"code": {"type": "string"}, "version": {"type": "integer"}, "name": {"type": "string"},
           "also": {"type": "string"}, "by": {"type": "string", "x-ref": "catalogBrand", "x-ref-policy": "reject"}}}
        """,
    ]

    static let catalogs: Catalogs = {
        do {
            return try Fixtures.catalogs.adding(
                files: definitions.enumerated().map { DefinitionFile(name: "\($0).json", bytes: Array($1.utf8)) })
        } catch { fatalError("\(error)") }
    }()

    static func mapping(_ to: String) -> String {
        """
        routes:
          test:
            from: { amqp: { queue: q } }
            definition: catalogThing
            message:
              companyId: c
              items: $.items[*]
              operation: .operation
              fields: { code: .code, name: .name, version: .version }
            to:
              - mongodb
        \(to.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n"))
        """
    }

    /// A count of the items that are not quiet; an event of each change, with the name as it is afterwards; and the last
    /// name of what is deleted, where there is a count.
    static let all = """
        - mongodb:
            definition: catalogTotal
            operation: IU
            when: { path: ~.name, notEquals: "q" }
            outcomes: [inserted, updated, unchanged]
            fields: { code: .code, total: { value: 1 } }
        - mongodb:
            definition: catalogEvent
            operation: I
            outcomes: [inserted, updated]
            fields: { stream: .code, version: .version, name: ~.name }
        - mongodb:
            definition: catalogTotal
            operation: U
            outcomes: [deleted]
            fields: { code: .code, last: ~.name }
        """

    static func route(_ to: String) throws -> RouteMapping {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("r.yaml", mapping(to))], context: MappingContext(settings: [], catalogs: catalogs))
        #expect(mistakes.isEmpty, "\(mistakes)")
        return try #require(table?.routes.first)
    }

    /// Outcomes of all items, in order of messages.
    @discardableResult
    static func run(
        _ messages: [String], _ mapping: RouteMapping, store: FaultyStore, limits: Limits = Limits(),
        versionField: String? = nil
    ) async -> [String] {
        await RouteRun.outcomes(
            of: messages, by: mapping, catalogs, store: store, limits: limits, versionField: versionField)
    }

    private func items(_ all: (String, String, String, Int)...) -> String { Item.message(all.map { Item($0) }) }

    // MARK: Examples

    @Test func `an event of each change is written with it`() async throws {
        let store = FaultyStore()
        let outcomes = await Self.run(
            [items(("I", "a", "n1", 1), ("U", "a", "n2", 2), ("U", "a", "n2", 2), ("D", "a", "", 3))],
            try Self.route(Self.all), store: store)
        #expect(outcomes == ["inserted", "updated", "unchanged", "deleted"])
        #expect(
            RouteRun.records("event", store) == [
                #"{"_id":"c|a|1","companyId":"c","stream":"a","version":1,"name":"n1"}"#,
                #"{"_id":"c|a|2","companyId":"c","stream":"a","version":2,"name":"n2"}"#,
            ])
        #expect(
            RouteRun.records("total", store) == [#"{"_id":"c|a","companyId":"c","code":"a","total":3,"last":"n2"}"#])
        #expect(RouteRun.records("thing", store).isEmpty)
    }

    @Test func `where a further record cannot be written, nothing of the item is`() async throws {
        let store = FaultyStore()
        let outcomes = await Self.run(
            [
                items(
                    ("I", "a", "n1", 1), ("U", "a", "n2", 1),  // the event 1 is there, with another name
                    ("U", "a", "long", 2),  // a name too long for an event
                    ("I", "b", "q", 1), ("D", "b", "", 2))  // quiet, so there is no total to update
            ], try Self.route(Self.all), store: store)
        #expect(outcomes == ["inserted", "rejected", "rejected", "inserted", "rejected"])
        #expect(
            RouteRun.records("thing", store) == [
                #"{"_id":"c|a","companyId":"c","code":"a","name":"n1","version":1}"#,
                #"{"_id":"c|b","companyId":"c","code":"b","name":"q","version":1}"#,
            ])
        #expect(RouteRun.records("event", store).count == 2)
        #expect(RouteRun.records("total", store) == [#"{"_id":"c|a","companyId":"c","code":"a","total":1}"#])
        let reasons = RouteRun.reasons(store)
        #expect(reasons.map(\.code) == ["alreadyExists", "schema", "notFound"])
        #expect(
            reasons.map(\.text) == [
                "/items/1: its record of catalogEvent: record 'c|a|1' exists and differs; correct the item, or the operation of this target",
                "/items/2: its record of catalogEvent: /name: expected at most 3 characters, found 4: \"long\"; shorten it",
                "/items/4: its record of catalogTotal: there is no record 'c|b' to update; correct the item, or the operation of this target",
            ])
    }

    @Test func `a reference of a further record must be there`() async throws {
        let route = try Self.route(
            """
            - mongodb:
                definition: catalogEvent
                operation: I
                fields: { stream: .code, version: .version, name: ~.name, by: .name }
            """)
        let store = FaultyStore()
        store.put([UInt8].document { $0.append("_id", string: "c|x") }, in: "brand")
        let outcomes = await Self.run([items(("I", "a", "x", 1), ("I", "b", "y", 1))], route, store: store)
        #expect(outcomes == ["inserted", "rejected"])
        #expect(RouteRun.reasons(store).map(\.code) == ["schema"])
        #expect(RouteRun.records("thing", store).count == 1)
    }

    @Test func `what a definition requires may come from the stored record`() async throws {
        let route = try Self.route(
            """
            - mongodb:
                definition: catalogSnapshot
                operation: I
                fields: { code: .code, version: .version, name: ~.name, also: ~.code, by: .name }
            """)
        let store = FaultyStore()
        for brand in ["x", "long"] {
            store.put([UInt8].document { $0.append("_id", string: "c|\(brand)") }, in: "brand")
        }
        let outcomes = await Self.run(
            [items(("I", "a", "x", 1), ("U", "a", "x", 2), ("U", "a", "y", 3), ("U", "a", "long", 2))], route,
            store: store)
        #expect(outcomes == ["inserted", "updated", "rejected", "rejected"])
        #expect(
            RouteRun.records("snapshot", store) == [
                #"{"_id":"c|a|1","companyId":"c","code":"a","version":1,"name":"x","also":"a","by":"x"}"#,
                #"{"_id":"c|a|2","companyId":"c","code":"a","version":2,"name":"x","also":"a","by":"x"}"#,
            ])
        #expect(
            RouteRun.reasons(store).map(\.text) == [
                "/items/2: its record of catalogSnapshot: /by: there is no record 'c|y' in catalogBrand; send it first, or correct the field",
                "/items/3: its record of catalogSnapshot: /name: expected at most 1 character, found 4: \"long\"; shorten it",
            ])
    }

    @Test func `a step that fails is reported with its field`() async throws {
        let route = try Self.route(
            """
            - mongodb: { definition: catalogTotal, operation: I, fields: { code: .code, total: { path: ~.name, integer: true } } }
            """)
        let store = FaultyStore()
        let outcomes = await Self.run([items(("I", "a", "5", 1), ("I", "b", "x", 1))], route, store: store)
        #expect(outcomes == ["inserted", "rejected"])
        #expect(RouteRun.reasons(store).map(\.code) == ["mappingFailed"])
        let text = RouteRun.reasons(store).first?.text ?? ""
        #expect(text.hasPrefix("/items/1: its record of catalogTotal: /total: 'integer': expected "), "\(text)")
    }

    /// A record that is made beforehand is held with the JSON that it was made of.
    @Test func `what further records hold counts as memory of their message`() throws {
        let mapping = try Self.route(
            """
            - mongodb: { definition: catalogTotal, operation: I, fields: { code: .code, last: .name, also: . } }
            """)
        let name = String(repeating: "n", count: 30_000)
        let message = items(("I", "a", name, 1), ("I", "b", name, 1), ("I", "c", name, 1), ("I", "d", name, 1))
        func parts(_ mapping: RouteMapping) throws -> [Int] {
            var limits = Limits()
            limits.preparedBytes = 200_000
            let preparer = ItemPreparer(limits: limits)
            let decoder = MessageDecoder(limits: limits, shapes: mapping.shapes)
            var part = preparer.begin(
                decoder.decode(Fixtures.delivery(message), catalogs: Self.catalogs, now: Fixtures.now))
            var counts = [part.items.count]
            while let rest = part.rest {
                part = preparer.next(rest)
                counts.append(part.items.count)
            }
            return counts
        }
        // 30 kB for the record, twice as many for the further one, and as many again for its text.
        #expect(try parts(mapping) == [2, 2])
        #expect(try parts(Self.route("- log: {}")) == [4])
    }

    @Test func `records of an immutable catalog are inserted, and neither changed nor deleted`() async throws {
        let store = FaultyStore()
        func message(_ operation: String, _ name: String) -> String {
            #"{"companyId":"c","catalog":"catalogEvent","items":[{"operation":"\#(operation)","stream":"s","version":1,"name":"\#(name)"}]}"#
        }
        let source = HandSource()
        let observer = RecordingObserver()
        let route = Route(
            name: "test", sources: [source], lanes: [[store]], limits: Limits(), companies: [],
            catalogs: { Self.catalogs }, environment: Fixtures.environment, observer: observer, sourceChanged: { _ in })
        let all = [
            ("U", "a"), ("IU", "a"), ("I", "a"), ("IU", "a"), ("U", "a"), ("IU", "b"), ("U", "b"), ("I", "b"),
            ("D", "a"),
        ]
        source.deliver(
            all.enumerated().map { Fixtures.delivery(message($1.0, $1.1), number: UInt64($0 + 1), messageId: "m\($0)") }
        )
        source.stop()
        await route.run()
        let outcomes = observer.settled.flatMap(\.result.segments).flatMap(\.outcomes).compactMap { $0?.word }
        #expect(
            outcomes == [
                "rejected", "inserted", "unchanged", "unchanged", "unchanged", "rejected", "rejected", "rejected",
                "rejected",
            ])
        #expect(
            RouteRun.records("event", store) == [
                #"{"_id":"c|s|1","companyId":"c","stream":"s","version":1,"name":"a"}"#
            ])
        #expect(Set(RouteRun.reasons(store).dropFirst().map(\.code)) == ["alreadyExists"])
    }

    @Test func `a new key is the same however often the message is settled`() async throws {
        let mapping = try Self.route(
            """
            - mongodb:
                definition: catalogTotal
                operation: I
                fields: { code: { new: uuid }, last: { new: uuid } }
            """)
        var found: [[String]] = []
        for faults: [FaultyStore.Fault] in [[], [.raceLost, .unavailable], [.unavailableAfterCommit]] {
            let store = FaultyStore()
            store.fail(with: faults)
            await Self.run([items(("I", "a", "x", 1), ("I", "b", "x", 1))], mapping, store: store)
            found.append(RouteRun.records("total", store))
        }
        #expect(found[0].count == 2)
        #expect(Set(found).count == 1)
    }

    @Test(arguments: [1, 2, 1000])
    func `a deletion that is rejected makes nothing that comes later stale`(batchItems: Int) async throws {
        let route = try Self.route(
            """
            - mongodb: { definition: catalogTotal, operation: U, outcomes: [absent, deleted], fields: { code: .code, last: .name } }
            """)
        let store = FaultyStore()
        store.put([UInt8].document { $0.append("_id", string: "c|b") }, in: "total")
        var limits = Limits()
        limits.batchItems = batchItems
        let outcomes = await Self.run(
            [
                items(
                    ("D", "a", "n", 5), ("I", "a", "n", 3), ("D", "a", "n", 5), ("U", "a", "m", 4),
                    ("D", "b", "n", 5), ("D", "b", "n", 6), ("IU", "b", "n", 5), ("IU", "b", "n", 7))
            ], route, store: store, limits: limits, versionField: "version")
        #expect(
            outcomes == [
                "rejected", "inserted", "rejected", "updated", "absent", "absent", "unchanged", "inserted",
            ])
        #expect(store.documents(in: StoreCollections.tombstones).count == 2)
    }

    /// A record that JSON cannot say is in the way only of what looks at it.
    @Test func `the stored record is read only for what is written`() async throws {
        let route = try Self.route(
            """
            - mongodb: { definition: catalogEvent, operation: I, outcomes: [deleted], fields: { stream: .code, version: .version, name: ~.name } }
            """)
        let store = FaultyStore()
        for code in ["a", "b"] {
            store.put(
                [UInt8].document { writer in
                    writer.append("_id", string: "c|\(code)")
                    let name = Array("odd".utf8)
                    name.withUnsafeBufferPointer { name in writer.append(name, double: .nan) }
                }, in: "thing")
        }
        let outcomes = await Self.run([items(("IU", "a", "n", 1), ("D", "b", "", 1))], route, store: store)
        #expect(outcomes == ["updated", "rejected"])
        #expect(RouteRun.reasons(store).map(\.code) == ["mappingFailed"])
    }

    @Test func `a catalog of further records that is gone is told as the mapping's`() throws {
        let route = try Self.route(Self.all)
        let message = MessageDecoder(limits: Limits(), shapes: route.shapes).decode(
            Fixtures.delivery(items(("I", "a", "n", 1))),
            catalogs: try Fixtures.catalogs.adding(files: [
                DefinitionFile(name: "0.json", bytes: Array(Self.definitions[0].utf8))
            ]), now: Fixtures.now)
        guard case .unreadable(let reasons, _, _, _) = message.content else {
            Issue.record("a message without the definition of its further records")
            return
        }
        #expect(reasons.map(\.code) == [.unknownCatalog])
        #expect(reasons.first?.text.hasPrefix("the message: its mapping writes records of 'catalogTotal', and") == true)
    }

    @Test func `an item's posting can be left out`() async throws {
        let mapping = try Self.route("- amqp: { queue: out, when: { path: ~.version, above: 1 }, body: { c: .code } }")
        let store = FaultyStore()
        await Self.run([items(("I", "a", "x", 1), ("I", "b", "x", 2))], mapping, store: store)
        let bodies = store.documents(in: StoreCollections.postings).values.compactMap { row in
            row.withUnsafeBytes { PostingRow(bson: $0) }.map { String(decoding: $0.body, as: UTF8.self) }
        }
        #expect(bodies == [#"{"c":"b"}"#])
    }

    // MARK: The model

    struct Item {
        var operation: String
        var code: String
        var name: String
        var version: Int

        init(_ all: (String, String, String, Int)) { (operation, code, name, version) = all }

        var text: String {
            #"{"operation":"\#(operation)","code":"\#(code)","name":"\#(name)","version":\#(version)}"#
        }

        static func message(_ items: [Item]) -> String {
            #"{"items":[\#(items.map(\.text).joined(separator: ","))]}"#
        }
    }

    /// What becomes of items, one after the other.
    struct Model {
        var refused: Set<String> = []
        var things: [String: (name: String, version: Int)] = [:]
        var events: [String: String] = [:]
        var totals: [String: (total: Int?, last: String?)] = [:]

        mutating func apply(_ item: Item) -> String {
            let before = self
            let outcome = applyThing(item)
            guard outcome != "rejected" else { return outcome }
            let name = outcome == "deleted" ? before.things[item.code]?.name : things[item.code]?.name
            if applyFurther(item, outcome, name ?? "") { return outcome }
            self = before
            return "rejected"
        }

        private mutating func applyThing(_ item: Item) -> String {
            let new = (name: item.name, version: item.version)
            let old = things[item.code]
            switch item.operation {
            case "D":
                things[item.code] = nil
                return old == nil ? "absent" : "deleted"
            case "I" where old != nil: return old! == new ? "unchanged" : "rejected"
            case "U" where old == nil: return "rejected"
            default:
                things[item.code] = new
                return old == nil ? "inserted" : old! == new ? "unchanged" : "updated"
            }
        }

        private mutating func applyFurther(_ item: Item, _ outcome: String, _ name: String) -> Bool {
            if ["inserted", "updated"].contains(outcome) {
                let id = "c|\(item.code)|\(item.version)"
                guard name.count <= 3, !refused.contains(id) else { return false }
                if let known = events[id], known != name { return false }
                events[id] = name
            }
            if ["inserted", "updated", "unchanged"].contains(outcome), name != "q" {
                totals[item.code, default: (nil, nil)].total = (totals[item.code]?.total ?? 0) + 1
            }
            if outcome == "deleted" {
                guard totals[item.code] != nil else { return false }
                totals[item.code]?.last = name
            }
            return true
        }
    }

    @Test("as if item after item were applied, whatever the batches and the faults", arguments: 0..<150)
    func model(seed: Int) async throws {
        var random = Seeded(UInt64(seed))
        var model = Model()
        let store = FaultyStore()
        if random.chance(0.4) {
            model.refused = ["c|a|1", "c|b|2"]
            for id in model.refused { store.refuse(ByteString(id)) }
        }
        let messages = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            (0..<Int.random(in: 1...9, using: &random)).map { _ in
                Item(
                    (
                        random.pick(["I", "U", "D", "IU", "IU"]), random.pick(["a", "b", "c"]),
                        random.pick(["n", "m", "q", "long"]), Int.random(in: 1...3, using: &random)
                    ))
            }
        }
        var limits = Limits()
        limits.batchItems = random.pick([1, 2, 3, 7, 1000])
        store.fail(
            with: (0..<Int.random(in: 0...4, using: &random)).map { _ in
                random.pick([FaultyStore.Fault.raceLost, .unavailable, .unavailableAfterCommit])
            })
        let outcomes = await Self.run(
            messages.map(Item.message), try Self.route(Self.all), store: store, limits: limits)
        let expected = messages.flatMap { $0.map { model.apply($0) } }
        // Where a commit's answer was lost, nobody hears the outcomes.
        if outcomes.count == expected.count { #expect(outcomes == expected, "seed \(seed)") }
        #expect(
            RouteRun.records("thing", store)
                == model.things.sorted { $0.key < $1.key }.map {
                    #"{"_id":"c|\#($0.key)","companyId":"c","code":"\#($0.key)","name":"\#($0.value.name)","version":\#($0.value.version)}"#
                })
        #expect(
            RouteRun.records("event", store)
                == model.events.sorted { $0.key < $1.key }.map { event in
                    let parts = event.key.split(separator: "|")
                    return
                        #"{"_id":"\#(event.key)","companyId":"c","stream":"\#(parts[1])","version":\#(parts[2]),"name":"\#(event.value)"}"#
                })
        let totals = RouteRun.records("total", store).map { try? JSONParser().parse($0) }
        let numbers = totals.map {
            $0?.withRoot { "\($0["code"]?.string ?? "") \($0["total"]?.int64 ?? 0) \($0["last"]?.string ?? "-")" }
        }
        #expect(
            numbers
                == model.totals.sorted { $0.key < $1.key }.map {
                    "\($0.key) \($0.value.total ?? 0) \($0.value.last ?? "-")"
                })
        let letters = RouteRun.reasons(store).count
        #expect(letters == expected.count { $0 == "rejected" }, "seed \(seed)")
    }
}
