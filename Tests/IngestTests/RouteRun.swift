import BSON
import Contracts
import Ingest
import IngestTesting
import JSON
import Mappings
import Schemas

/// Messages through a route on a store in memory, and what they leave there.
enum RouteRun {
    /// Outcomes of all items, in order of messages.
    static func outcomes(
        of messages: [String], by mapping: RouteMapping, _ catalogs: Catalogs, store: FaultyStore, limits: Limits,
        versionField: String? = nil
    ) async -> [String] {
        let source = HandSource()
        let observer = RecordingObserver()
        let route = Route(
            name: "test", sources: [source], lanes: [[store, store]], limits: limits, companies: [],
            shapes: mapping.shapes, versionField: versionField ?? mapping.versionField, catalogs: { catalogs },
            environment: Fixtures.environment, observer: observer, sourceChanged: { _ in })
        let before = store.documents(in: StoreCollections.ledger).count
        source.deliver(
            messages.enumerated().map { Fixtures.delivery($1, number: UInt64($0 + 1), messageId: "\(before)-\($0)") })
        source.stop()
        await route.run()
        var found: [UInt64: [String]] = [:]
        for batch in observer.settled {
            for (segment, result) in zip(batch.batch.segments, batch.result.segments) {
                let number = segment.message.message.delivery.tag.number
                found[number, default: []] += result.outcomes.compactMap { $0?.word }
            }
        }
        return messages.indices.flatMap { found[UInt64($0 + 1)] ?? [] }
    }

    /// Records of a collection as JSON, by `_id`.
    static func records(_ collection: String, _ store: FaultyStore) -> [String] {
        store.documents(in: collection).sorted { $0.key < $1.key }.map { record in
            record.value.withUnsafeBytes { BSONText.text(document: $0) }
        }
    }

    /// Reasons of all dead letters, in order.
    static func reasons(_ store: FaultyStore) -> [(code: String, text: String)] {
        store.documents(in: StoreCollections.deadLetters).sorted { $0.key < $1.key }.flatMap { letter in
            letter.value.withUnsafeBytes { bytes in
                let reasons = BSONElements(bytes).first(named: "reasons")?.elements
                return (reasons.map { Array($0) } ?? []).map { reason in
                    (
                        reason.elements?.first(named: "code")?.text ?? "",
                        reason.elements?.first(named: "text")?.text ?? ""
                    )
                }
            }
        }
    }
}
