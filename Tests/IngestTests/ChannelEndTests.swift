import BSON
@testable import Contracts
import DryRun
@testable import Ingest
import IngestTesting
import JSON
import Synchronization
import Testing

/// Deliveries whose channel has ended: the broker gives them out again, to the same gateway or to another one.
@Suite("When a channel ends", .timeLimit(.minutes(1)))
struct ChannelEndTests {
    private static func body(_ number: Int, key: String) -> String {
        #"{"companyId":"c","catalog":"catalogBrand","params":[\#(number)],"items":["#
            + #"{"operation":"IU","code":"\#(key)","name":"\#(number)"}]}"#
    }

    private static func route(
        _ source: any Source, on store: some Store, batchItems: Int = 3, clock: TestClock? = nil,
        observer: RecordingObserver = RecordingObserver()
    ) -> Route<some Store> {
        var limits = Limits()
        limits.batchItems = batchItems
        var environment = Fixtures.environment
        if let clock {
            environment.now = { clock.now }
            environment.sleep = { duration in
                clock.pass(duration)
                await Task.yield()
                try Task.checkCancellation()
            }
        }
        return Route(
            name: "test", sources: [source], lanes: [[store, store], [store, store]], limits: limits, companies: [],
            catalogs: { Fixtures.catalogs }, environment: environment, observer: observer, sourceChanged: { _ in })
    }

    private static func numbers(_ store: InMemoryStore) -> [ByteString: Int] {
        store.documents(in: "brand").mapValues { document in
            document.withUnsafeBytes { Int(BSONElements($0).first(named: "name")?.text ?? "") ?? -1 }
        }
    }

