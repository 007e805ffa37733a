import BSON
import Contracts
import Ingest
import IngestTesting
import JSON
import MongoStore
import Operations
import Testing

/// No answer of the store holds a lane without an end.
@Suite("Lanes and the answers of the store", .enabled(if: LiveServer.isThere, LiveServer.hint), .serialized)
struct LaneAnswerTests {
    private static func item(_ code: String, _ operation: String = "IU", name: String = "n") -> String {
        #"{"operation":"\#(operation)","code":"\#(code)","name":"\#(name)"}"#
    }

    // MARK: Targets that take no records

    struct Target: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var word: String
        var create: @Sendable (inout BSONWriter) -> Void
    }

    static let targets: [Target] = [
        Target(testDescription: "a view", word: "is a view") { command in
            command.append("viewOn", string: "other")
            command.append("pipeline", array: { _ in })
        },
        Target(testDescription: "a time series", word: "is a time series") { command in
            command.append("timeseries", document: { $0.append("timeField", string: "updatedAt") })
        },
        Target(testDescription: "a capped collection", word: "is capped") { command in
            command.append("capped", bool: true)
            command.append("size", int64: 1 << 20)
        },
    ]

    @Test(
        "A target that takes no records: its items are dead letters with the remedy, the other catalog goes on",
        arguments: targets)
    func target(target: Target) async throws {
        try await LiveStore.with { store in
            try await store.reader.command("create") { command in
                command.append("create", string: "item")
                target.create(&command)
            }
            try await LiveLane.with(store) { lane in
                lane.send((0..<20).map { Self.item("\($0)") })
                lane.send([Self.item("a", "D")])
                lane.send([Self.item("b", "U")])
                lane.send([Self.item("z")], to: "catalogZone")
                try await lane.waitUntilSettled()
                let reasons = try await store.reasons()
                #expect(reasons.count >= 20)
                for reason in reasons {
                    #expect(reason.code == "storeRefused" || reason.code == "notFound", "\(reason)")
                    if reason.code == "storeRefused" {
                        #expect(reason.text.contains(target.word) && reason.text.contains("name another collection"))
                    }
                }
                #expect(try await store.count("zone") == 1)
                #expect(store.deployment.health.isUp)

                // Put right while the gateway runs, it is used at once.
                try await store.reader.command("drop") { $0.append("drop", string: "item") }
                lane.send([Self.item("c")])
                try await lane.waitUntilSettled()
                #expect(try await store.count("item") == 1)
            }
        }
    }

    @Test("A target that becomes a view, a time series or capped while it is used", arguments: targets)
    func becomes(target: Target) async throws {
        try await LiveStore.with { store in
            try await LiveLane.with(store) { lane in
                lane.send([Self.item("a")])
                try await lane.waitUntilSettled()
                try await store.reader.command("drop") { $0.append("drop", string: "item") }
                try await store.reader.command("create") { command in
                    command.append("create", string: "item")
                    target.create(&command)
                }
                lane.send([Self.item("b"), Self.item("c")])
                lane.send([Self.item("z")], to: "catalogZone")
                try await lane.waitUntilSettled()
                let reasons = try await store.reasons()
                #expect(reasons.count == 2 && reasons.allSatisfy { $0.code == "storeRefused" }, "\(reasons)")
                #expect(try await store.count("zone") == 1)
            }
        }
    }

    @Test("A collation by which two keys are one: the second is a dead letter that says so, all others are applied")
    func collation() async throws {
        try await LiveStore.with { store in
            try await store.reader.command("create") { command in
                command.append("create", string: "item")
                command.append(
                    "collation",
                    document: { collation in
                        collation.append("locale", string: "en")
                        collation.append("strength", int64: 2)
                    })
            }
            try await LiveLane.with(store) { lane in
                lane.send([Self.item("ABC")])
                lane.send((0..<20).map { Self.item("k\($0)") } + [Self.item("abc")])
                lane.send([Self.item("both"), Self.item("BOTH"), Self.item("ABC", name: "new")])
                try await lane.waitUntilSettled()
                let reasons = try await store.reasons()
                #expect(reasons.map(\.code) == ["storeRefused", "storeRefused"])
                #expect(reasons.allSatisfy { $0.text.contains("collation (locale en, strength 2)") }, "\(reasons)")
                let outcomes = try await store.outcomes()
                #expect(outcomes[.inserted] == 22 && outcomes[.updated] == 1 && outcomes[.rejected] == 2)
            }
        }
    }

    @Test("An unusable collection of the gateway's own is reported at the start", arguments: targets)
    func ownCollection(target: Target) async throws {
        try await LiveStore.with { store in
            for name in ["gateway.deadLetters", "gateway.ledger"] {
                try await store.reader.command("drop") { $0.append("drop", string: ByteString(name)) }
                try await store.reader.command("create") { command in
                    command.append("create", string: name)
                    target.create(&command)
                }
                let other = try store.another()
                do throws(StoreError) {
                    try await other.connect()
                    Issue.record("'\(name)' was taken as \(target)")
                } catch {
                    #expect(error.message.contains("'\(name)' \(target.word)"), "\(error)")
                    #expect(other.health.detail == error.message)
                }
                await other.close()
                try await store.reader.command("drop") { $0.append("drop", string: ByteString(name)) }
                try await store.reader.command("create") { $0.append("create", string: name) }
            }
        }
    }

    // MARK: Dead letters that are refused

    @Test("Dead letters that the store refuses for what is in them are written with their payload in parts")
    func smallerLetter() async throws {
        try await LiveStore.with { store in
            try await store.setValidator(of: "gateway.deadLetters") { validator in
                validator.append("message", null: ())
                validator.append("original", null: ())
            }
            try await LiveLane.with(store, lanes: 2) { lane in
                lane.send([Self.item("a"), "7", Self.item("b")])
                lane.send("no json")
                try await lane.waitUntilSettled()
                #expect(try await store.reasons().map(\.code).sorted() == ["notJson", "schema"])
                #expect(try await store.count("gateway.deadLetterParts") == 2)
                let outcomes = try await store.outcomes()
                #expect(outcomes[.inserted] == 2 && outcomes[.rejected] == 1)
                let letters = try await store.reader.find(in: "gateway.deadLetters", filter: .document { _ in })
                for index in 0..<letters.count {
                    let letter = letters.withDocument(index) { DeadLetter(bson: $0) }
                    #expect(letter?.parts == 1 && letter?.body == nil)
                }
            }
        }
    }

    @Test("Dead letters that the store always refuses: reported, the other lane continues, and nothing is lost")
    func noLetter() async throws {
        try await LiveStore.with { store in
            try await store.setValidator(of: "gateway.deadLetters") { $0.append("never", bool: true) }
            try await LiveLane.with(store, lanes: 2) { lane in
                lane.send("no json")
                try await LiveLane.wait("it is reported", within: .seconds(20)) {
                    lane.observer.errors.contains { $0.message.contains("the broker keeps its messages") }
                }
                // Of ten companies some are on the other lane.
                for company in 0..<10 {
                    lane.send(
                        #"{"companyId":"c\#(company)","catalog":"catalogZone","items":[\#(Self.item("z"))]}"#)
                }
                try await LiveLane.wait("the other lane goes on", within: .seconds(20)) {
                    try await store.count("zone") > 0
                }
                #expect(lane.source.acknowledged.isEmpty)
                #expect(lane.observer.errors.count < 20, "no loop without a pause")
                try await store.setValidator(of: "gateway.deadLetters") { _ in }
                try await lane.waitUntilSettled()
                #expect(try await store.count("zone") == 10)
                #expect(try await store.reasons().map(\.code) == ["notJson"])
            }
        }
    }

    // MARK: Options of the URI

    @Test(
        "What a URI may say beside our own",
        arguments: [
            "w=1", "w=2", "journal=false", "readPreference=secondary", "readPreference=nearest&maxStalenessSeconds=90",
            "readConcernLevel=linearizable", "readConcernLevel=local", "readConcernLevel=available",
            "retryWrites=false",
            "retryReads=false", "wtimeoutMS=1",
        ])
    func uri(options: String) async throws {
        try await LiveStore.with {
            $0.uri += "&" + options
        } _: { store in
            try await LiveLane.with(store) { lane in
                lane.send([Self.item("a"), Self.item("b"), Self.item("a", "U", name: "m"), Self.item("b", "D")])
                lane.send("no json")
                try await lane.waitUntilSettled(within: .seconds(20))
                #expect(try await store.count("item") == 1)
                #expect(try await store.reasons().map(\.code) == ["notJson"])
            }
        }
    }

    // MARK: A value that an open batch frees

    @Test(
        "A unique value that the batch before frees while it is open causes no dead letter", arguments: 0..<3)
    func freedValue(run: Int) async throws {
        try await LiveStore.with { store in
            try await store.reader.command("create") { $0.append("create", string: "item") }
            try await store.createUniqueIndex(on: "item", ["companyId", "name"])
            var limits = Limits()
            limits.batchItems = 1000
            try await LiveLane.with(store, limits: limits) { lane in
                lane.send((0..<1000).map { Self.item("u\($0)", "I", name: "taken\($0)") })
                try await lane.waitUntilSettled()
                for round in 0..<4 {
                    lane.send((0..<1000).map { Self.item("u\($0)", "U", name: "free\(round)-\($0)") })
                    let before = round == 0 ? "taken" : "free\(round - 1)-"
                    lane.send((0..<1000).map { Self.item("n\(round)-\($0)", "I", name: "\(before)\($0)") })
                }
                try await lane.waitUntilSettled()
                #expect(try await store.count("gateway.deadLetters") == 0)
                #expect(try await store.count("item") == 5000)
                // A permanent failure is reported as before.
                lane.send([Self.item("last", "I", name: "taken7")])
                try await lane.waitUntilSettled()
                #expect(try await store.reasons().map(\.code) == ["storeRefused"])
            }
        }
    }
}
