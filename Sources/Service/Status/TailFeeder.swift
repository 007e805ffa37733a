internal import Console
internal import Contracts
internal import Ingest
internal import JSON
internal import Mappings
internal import Schemas

/// Adds settled messages to the console's live tail while a page is watching. Thread-safe.
struct TailFeeder: Sendable {
    let tail: MessageTail
    let route: String

    func take(_ settled: SettledBatch) {
        guard tail.isWatched(at: settled.at) else { return }
        for (segment, result) in zip(settled.batch.segments, settled.result.segments) {
            let outcome = MessageOutcome(ofPart: result)
            guard tail.takes(refused: outcome.isRefused, at: settled.at) else { continue }
            var message = message(segment, result, outcome, at: settled.at)
            if !segment.isLast || segment.range.lowerBound > 0 {
                // A later delivery of the same message has a row of its own.
                let own = segment.message.message
                message.identity = "\(own.identity.ledgerID) \(own.delivery.receivedAt)"
            }
            tail.add(message)
        }
    }

    func take(ignored delivery: DeliveryFacts) {
        let now = WallClock.now()
        guard tail.isWatched(at: now), tail.takes(refused: false, at: now) else { return }
        tail.add(head(delivery, "ignored", at: now))
    }

    private func head(_ delivery: DeliveryFacts, _ outcome: String, at time: Int64) -> SettledMessage {
        var message = SettledMessage(at: time, route: route, queue: delivery.queue, outcome: outcome)
        message.messageId = delivery.properties.messageId?.description
        message.appId = delivery.properties.appId?.description
        message.byteCount = delivery.byteCount
        message.headers = delivery.properties.headers.prefix(50).map { header in
            (header.name, String(Self.text(of: header.value).prefix(1000)))
        }
        return message
    }

    private static func text(of value: HeaderValue) -> String {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .bool(let isTrue): "\(isTrue)"
        default: "(a value that is not text)"
        }
    }

    private func message(
        _ segment: Segment, _ result: SegmentResult, _ outcome: MessageOutcome, at time: Int64
    ) -> SettledMessage {
        let prepared = segment.message
        var message = head(prepared.message.delivery, outcome.rawValue, at: time)
        switch prepared.message.content {
        case .ignored: break
        case .unreadable(let reasons, let companyId, let catalog, let body):
            message.companyId = companyId?.description
            message.catalog = catalog?.description
            message.reasons = reasons.prefix(SettledMessage.mostReasons).map(\.text)
            if body.count <= SettledMessage.largestBody { message.body = body }
        case .catalog(let catalog):
            message.companyId = catalog.companyId.description
            message.catalog = catalog.definition.catalog
            message.itemCount = prepared.itemCount
            add(segment, result, to: &message)
            // The sender's text, if a mapping has made the message.
            catalog.withText { text in
                if text.count <= SettledMessage.largestBody { message.body = Array(text) }
            }
        }
        return message
    }

    private func add(_ segment: Segment, _ result: SegmentResult, to message: inout SettledMessage) {
        let prepared = segment.message
        var counts: [Outcome: Int] = [:]
        var refused: [SettledMessage.Item] = []
        var others: [SettledMessage.Item] = []
        for (index, outcome) in zip(segment.range, result.outcomes) {
            guard let outcome else { continue }
            counts[outcome, default: 0] += 1
            let isRefused = outcome == .rejected
            guard (isRefused ? refused.count : others.count) < SettledMessage.mostItems else { continue }
            let item = prepared.item(index)
            let key = prepared.ids[Int(item.id.lowerBound)..<Int(item.id.upperBound)]
            let row = SettledMessage.Item(
                number: index, operation: item.operation?.word,
                key: key.isEmpty ? nil : String(decoding: key, as: UTF8.self), outcome: outcome.word)
            if isRefused { refused.append(row) } else { others.append(row) }
        }
        message.counts = Outcome.allCases.compactMap { outcome in counts[outcome].map { (outcome.word, $0) } }
        message.items = Array((refused + others).prefix(SettledMessage.mostItems))
        // Those of this part; a duplicate has none.
        message.reasons = result.reasons
    }
}

/// Outcome of a message or part: the words of `gateway_messages_total`.
enum MessageOutcome: String {
    case applied, partlyRejected, rejected, deadLettered, duplicate

    /// Of the whole message at its end; else of the part.
    init(_ result: SegmentResult) {
        switch result.kind {
        case .duplicate: self = .duplicate
        case .deadLettered: self = .deadLettered
        case .refused: self = .rejected
        case .applied:
            let rejected = result.total.map { $0[.rejected] } ?? result.outcomes.count { $0 == .rejected }
            self.init(rejected: rejected, of: result.total?.total ?? result.outcomes.count)
        }
    }

    /// Of this part only.
    init(ofPart result: SegmentResult) {
        var part = result
        part.total = nil
        self.init(part)
    }

    private init(rejected: Int, of all: Int) {
        if rejected == 0 {
            self = .applied
        } else {
            self = rejected == all ? .rejected : .partlyRejected
        }
    }

    var isRefused: Bool { self == .partlyRejected || self == .rejected || self == .deadLettered }
}
