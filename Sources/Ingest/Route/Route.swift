package import Contracts
internal import JSON
package import Mappings
package import Schemas

/// Processes deliveries from sources: decodes and validates them, dispatches each to the lane of its company and
/// catalog, and acknowledges what is settled.
///
/// Order holds within each source: its deliveries are decoded in sequence, and those of one company and catalog share a
/// lane. Deliveries of several sources meet in the lanes, so no two ever write one record at a time.
package struct Route<S: Store>: Sendable {
    package let name: String
    private let sources: [any Source]
    private let lanes: [[S]]
    private let limits: Limits
    private let companies: [String]
    private let shapes: [MessageShape]
    private let takesAll: Bool
    private let ignoresOthers: Bool
    private let versionField: ByteString?
    private let resultQueue: String?
    private let answers: AnswerTable
    private let catalogs: @Sendable () -> Catalogs
    private let refreshCatalogs: @Sendable () async -> CatalogRefresh
    private let sequences: (any SequenceStore)?
    private let environment: GatewayEnvironment
    private let observer: any IngestObserver
    private let intake: Intake
    private let sourceChanged: @Sendable (SourceEvent) -> Void
    private let patience: Duration

    /// `sources`: at least one. `lanes`: for each, the stores on which its batches are settled; so many may be at work
    /// at once. `catalogs` is asked for every message, so that definitions can change while running; `refreshCatalogs`
    /// is called when a message names a catalog that is not among them, and says what came of it. `sourceChanged` is
    /// called with `up` and `down`. `versionField`: the field by which an item that is older than its record is
    /// recognized and left out. `resultQueue`: where results go, beside those that ask for one. `answers`: what requests are answered. `intake`: shut to end
    /// the route without what its sources still hold.
    /// `sequences`: needed if shapes take numbers of them.
    /// `patience`: how long nothing may get into the store before all deliveries are given back.
    package init(
        name: String, sources: [any Source], lanes: [[S]], limits: Limits, companies: [String],
        shapes: [MessageShape] = [.catalog], takesAll: Bool = false, ignoresOthers: Bool = false,
        versionField: String? = nil,
        resultQueue: String? = nil, answers: AnswerTable = .usual, catalogs: @escaping @Sendable () -> Catalogs,
        refreshCatalogs: @escaping @Sendable () async -> CatalogRefresh = { .unchanged },
        sequences: (any SequenceStore)? = nil,
        environment: GatewayEnvironment,
        observer: any IngestObserver, intake: Intake = Intake(), patience: Duration = .seconds(60),
        sourceChanged: @escaping @Sendable (SourceEvent) -> Void
    ) {
        precondition(!lanes.isEmpty && lanes.allSatisfy { !$0.isEmpty }, "a route needs a lane, and a lane a store")
        precondition(sequences != nil || shapes.allSatisfy(\.sequences.isEmpty), "numbers need a store")
        self.name = name
        self.sources = sources
        self.lanes = lanes
        self.limits = limits
        self.companies = companies
        self.shapes = shapes
        self.takesAll = takesAll
        self.ignoresOthers = ignoresOthers
        self.versionField = versionField.map { ByteString($0) }
        self.resultQueue = resultQueue
        self.answers = answers
        self.catalogs = catalogs
        self.refreshCatalogs = refreshCatalogs
        self.sequences = sequences
        self.environment = environment
        self.observer = observer
        self.intake = intake
        self.patience = patience
        self.sourceChanged = sourceChanged
    }

    /// Runs until the sources end or the intake is shut, and everything admitted is settled. After cancellation the
    /// broker redelivers unsettled messages.
    package func run() async {
        let inlets = sources.enumerated().map { Inlet(number: $0.offset, source: $0.element) }
        let inFlight = InFlight(limits: limits)
        intake.open(inFlight)
        let queues = lanes.map { _ in LaneQueue(limits: limits, newStamp: environment.stamp) }
        let channels = RouteChannels(sources: sources)
        let outage = Outage(patience: patience)
        let groups = OrderGroups()
        await withTaskGroup(of: Void.self) { group in
            var workers = 0
            for (stores, queue) in zip(lanes, queues) {
                let lane = ApplyLane(
                    number: workers, stores: stores, queue: queue, limits: limits, route: name,
                    versionField: versionField,
                    resultQueue: resultQueue, answers: answers, environment: environment, observer: observer,
                    channels: channels, outage: outage,
                    answered: { delivery, answer in
                        inlets[delivery.source].source.answer(answer, to: delivery.tag)
                    },
                    messageSettled: { message in
                        let delivery = message.message.delivery
                        inFlight.leave(bytes: message.weight, items: message.itemCount)
                        let inlet = inlets[delivery.source]
                        inlet.settled(delivery.tag)
                        inlet.source.passed(1, of: delivery.tag.channel)
                    })
                workers += stores.count
                group.addTask { await lane.run() }
            }
            await withTaskGroup(of: Void.self) { dispatchers in
                for inlet in inlets {
                    dispatchers.addTask { await dispatch(from: inlet, to: queues, inFlight: inFlight, groups) }
                }
            }
            for queue in queues { queue.finish() }
            await group.waitForAll()
        }
    }

    private func dispatch(from inlet: Inlet, to queues: [LaneQueue], inFlight: InFlight, _ groups: OrderGroups) async {
        let decoder = MessageDecoder(
            limits: limits, companies: companies, shapes: shapes, takesAll: takesAll,
            ignoresOthers: ignoresOthers, source: inlet.number, seed: environment.seed)
        let preparer = ItemPreparer(limits: limits, versionField: versionField)
        for await event in inlet.source.events {
            guard case .deliveries(let deliveries) = event else {
                sourceChanged(event)
                continue
            }
            for (index, delivery) in deliveries.enumerated() {
                let channel = delivery.tag.channel
                inlet.acks.arrived(delivery.tag)
                // A message that is not admitted stays with its source, with all behind it.
                guard await inFlight.enter(bytes: delivery.body.count) else { return }
                inlet.source.admitted(delivery.tag)
                // After a long wait it may have been redelivered, and must not be settled.
                guard inlet.source.isOpen(channel) else {
                    inFlight.leave(bytes: delivery.body.count, items: 0)
                    inlet.source.passed(1, of: channel)
                    continue
                }
                let behind = deliveries.count - index - 1
                guard let messages = await messages(of: delivery, by: decoder, behind: behind) else { return }
                if messages.count > 1 {
                    inlet.acks.split(delivery.tag, into: messages.count)
                    inlet.source.passed(1 - messages.count, of: channel)
                }
                for (number, message) in messages.enumerated() {
                    if case .ignored = message.content {
                        observer.ignored(message.delivery)
                        if message.delivery.request != nil { inlet.source.answer(.ignored, to: delivery.tag) }
                        inFlight.leave(bytes: delivery.body.count, items: 0)
                        inlet.settled(delivery.tag)
                        inlet.source.passed(1, of: channel)
                        continue
                    }
                    if number > 0 { inFlight.enterPart(bytes: delivery.body.count) }
                    if case .catalog(let catalog) = message.content,
                        groups.isMove(of: catalog.definition.catalog, to: catalog.orderGroup)
                    {
                        guard await inFlight.settleOthers() else { return }
                        groups.move(catalog.definition.catalog, to: catalog.orderGroup)
                    }
                    let prepared = preparer.begin(message)
                    inFlight.count(
                        items: prepared.itemCount, furtherBytes: prepared.weight - delivery.body.count)
                    queues[message.lane(of: queues.count)].append(prepared)
                }
            }
        }
    }

    /// The messages of a delivery, with current definitions and numbers of their own; nil on shutdown: undecided messages
    /// stay with the broker. `behind`: number of deliveries that follow at once.
    private func messages(of delivery: Delivery, by decoder: MessageDecoder, behind: Int) async -> [Message]? {
        decoder.numbers.begin()
        var isCurrent = false
        while true {
            let messages = decoder.messages(of: delivery, catalogs: catalogs(), now: environment.now())
            let missing = decoder.numbers.missing
            if !missing.isEmpty {
                guard await reserve(missing, for: decoder.numbers, behind: behind) else { return nil }
            } else if !isCurrent, messages.contains(where: \.namesUnknownCatalog) {
                // A catalog may have been created a moment ago, and an unavailable store must not make it unknown.
                guard await catalogsAreCurrent() else { return nil }
                isCurrent = true
            } else {
                return messages
            }
            decoder.numbers.rewind()
        }
    }

    /// Numbers reserved at once for deliveries behind the one that needs some.
    private static var numbersAhead: Int { 1000 }

    /// Reserves what a delivery needs and, by the same measure, those behind it. False on shutdown.
    private func reserve(
        _ missing: [(sequence: NumberSequence, count: Int)], for numbers: SequenceNumbers, behind: Int
    ) async -> Bool {
        guard let sequences else { preconditionFailure("a route without sequences takes numbers") }
        for (sequence, count) in missing {
            let most = Self.numbersAhead
            let ahead = min(most, min(count, most) * min(behind, most))
            var backoff = Backoff(least: .milliseconds(50), most: .seconds(1))
            var failures = 0
            while true {
                do throws(StoreError) {
                    let reserved = try await sequences.reserve(count + ahead, of: sequence.name, from: sequence.first)
                    numbers.add(reserved, to: sequence)
                    break
                } catch {
                    failures += 1
                    if error.kind == .refused || (error.kind == .unknown && failures >= Self.triesOfUnknown) {
                        numbers.refuse(sequence, error.message)
                        break
                    }
                }
                let wait = backoff.wait(chance: environment.chance())
                guard !intake.isShut, (try? await environment.sleep(wait)) != nil else { return false }
            }
        }
        return true
    }

    private static var triesOfUnknown: Int { 3 }

    /// True once the definitions are known to be current, however long that takes; false on shutdown.
    private func catalogsAreCurrent() async -> Bool {
        while true {
            switch await refreshCatalogs() {
            case .changed, .unchanged: return true
            case .ended: return false
            case .unavailable:
                guard (try? await environment.sleep(.milliseconds(200))) != nil else { return false }
            }
        }
    }
}

extension RequestAnswer {
    /// No case of the route takes it, and the route lets such requests go.
    fileprivate static let ignored = RequestAnswer(status: 202)
}

extension Message {
    fileprivate var namesUnknownCatalog: Bool {
        guard case .unreadable(let reasons, _, _, _) = content else { return false }
        return reasons.contains { $0.code == .unknownCatalog }
    }

    /// The lane of a company and order group, so that their order holds. FNV-1a over UTF-8: the same in every process.
    func lane(of count: Int) -> Int {
        guard count > 1, case .catalog(let catalog) = content else { return 0 }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        add(catalog.companyId.bytes)
        add([0])
        add(catalog.orderGroup.utf8)
        return Int((hash ^ hash >> 32) % UInt64(count))
    }
}
