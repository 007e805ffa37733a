import Documents
import Pipeline
import PipelineTesting
import Records
import Testing

/// The plan against the one-by-one model: whatever the sequence and however it is cut into batches, the outcomes and the
/// records are those of applying the items one after another.
@Suite struct BatchPlanTests {
    /// Settles messages batch by batch, as a lane does.
    private static func settle(
        _ messages: [PreparedMessage], in store: InMemoryStore, limits: Limits
    ) async throws -> [[Outcome?]] {
        let environment = Fixtures.environment
        var outcomes: [[Outcome?]] = []
        var batcher = Batcher(limits: limits)
        for message in messages { batcher.append(message) }
        while let batch = batcher.batch() {
            let plan = BatchPlan(
                batch, context: PlanContext(route: "test", now: Fixtures.now, seed: environment.seed()))
            let result = try await store.settle(plan.reads) { plan.plan($0) }
            #expect(result.missingLedgerIDs.isEmpty)
            for (segment, ended) in zip(batch.segments, result.segments) {
                if segment.range.lowerBound == 0 { outcomes.append([]) }
                outcomes[outcomes.count - 1] += ended.outcomes
            }
        }
        return outcomes
    }

    @Test("random sequences on few keys end as one by one", arguments: 0..<40)
    func random(seed: UInt64) async throws {
        var generator = SplitMix(state: seed &* 7919 &+ 1)
        for _ in 0..<50 {
            let store = InMemoryStore()
            var model = ReferenceModel()
            var limits = Limits()
            limits.batchItems = Int.random(in: 1...20, using: &generator)
            var messages: [PreparedMessage] = []
            var expected: [[Outcome]] = []
            for number in 1...Int.random(in: 1...5, using: &generator) {
                let items = (0..<Int.random(in: 0...12, using: &generator)).map { _ in RandomItem(using: &generator) }
                let body =
                    #"{"companyId":"c","catalog":"catalogItem","items":["# + items.map(\.json).joined(separator: ",")
                    + "]}"
                messages.append(
                    Fixtures.prepare(Fixtures.delivery(body, number: UInt64(number), messageId: "m\(number)")))
                expected.append(
                    items.map { model.apply($0.operation, id: $0.id, fields: $0.fields, collection: "item") })
            }
            let outcomes = try await Self.settle(messages, in: store, limits: limits)
            #expect(outcomes == expected.map { $0.map(Optional.some) })
            let stored = store.documents(in: "item").mapValues { ReferenceModel.Record(stored: $0) }
            #expect(stored == model.records["item"] ?? [:])
        }
    }

    @Test func `all 24 orders of the four operations on one key, fresh and present`() async throws {
        for order in permutations(["I", "U", "D", "IU"]) {
            for isPresent in [false, true] {
                let store = InMemoryStore()
                var model = ReferenceModel()
                var items = order.enumerated().map { RandomItem(operation: $1, code: "k", price: "\($0).50") }
                if isPresent { items.insert(RandomItem(operation: "I", code: "k", price: "9"), at: 0) }
                let body =
                    #"{"companyId":"c","catalog":"catalogItem","items":["# + items.map(\.json).joined(separator: ",")
                    + "]}"
                let outcomes = try await Self.settle(
                    [Fixtures.prepare(Fixtures.delivery(body, messageId: "m"))], in: store, limits: Limits())
                let expected = items.map {
                    model.apply($0.operation, id: "c|k", fields: $0.fields, collection: "item")
                }
                #expect(outcomes == [expected.map(Optional.some)], "\(order)")
                #expect(
                    store.documents(in: "item").mapValues { ReferenceModel.Record(stored: $0) }
                        == model.records["item"] ?? [:])
            }
        }
    }

    private func permutations(_ words: [String]) -> [[String]] {
        guard words.count > 1 else { return [words] }
        return words.indices.flatMap { index -> [[String]] in
            var rest = words
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }
}

/// An item on one of few keys, with few values, so that repetitions and equal records are common.
private struct RandomItem {
    let operation: String
    let code: String
    let json: String

    init(operation: String, code: String, price: String) {
        self.operation = operation
        self.code = code
        json = #"{"operation":"\#(operation)","code":"\#(code)","name":"n","price":\#(price)}"#
    }

    init(using generator: inout SplitMix) {
        operation = ["I", "U", "D", "IU"].randomElement(using: &generator) ?? "I"
        code = ["a", "b", "|", "\\\\", "é", "e\u{301}"].randomElement(using: &generator) ?? "a"
        var members = [#""operation":"\#(operation)""#, #""code":"\#(code)""#, #""name":"n""#]
        let prices = ["1", "1.0", "1.50", "1.5", "2", "0", "-0.0", "1e1", "10", "0.0000001", "null"]
        if Bool.random(using: &generator) {
            members.append(#""price":\#(prices.randomElement(using: &generator) ?? "1")"#)
        }
        let attributes = [
            "null", "{}", #"{"x":1,"y":[1,2]}"#, #"{"y":[1,2],"x":1}"#, #"{"y":[2,1],"x":1.0}"#,
            #"{"x":{"y":{"z":null}}}"#,
        ]
        if Bool.random(using: &generator) {
            members.append(#""attributes":\#(attributes.randomElement(using: &generator) ?? "{}")"#)
        }
        if Bool.random(using: &generator) {
            members.append(
                #""unknown":\#(["1", "1.0", "\"1\"", "true", "[]", "0.5"].randomElement(using: &generator) ?? "1")"#)
        }
        if Bool.random(using: &generator) {
            members.append(#""active":\#(["true", "false"].randomElement(using: &generator) ?? "true")"#)
        }
        json = "{" + members.shuffled(using: &generator).joined(separator: ",") + "}"
    }

    /// The code as it stands in JSON has its backslash doubled already; the separator is escaped here.
    var id: ByteString { ByteString("c|" + (code == "|" ? "\\|" : code)) }

    var fields: ReferenceModel.Record {
        guard let document = try? JSONParser().parse(json) else { preconditionFailure("no JSON: \(json)") }
        var fields: ReferenceModel.Record = [:]
        document.withRoot { root in
            for member in root.members where !member.name.isString("operation") {
                fields[ByteString(copying: member.name.utf8)] = ReferenceValue(member.value)
            }
        }
        return fields
    }
}

/// A small generator with a seed, so that a failure can be run again (Steele, Lea, Flood: "Fast Splittable Pseudorandom
/// Number Generators").
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