    @Test(
        "two gateways on a queue of which one is active: whenever the first is frozen and cut off, nothing goes back",
        arguments: 0..<80)
    func frozen(seed: UInt64) async throws {
        var random = Seeded(seed)
        let count = Int.random(in: 10...60, using: &random)
        let keys = Int.random(in: 1...6, using: &random)
        let bodies = (0..<count).map { Self.body($0, key: "k\(Int.random(in: 0..<keys, using: &random))") }
        let hasIDs = seed % 4 == 3
        func delivery(_ index: Int, channel: UInt64, from first: Int, redelivered: Bool) -> Delivery {
            Fixtures.delivery(
                bodies[index], number: UInt64(index - first + 1), channel: channel,
                messageId: hasIDs ? "m\(index)" : nil, redelivered: redelivered)
        }
        let store = InMemoryStore()
        let watched = MonotonicStore(store)
        let (one, two) = (ChannelSource(1), ChannelSource(2))
        let held = Int.random(in: 1...count, using: &random)

        let gate = GatedStore(watched, freezesAfter: Int.random(in: 0...6, using: &random))
        let first = Task { await Self.route(one, on: gate).run() }
        one.deliver((0..<held).map { delivery($0, channel: 1, from: 0, redelivered: false) })
        while !gate.isFrozen, one.acknowledged != UInt64(held) { await Task.yield() }
        // The broker takes the first one for dead: what it has not acknowledged goes to the second, and then the rest.
        one.cutOff()
        let acknowledged = Int(one.acknowledged)
        let second = Task { await Self.route(two, on: watched).run() }
        two.deliver(
            (acknowledged..<count).map { delivery($0, channel: 2, from: acknowledged, redelivered: $0 < held) })
        let before = Int.random(in: 0...(count - acknowledged), using: &random)
        while two.acknowledged < UInt64(before) { await Task.yield() }
        gate.thaw()
        for _ in 0..<Int.random(in: 0...200, using: &random) { await Task.yield() }
        one.noticeTheEnd()
        one.stop()
        two.stop()
        await first.value
        await second.value

        #expect(watched.steps.isEmpty, "went back: \(watched.steps)")
        var expected: [ByteString: Int] = [:]
        for (number, body) in bodies.enumerated() {
            let key = body.split(separator: #""code":""#).last?.prefix { $0 != "\"" } ?? ""
            expected[ByteString("c|\(key)")] = number
        }
        #expect(Self.numbers(store) == expected)
        #expect(two.acknowledged == UInt64(count - acknowledged))
        #expect(one.inside == 0 && two.inside == 0, "a delivery has not left the pipeline, or twice")
        var total = 0
        for row in store.documents(in: StoreCollections.ledger).values {
            total += row.withUnsafeBytes { LedgerRow(bson: $0)?.outcomes.total } ?? 0
        }
        #expect(total == count)
    }

    @Test func `two equal messages are both meant, though one like them was given out again before`() async {
        let store = InMemoryStore()
        let source = ChannelSource(1)
        let observer = RecordingObserver()
        let running = Task { await Self.route(source, on: store, observer: observer).run() }
        let equal = #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"IU","code":"a","name":"1"}]}"#
        let other = #"{"companyId":"c","catalog":"catalogBrand","items":[{"operation":"IU","code":"a","name":"2"}]}"#
        source.deliver([Fixtures.delivery(equal, number: 1, redelivered: true)])
        while source.acknowledged < 1 { await Task.yield() }
        source.deliver([
            Fixtures.delivery(other, number: 2), Fixtures.delivery(equal, number: 3),
            Fixtures.delivery(other, number: 4), Fixtures.delivery(equal, number: 5),
        ])
        source.stop()
        await running.value
        #expect(source.acknowledged == 5 && source.inside == 0)
        #expect(Self.numbers(store) == ["c|a": 1])
        let outcomes = observer.settled.flatMap { $0.result.segments.flatMap { $0.outcomes.compactMap { $0 } } }
        #expect(outcomes == [.inserted, .updated, .updated, .updated, .updated])
        #expect(source.confirmations > 0, "the broker was not asked")
    }

    @Test func `what waits when its channel ends is dropped, with an id and without, and leaves the pipeline`() async {
        let store = InMemoryStore()
        let gate = GatedStore(store, freezesAfter: 0)
        let source = ChannelSource(1)
        let running = Task { await Self.route(source, on: gate).run() }
        source.deliver(
            (0..<40).map { number in
                Fixtures.delivery(
                    Self.body(number, key: "k\(number)"), number: UInt64(number + 1),
                    messageId: number.isMultiple(of: 2) ? "m\(number)" : nil)
            })
        while !gate.isFrozen { await Task.yield() }
        source.noticeTheEnd()
        gate.thaw()
        while source.inside > 0 { await Task.yield() }
        source.stop()
        await running.value
        // Those that were at work in the store already, on four stores at most.
        #expect(Self.numbers(store).count <= 4 * 3)
        #expect(source.acknowledged == 0 || source.acknowledged < 40)
    }

    @Test(
        "while the store takes nothing all is given back once, and leaves the pipeline only when the store takes it again",
        arguments: [true, false])
    func outage(hasIDs: Bool) async {
        let clock = TestClock()
        let inner = InMemoryStore()
        let store = AwayStore(inner)
        let source = ChannelSource(1)
        let running = Task { await Self.route(source, on: store, clock: clock).run() }
        func deliveries(channel: UInt64) -> [Delivery] {
            (0..<20).map { number in
                Fixtures.delivery(
                    Self.body(number, key: "k"), number: UInt64(number + 1), channel: channel,
                    messageId: hasIDs ? "m\(number)" : nil, redelivered: channel > 1)
            }
        }
        source.deliver(deliveries(channel: 1))
        while source.givenBack == 0 { await Task.yield() }
        #expect(clock.now - Fixtures.now >= 60_000)
        let triesBefore = store.tries
        while store.tries < triesBefore + 20 { await Task.yield() }
        #expect(source.inside > 0, "it may take messages while the store is away")
        #expect(source.givenBack == 1)
        #expect(inner.documents(in: "brand").isEmpty)
        store.comeBack()
        while source.inside > 0 { await Task.yield() }
        if !hasIDs { #expect(inner.documents(in: "brand").isEmpty, "applied what was given out again") }
        source.deliver(deliveries(channel: source.openAgain()))
        source.stop()
        await running.value
        #expect(source.acknowledged == 20 && source.inside == 0)
        #expect(Self.numbers(inner) == ["c|k": 19])
        var total = 0
        for row in inner.documents(in: StoreCollections.ledger).values {
            total += row.withUnsafeBytes { LedgerRow(bson: $0)?.outcomes.total } ?? 0
        }
        #expect(total == 20)
    }

    @Test func `a store that only seems to be back is given longer and longer rests`() {
        let outage = Outage(patience: .seconds(60))
        var rests: [Duration] = []
        for round in 1...9 {
            let now = Int64(round) * 1_000_000
            #expect(!outage.mustGiveBack(troubleSince: now - 59_000, now: now))
            #expect(outage.mustGiveBack(troubleSince: now - 60_000, now: now))
            outage.gaveBack(at: now)
            outage.gaveBack(at: now + 5)
            rests.append(outage.rest)
        }
        #expect(rests == [0, 60, 120, 240, 480, 960, 1920, 1920, 1920].map { .seconds($0) })
        outage.settled(at: 10_000_000)
        #expect(outage.rest == .zero)
        // Others get through: this one has ten times as long.
        #expect(!outage.mustGiveBack(troubleSince: 9_500_000, now: 10_050_000))
        #expect(outage.mustGiveBack(troubleSince: 9_450_000, now: 10_050_000))
    }
}

// MARK: What the tests are made of

/// A clock that moves when somebody sleeps.
private final class TestClock: Sendable {
    private let time = Mutex(Fixtures.now)

    var now: Int64 { time.withLock { $0 } }
    func pass(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        time.withLock { $0 += seconds * 1000 + attoseconds / 1_000_000_000_000_000 }
    }
}

/// A source whose channel a test ends, with or without its knowledge.
private final class ChannelSource: Source {
    private struct State {
        var channel: UInt64
        var isCutOff = false
        var acknowledged: UInt64 = 0
        var inside = 0
        var givenBack = 0
        var confirmations = 0
    }

    let events: AsyncStream<SourceEvent>
    private let continuation: AsyncStream<SourceEvent>.Continuation
    private let state: Mutex<State>

    init(_ channel: UInt64) {
        (events, continuation) = AsyncStream.makeStream(of: SourceEvent.self)
        state = Mutex(State(channel: channel))
    }

    func deliver(_ deliveries: [Delivery]) {
        state.withLock { $0.inside += deliveries.count }
        continuation.yield(.deliveries(deliveries))
    }

    var acknowledged: UInt64 { state.withLock { $0.acknowledged } }
    /// Deliveries that have not left the pipeline.
    var inside: Int { state.withLock { $0.inside } }
    var givenBack: Int { state.withLock { $0.givenBack } }
    var confirmations: Int { state.withLock { $0.confirmations } }

    /// The broker has closed the channel, and nobody here knows.
    func cutOff() { state.withLock { $0.isCutOff = true } }
    func noticeTheEnd() {
        state.withLock { state in
            state.channel = 0
            state.acknowledged = 0
        }
    }
    /// A new channel, and its number.
    func openAgain() -> UInt64 {
        state.withLock { state in
            state.channel = 77
            state.isCutOff = false
            state.acknowledged = 0
            return 77
        }
    }

    func acknowledge(upTo tag: DeliveryTag) {
        state.withLock { state in
            if tag.channel == state.channel, !state.isCutOff {
                state.acknowledged = max(state.acknowledged, tag.number)
            }
        }
    }
    func isOpen(_ channel: UInt64) -> Bool { state.withLock { $0.channel == channel } }
    func confirmOpen(_ channel: UInt64) async -> Bool {
        await Task.yield()
        return state.withLock { state in
            state.confirmations += 1
            // The answer that does not come is that of a broker which has closed it.
            if state.isCutOff { state.channel = 0 }
            return state.channel == channel
        }
    }
    func giveBack() {
        state.withLock { state in
            if state.channel != 0 { state.givenBack += 1 }
            state.channel = 0
        }
    }
    func passed(_ count: Int, of channel: UInt64) { state.withLock { $0.inside -= count } }
    func stop() { continuation.finish() }
    func close() async {}
}

/// A store whose calls, after so many, hang until it is thawed: as those of a process that was stopped.
private final class GatedStore<Inner: Store>: Store {
    private let inner: Inner
    private let state: Mutex<(left: Int, waiting: [CheckedContinuation<Void, Never>], isOpen: Bool)>

    init(_ inner: Inner, freezesAfter count: Int) {
        self.inner = inner
        state = Mutex((count, [], false))
    }

    var isFrozen: Bool { state.withLock { !$0.waiting.isEmpty } }

    func thaw() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        await withCheckedContinuation { continuation in
            let mayPass = state.withLock { state in
                if state.isOpen || state.left > 0 {
                    state.left -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if mayPass { continuation.resume() }
        }
        return try await inner.settle(reads, turn: turn, plan: plan)
    }
}

/// A store that notes each record whose number becomes less than it was.
private final class MonotonicStore: Store {
    private let inner: InMemoryStore
    private let state = Mutex((numbers: [ByteString: Int](), steps: [String]()))

    init(_ inner: InMemoryStore) { self.inner = inner }

    var steps: [String] { state.withLock { $0.steps } }

    func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        let result = try await inner.settle(reads, turn: turn, plan: plan)
        state.withLock { state in
            for (id, document) in inner.documents(in: "brand") {
                let number = document.withUnsafeBytes { Int(BSONElements($0).first(named: "name")?.text ?? "") ?? -1 }
                if let old = state.numbers[id], number < old { state.steps.append("\(id): \(old) to \(number)") }
                state.numbers[id] = number
            }
        }
        return result
    }
}

/// A store that is away until it comes back.
private final class AwayStore: Store {
    private let inner: InMemoryStore
    private let state = Mutex((isAway: true, tries: 0))

    init(_ inner: InMemoryStore) { self.inner = inner }

    var tries: Int { state.withLock { $0.tries } }
    func comeBack() { state.withLock { $0.isAway = false } }

    func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        let isAway = state.withLock { state in
            state.tries += 1
            return state.isAway
        }
        await Task.yield()
        if isAway { throw StoreError(kind: .unavailable, code: 6, message: "no server") }
        return try await inner.settle(reads, turn: turn, plan: plan)
    }
}
