import Contracts
import JSON
import MongoStore
import Testing

@Suite("What a failure means")
struct FailureTableTests {
    static let write = MongoFailure.Step.write(collection: "item")
    static let read = MongoFailure.Step.read(collection: "item")

    struct Case: Sendable, CustomTestStringConvertible {
        var step = FailureTableTests.write
        var origin = MongoFailure.Origin.server
        var code = 0
        var labels: MongoFailure.Labels = []
        var isOneDocument = false
        var keyPattern: [ByteString] = []
        var verdict: Verdict

        var failure: MongoFailure {
            var failure = MongoFailure(step: step, origin: origin, code: code, text: "secret value")
            failure.labels = labels
            failure.isOneDocument = isOneDocument
            failure.keyPattern = keyPattern
            return failure
        }

        var testDescription: String { "\(step) \(origin) \(code) \(labels.rawValue) \(isOneDocument) -> \(verdict)" }
    }

    static let cases: [Case] = [
        // infrastructure, whatever labels it carries
        Case(origin: .network, verdict: .unavailable),
        Case(origin: .network, labels: .transientTransaction, verdict: .unavailable),
        Case(origin: .selection, verdict: .unavailable),
        Case(origin: .authentication, verdict: .unavailable),
        Case(code: 91, labels: .transientTransaction, verdict: .unavailable),
        Case(code: 10107, labels: .transientTransaction, verdict: .unavailable),
        Case(code: 14031, verdict: .unavailable),
        Case(code: 13, isOneDocument: true, verdict: .unavailable),
        // races
        Case(code: 112, labels: .transientTransaction, verdict: .raceLost),
        Case(code: 112, verdict: .raceLost),
        Case(step: read, code: 251, verdict: .raceLost),
        Case(code: 20_000, labels: .transientTransaction, verdict: .raceLost),
        Case(code: 11000, isOneDocument: true, keyPattern: ["_id"], verdict: .raceLost),
        // data
        Case(code: 11000, isOneDocument: true, keyPattern: ["companyId", "code"], verdict: .refused),
        Case(code: 11000, isOneDocument: true, keyPattern: ["_id", "code"], verdict: .refused),
        Case(code: 121, isOneDocument: true, verdict: .refused),
        Case(code: 10334, verdict: .refused),
        Case(code: 388, verdict: .refused),
        Case(code: 2, isOneDocument: true, verdict: .refused),
        Case(origin: .document, verdict: .refused),
        // neither: the command itself was wrong, or nobody knows
        Case(code: 2, verdict: .unknown),
        Case(code: 9, verdict: .unknown),
        Case(code: 8, verdict: .unknown),
        Case(code: 54_321, isOneDocument: true, verdict: .unknown),
        Case(origin: .driver, verdict: .unknown),
        // the commit
        Case(step: .commit, origin: .network, verdict: .commitAgain),
        Case(step: .commit, origin: .network, labels: .transientTransaction, verdict: .commitAgain),
        Case(step: .commit, code: 91, labels: .unknownCommit, verdict: .commitAgain),
        Case(step: .commit, code: 64, verdict: .commitAgain),
        Case(step: .commit, code: 50, labels: .unknownCommit, verdict: .commitAgain),
        Case(step: .commit, code: 251, labels: .transientTransaction, verdict: .raceLost),
        Case(step: .commit, code: 112, labels: .transientTransaction, verdict: .raceLost),
        Case(step: .commit, code: 100, verdict: .unavailable),
        // Whatever nobody knows of a commit, it may have been done.
        Case(step: .commit, code: 8, verdict: .commitAgain),
        Case(step: .commit, code: 54_321, verdict: .commitAgain),
        Case(step: .commit, origin: .driver, verdict: .commitAgain),
        // a collection that takes no records
        Case(code: 166, verdict: .refused),
        Case(code: 263, verdict: .refused),
        Case(step: .create(collection: "item"), code: 73, verdict: .refused),
        Case(origin: .form, verdict: .refused),
        Case(step: .command("ping"), code: 166, verdict: .unknown),
    ]

    @Test("A failure of the whole collection names it, one of a document does not")
    func refusedCollection() {
        let item = FailureTableTests.cases.map { ($0, $0.failure.storeError.collection) }
        for (given, collection) in item {
            let isWhole =
                given.verdict != .raceLost
                && (given.origin == .form || [73, 166, 263].contains(given.code) && given.step != .command("ping")
                    || given.step == .create(collection: "item"))
            #expect(collection == (isWhole ? "item" : nil), "\(given)")
        }
        var read = MongoFailure(step: Self.read, origin: .server, code: 54_321, text: "")
        #expect(read.storeError.collection == "item", "each of its items would be read again")
        read.code = 91
        #expect(read.storeError.collection == nil)
    }

    @Test("Codes, labels and origins give one verdict", arguments: cases)
    func verdict(given: Case) {
        #expect(given.failure.verdict == given.verdict)
    }

    @Test("What the server says about one document is not shown", arguments: cases.filter(\.isOneDocument))
    func noPayload(given: Case) {
        #expect(!given.failure.storeError.message.contains("secret value"))
    }

    @Test("A unique index on an optional field: the text names the cause and the cure")
    func uniqueIndex() throws {
        let refused = try #require(Self.cases.first { $0.code == 11000 && $0.verdict == .refused })
        let message = refused.failure.storeError.message
        #expect(message.contains("the unique index (companyId, code)"), "\(message)")
        #expect(message.contains("a missing field counts as null") && message.contains("sparse or partial"))
    }

    @Test("The kind that the pipeline gets")
    func kinds() {
        let kinds: [(Verdict, StoreError.Kind)] = [
            (.raceLost, .unavailable), (.commitAgain, .unavailable), (.unavailable, .unavailable), (.refused, .refused),
            (.unknown, .unknown),
        ]
        for (verdict, kind) in kinds { #expect(verdict.kind == kind) }
    }
}

@Suite("Runs after a lost race")
struct RaceTriesTests {
    @Test("Twelve runs, pauses that grow and stay bounded", arguments: [0, 0.5, 1])
    func pauses(chance: Double) {
        var tries = RaceTries()
        var pauses: [Duration] = []
        while let pause = tries.nextPause(chance: chance) { pauses.append(pause) }
        #expect(pauses.count == RaceTries.limit - 1)
        #expect(pauses.allSatisfy { $0 > .zero && $0 <= RaceTries.longestPause })
        #expect(pauses == pauses.sorted())
        #expect(tries.nextPause(chance: chance) == nil)
    }
}
