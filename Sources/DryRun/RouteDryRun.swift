internal import BSON
package import Contracts
package import Ingest
package import JSON
package import Mappings
package import Schemas
internal import Synchronization

/// Runs a route offline: messages pass through the real pipeline stages, with records in memory.
package final class RouteDryRun {
    /// Result for one message.
    package struct Report {
        package enum Kind: Sendable { case applied, duplicate, deadLettered, refused, ignored }

        package var kind: Kind
        package var prepared: PreparedMessage
        /// One for each item; empty unless applied.
        package var outcomes: [Outcome]
        /// Numbers of the items left out because their record, or its deletion, is newer (`versionField`).
        package var staleItems: Set<Int> = []
        /// What a request is answered.
        package var answer: RequestAnswer?
    }

    package let store: InMemoryStore
    private let catalogs: Catalogs
    private let route: RouteMapping
    private let now: Int64
    private let decoder: MessageDecoder
    private let preparer: ItemPreparer
    private var number: UInt64 = 0
    /// Loads records not in memory yet; nil: memory only.
    private let loading: Loading?
    /// The setting that names the route's queue; nil if unset.
    private let setting: (String) -> String?
    private var loaded: Set<String> = []

    /// Loads documents of a collection by `_id`.
    package typealias Loading = (_ collection: String, _ ids: [ByteString]) async throws(StoreError) -> [[UInt8]]

    /// `now`: milliseconds since 1970, the time of all events. `first`: the first sequence number; runs that share a
    /// store need distinct ones, since ids derive from them. `setting`: looks up settings by name; the ledger
    /// identifies messages by queue name, which may be one. `trail`: records the branches taken.
    package init(
        _ route: RouteMapping, catalogs: Catalogs, now: Int64, store: InMemoryStore = InMemoryStore(),
        companies: [String] = [], limits: Limits = Limits(), first: UInt64 = 0,
        trail: Trail? = nil, setting: @escaping (String) -> String? = { _ in nil },
        loading: Loading? = nil
    ) {
        self.setting = setting
        self.loading = loading
        self.store = store
        number = first
        self.route = route
        self.catalogs = catalogs
        self.now = now
        let seeds = Seeds(first: first)
        // Reports are complete: no truncation.
        var limits = limits
        limits.wholeBytes = .max
        limits.wholeMappedBytes = .max
        decoder = MessageDecoder(
            limits: limits, companies: companies, shapes: route.shapes, takesAll: route.takesAll,
            ignoresOthers: route.ignoresOthers, trail: trail,
            // Only keys of messages without a message-id depend on it: the same in each run, and never given twice.
            seed: { seeds.next() })
        preparer = ItemPreparer(limits: limits, versionField: route.versionField.map { ByteString($0) })
    }

    /// Applies one message. One report, or one for each case that matches it.
    package func receive(_ delivery: Delivery) async throws(StoreError) -> [Report] {
        var reports: [Report] = []
        try await loadSequences()
        for prepared in prepare(delivery) {
            if case .ignored = prepared.message.content {
                reports.append(Report(kind: .ignored, prepared: prepared, outcomes: []))
            } else {
                reports.append(try await settle(Segment(message: prepared, range: 0..<prepared.items.count)))
            }
        }
        return reports
    }

    /// Decodes and validates a message without applying it.
    package func prepare(_ delivery: Delivery) -> [PreparedMessage] {
        decoder.numbers.begin()
        while true {
            let messages = decoder.messages(of: delivery, catalogs: catalogs, now: now)
            let missing = decoder.numbers.missing
            if missing.isEmpty { return messages.map { preparer.prepare($0) } }
            for (sequence, count) in missing {
                do throws(StoreError) {
                    let numbers = try store.reserveNow(count, of: sequence.name, from: sequence.first)
                    decoder.numbers.add(numbers, to: sequence)
                } catch {
                    decoder.numbers.refuse(sequence, error.message)
                }
            }
            decoder.numbers.rewind()
        }
    }

    /// Loads where the sequences of the route are; those of which numbers were taken here go on from there.
    func loadSequences() async throws(StoreError) {
        let begun = store.documents(in: StoreCollections.sequences)
        let names = Set(route.shapes.flatMap(\.sequences).map { ByteString($0.name) }).filter { begun[$0] == nil }
        try await load(Array(names), of: StoreCollections.sequences)
    }

    func settle(_ part: Segment) async throws(StoreError) -> Report {
        let prepared = part.message
        try await load(part)
        var batch = Batch(segments: [part])
        while true {
            number += 1
            let plan = BatchPlan(
                batch,
                context: PlanContext(
                    route: route.name, now: now, seed: number << 24,
                    versionField: preparer.versionField, answers: route.answers, limits: preparer.limits,
                    stamp: PostingStamp(milliseconds: now, count: UInt32(truncatingIfNeeded: number), process: 0)))
            let result = try await store.settle(plan.reads) { plan.plan($0) }
            guard !result.isUndecided else {
                batch.furtherLedgerIDs += result.missingLedgerIDs
                batch.confirmed.merge(result.doubtful) { $1 }
                continue
            }
            let segment = result.segments[0]
            let kind: Report.Kind =
                switch segment.kind {
                case .applied: .applied
                case .duplicate: .duplicate
                case .deadLettered: .deadLettered
                case .refused: .refused
                }
            return Report(
                kind: kind, prepared: prepared, outcomes: segment.outcomes.compactMap { $0 },
                staleItems: Set(segment.staleItems), answer: segment.answer)
        }
    }

    /// Loads the records of a message part into memory, once.
    func load(_ part: Segment) async throws(StoreError) {
        let context = PlanContext(route: route.name, now: now, seed: 0, versionField: preparer.versionField)
        let reads = BatchPlan(Batch(segments: [part]), context: context).reads
        for (collection, ids) in reads.records + [(StoreCollections.ledger, reads.ledger)] {
            try await load(ids, of: collection)
        }
    }

    private func load(_ ids: [ByteString], of collection: String) async throws(StoreError) {
        guard let loading else { return }
        let missing = ids.filter { loaded.insert(collection + "\0" + $0.description).inserted }
        guard !missing.isEmpty else { return }
        for document in try await loading(collection, missing) { store.put(document, in: collection) }
    }

    /// A delivery of a test or file, with a unique tag.
    package func delivery(
        _ body: [UInt8], messageId: String? = nil, headers: [(name: String, value: String)] = [],
        parameters: [(name: String, value: String)] = [], principal: String? = nil, isRedelivered: Bool = false
    ) -> Delivery {
        var properties = MessageProperties()
        properties.messageId = messageId.map { ByteString($0) }
        properties.headers = headers.map { MessageProperties.Header(name: $0.name, value: .string($0.value)) }
        return delivery(
            body, properties: properties, parameters: parameters, principal: principal,
            isRedelivered: isRedelivered)
    }

    /// `queue`: its origin, if known better than from the route.
    package func delivery(
        _ body: [UInt8], properties: MessageProperties, queue: String? = nil,
        parameters: [(name: String, value: String)] = [], principal: String? = nil, isRedelivered: Bool = false
    ) -> Delivery {
        number += 1
        var properties = properties
        let request = request(parameters, principal)
        var body = body
        // What cannot be read is left as it is, and refused as such.
        if case .http(let endpoint) = route.from, let message = try? endpoint.message(of: body) { body = message }
        if request != nil {
            // As a listener does it.
            properties.messageId = properties.messageId ?? ByteString("request:\(number)")
            for index in properties.headers.indices {
                properties.headers[index].name = properties.headers[index].name.lowercased()
            }
        }
        return Delivery(
            tag: DeliveryTag(channel: 1, number: number), queue: queue ?? queueName, body: body,
            isRedelivered: isRedelivered,
            properties: properties, request: request)
    }

    /// Nil if the route takes messages.
    private func request(_ parameters: [(name: String, value: String)], _ principal: String?) -> RequestFacts? {
        guard case .http(let endpoint) = route.from else { return nil }
        let path = parameters.reduce(endpoint.path.text) { path, parameter in
            path.replacing("{\(parameter.name)}", with: parameter.value)
        }
        return RequestFacts(
            method: endpoint.method.rawValue, path: path,
            parameters: parameters.map { RequestField(name: $0.name, value: $0.value) },
            principal: endpoint.access == nil ? nil : principal,
            keepsDeadLetters: endpoint.keepsDeadLetters)
    }

    /// Queue name of the route's deliveries; the first of several.
    private var queueName: String {
        switch route.from {
        case .amqp(let source):
            switch source.queues.first {
            case .literal(let name): name
            case .setting(let key): setting(key) ?? key
            case nil: ""
            }
        case .timer: RouteSource.timerQueue(of: route.name)
        case .file: RouteSource.fileQueue(of: route.name)
        case .http: RouteSource.httpQueue(of: route.name)
        case .webSocket: ""
        }
    }

    /// Adds a record given as JSON with its companyId, as it lies in a store: references are not checked, and a field may
    /// be null as an update leaves it. Returns violations, as text.
    package func give(_ record: String, catalog: String) -> [String] {
        guard let document = try? JSONParser().parse(record), document.withRoot(\.isObject) else {
            return ["a record is an object, found \(record.prefix(60))"]
        }
        let body = document.withRoot { root -> [UInt8] in
            var body = Array(#"{"companyId":"#.utf8)
            body.append(contentsOf: root["companyId"]?.rawText ?? JSONNodeText.null)
            body.append(contentsOf: ",\"catalog\":".utf8)
            JSONText.append(string: catalog, to: &body)
            // Only an update may set null.
            let operation: Operation = root.members.contains { $0.value.isNull } ? .update : .upsert
            body.append(contentsOf: #","items":[{"operation":"\#(operation.word)""#.utf8)
            for (name, value) in root.members where !name.isString("companyId") && !name.isString("_id") {
                body.append(UInt8(ascii: ","))
                body.append(contentsOf: name.rawText)
                body.append(UInt8(ascii: ":"))
                body.append(contentsOf: value.rawText)
            }
            body.append(contentsOf: "}]}".utf8)
            return body
        }
        let collection =
            route.shapes.first { $0.constantCatalog == catalog && $0.collection != nil }?.collection
            ?? route.shapes.lazy.flatMap(\.records).first { $0.catalog == catalog && $0.collection != nil }?.collection
        let decoder = MessageDecoder(limits: preparer.limits, shapes: [.catalog(storedIn: collection)])
        number += 1
        let message = decoder.decode(
            delivery(body, messageId: "given \(number)"), catalogs: catalogs, now: now)
        if case .unreadable(let reasons, _, _, _) = message.content { return reasons.map(\.text) }
        // A stored record may lack the version.
        let prepared = ItemPreparer(limits: preparer.limits).prepare(message)
        guard prepared.rejections.isEmpty else { return prepared.rejections.flatMap { $0 }.map(\.text) }
        guard case .catalog(let catalog) = prepared.message.content else { return [] }
        for index in 0..<prepared.images.count {
            store.put(prepared.images.withDocument(index) { Array($0) }, in: catalog.definition.collection)
        }
        return []
    }

    // MARK: Results

    /// Records of a collection as JSON, ordered by `_id`.
    private func records(in collection: String) -> [String] {
        store.documents(in: collection).sorted { $0.key < $1.key }.map { record in
            record.value.withUnsafeBytes { BSONText.text(document: $0) }
        }
    }

    /// Records of a collection with their types, ordered by `_id`.
    package func stored(in collection: String) -> [StoredRecord] {
        store.documents(in: collection).sorted { $0.key < $1.key }.map { StoredRecord($0.value) }
    }

    /// Names of non-empty collections, except the gateway's own.
    package var collections: [String] { store.collections.filter { !$0.hasPrefix("gateway.") }.sorted() }

    /// Number of pushes to sockets.
    var pushCount: Int { store.documents(in: StoreCollections.pushes).count }

    /// Postings in the outbox and those to sockets, in order.
    package var postings: [PostingRow] {
        let rows = store.documents(in: StoreCollections.postings).values.compactMap { row in
            row.withUnsafeBytes { PostingRow(bson: $0) }
        }
        let pushes = store.documents(in: StoreCollections.pushes).values.compactMap { row in
            row.withUnsafeBytes { PushRow(bson: $0) }
        }
        return
            (rows
            + pushes.map { push in
                PostingRow(
                    id: push.id, origin: .route, name: push.route,
                    target: .webSocket(topic: push.topic, key: push.key), body: push.body,
                    registeredAt: push.registeredAt)
            }).sorted { $0.id < $1.id }
    }

    /// Dead letters as JSON, in order of creation.
    package var deadLetters: [String] { records(in: StoreCollections.deadLetters) }
}

private final class Seeds: Sendable {
    private let count: Atomic<UInt64>

    init(first: UInt64) { count = Atomic(first) }

    func next() -> UInt64 { count.wrappingAdd(1, ordering: .relaxed).newValue }
}

private enum JSONNodeText {
    static var null: UnsafeBufferPointer<UInt8> {
        let text: StaticString = "null"
        return UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
