internal import BSON
package import Contracts
package import Ingest
package import JSON
internal import Mappings
internal import Schemas

extension RouteDryRun {
    /// Result for one item and its record.
    package struct ItemStep: Sendable {
        /// The item's number in the original message.
        package var ordinal: Int
        package var pointer: JSONPointer
        /// Line number, from 1, for items that are lines of text.
        package var line: Int?
        package var operation: String?
        /// The record's `_id`; nil if the item has none.
        package var key: String?
        package var outcome: Outcome
        /// Whether it is left out because its record, or the record's deletion, is newer (`versionField`).
        package var isStale = false
        package var reasons: [Reason]
        /// The record before, as JSON without its `_id`; nil if there was none.
        package var before: String?
        package var after: String?
        /// The item's further records that were written, as JSON without their `_id`.
        package var further: [FurtherStep] = []
        /// Each field of the record with its source.
        package var fields: [FieldTrace]

        /// Whether its fields could be mapped.
        package var isMapped: Bool { fields.contains { $0.value != nil } }
    }

    /// A further record that an item has changed.
    package struct FurtherStep: Sendable {
        package var collection: String
        package var key: String
        /// Nil if there was none.
        package var before: String?
        package var after: String?
    }

    package struct FieldTrace: Sendable {
        package var name: String
        /// The value stored in the record; nil if none.
        package var value: String?
        /// Location of its source value, if it is a single one, and what is there.
        package var pointer: JSONPointer?
        package var source: String?
    }

    /// Beyond this number of items, records before and after are omitted.
    package static let detailedItems = 2000

    /// Applies a message item by item, with the same result as at once. One report, or one for each case that matches
    /// it.
    package func steps(_ delivery: Delivery) async throws(StoreError) -> [(report: Report, items: [ItemStep])] {
        var all: [(report: Report, items: [ItemStep])] = []
        try await loadSequences()
        for prepared in prepare(delivery) { all.append(try await steps(prepared)) }
        return all
    }

    private func steps(_ prepared: PreparedMessage) async throws(StoreError) -> (report: Report, items: [ItemStep]) {
        if case .ignored = prepared.message.content {
            return (Report(kind: .ignored, prepared: prepared, outcomes: []), [])
        }
        guard case .catalog(let catalog) = prepared.message.content, prepared.items.count <= Self.detailedItems,
            !prepared.items.isEmpty
        else {
            let report = try await settle(Segment(message: prepared, range: 0..<prepared.items.count))
            let nodes = Self.itemNodes(of: prepared)
            let reasons = Dictionary(grouping: letterReasons) { $0.item ?? 0 }
            let items = zip(report.outcomes.indices, report.outcomes).map { index, outcome in
                var item = step(
                    prepared, index, outcome, reasons: reasons[ordinal(of: prepared, index)] ?? [], nodes, before: nil)
                item.isStale = report.staleItems.contains(index)
                return item
            }
            return (report, items)
        }
        let nodes = Self.itemNodes(of: prepared)
        var report = Report(kind: .applied, prepared: prepared, outcomes: [])
        var items: [ItemStep] = []
        for index in prepared.items.indices {
            let segment = Segment(message: prepared, range: index..<(index + 1))
            try await load(segment)
            let before = record(of: prepared, index, of: catalog.definition)
            let furtherBefore = further(of: prepared, index)
            let letters = store.documents(in: StoreCollections.deadLetters).count
            let one = try await settle(segment)
            report.kind = one.kind
            guard one.kind == .applied, let outcome = one.outcomes.first else { return (report, items) }
            report.outcomes.append(outcome)
            let reasons = outcome == .rejected ? lastReasons(since: letters) : []
            report.staleItems.formUnion(one.staleItems)
            var item = step(prepared, index, outcome, reasons: reasons, nodes, before: before)
            item.isStale = one.staleItems.contains(index)
            item.further = zip(furtherBefore, further(of: prepared, index)).compactMap { before, after in
                before.after == after.after
                    ? nil
                    : FurtherStep(
                        collection: after.collection, key: after.key, before: before.after, after: after.after)
            }
            items.append(item)
        }
        return (report, items)
    }

    /// `reasons`: those of its dead letter, used if the item itself has none. `nodes`: of all items.
    private func step(
        _ prepared: PreparedMessage, _ index: Int, _ outcome: Outcome, reasons: [Reason], _ nodes: [Int],
        before: String?
    ) -> ItemStep {
        let item = prepared.items[index]
        let own = item.isRejected ? prepared.rejections[Int(item.index)] : []
        guard case .catalog(let catalog) = prepared.message.content else {
            preconditionFailure("items without a catalog")
        }
        let after = record(of: prepared, index, of: catalog.definition)
        return ItemStep(
            ordinal: ordinal(of: prepared, index),
            pointer: catalog.origin?.pointer(ofItem: index) ?? JSONPointer(["items", String(index)]),
            line: catalog.origin?.line(ofItem: index),
            operation: item.operation?.word, key: key(of: prepared, index), outcome: outcome,
            reasons: own.isEmpty && outcome == .rejected ? reasons : own, before: before,
            after: after,
            fields: catalog.document.withNode(nodes[index]) { catalog.fields(of: $0, index, record: after) })
    }

    /// The item's number in the original message.
    private func ordinal(of prepared: PreparedMessage, _ index: Int) -> Int {
        guard case .catalog(let catalog) = prepared.message.content else { return index }
        return catalog.origin?.ordinal(ofItem: index) ?? index
    }

    /// Collected once: indexing an array walks it from the start.
    private static func itemNodes(of prepared: PreparedMessage) -> [Int] {
        guard case .catalog(let catalog) = prepared.message.content else { return [] }
        return catalog.document.withNode(catalog.itemsNode) { $0.elements.map(\.index) }
    }

    private func key(of prepared: PreparedMessage, _ index: Int) -> String? {
        let item = prepared.items[index]
        guard !item.isRejected else { return nil }
        return String(decoding: prepared.ids[Int(item.id.lowerBound)..<Int(item.id.upperBound)], as: UTF8.self)
    }

    /// Without secret values.
    private func record(of prepared: PreparedMessage, _ index: Int, of definition: Definition) -> String? {
        key(of: prepared, index).flatMap { store.documents(in: definition.collection)[ByteString($0)] }.map { bytes in
            bytes.withUnsafeBytes { BSONText.text(document: $0, hiding: definition.secretNames) }
        }
    }

    /// The item's further records as they are now, each once.
    private func further(of prepared: PreparedMessage, _ index: Int) -> [FurtherStep] {
        var known: Set<String> = []
        return prepared.records.filter { $0.item == index }.compactMap { record in
            guard let message = record.keyed, case .catalog(let catalog) = message.message.content,
                let key = key(of: message, 0), known.insert(catalog.definition.collection + "\0" + key).inserted
            else { return nil }
            return FurtherStep(
                collection: catalog.definition.collection, key: key,
                after: self.record(of: message, 0, of: catalog.definition))
        }
    }

    /// Reasons of the last dead letter written.
    private func lastReasons(since count: Int) -> [Reason] {
        let letters = store.documents(in: StoreCollections.deadLetters)
        guard letters.count > count, let last = letters.max(by: { $0.key < $1.key }) else { return [] }
        return Self.reasons(of: last.value)
    }

    /// Reasons of all dead letters.
    private var letterReasons: [Reason] {
        store.documents(in: StoreCollections.deadLetters).values.flatMap { Self.reasons(of: $0) }
    }

    private static func reasons(of letter: [UInt8]) -> [Reason] {
        letter.withUnsafeBytes { bytes in
            (BSONElements(bytes).first(named: "reasons")?.elements).map { reasons in
                reasons.compactMap { reason in
                    guard let fields = reason.elements,
                        let code = fields.first(named: "code")?.text.flatMap({ ReasonCode(rawValue: $0) })
                    else { return nil }
                    return Reason(
                        item: fields.first(named: "item")?.integer.map { Int($0) }, code: code,
                        pointer: fields.first(named: "pointer")?.text.flatMap { JSONPointer(parsing: $0) }
                            ?? JSONPointer(), text: fields.first(named: "text")?.text ?? "")
                }
            } ?? []
        }
    }
}

extension CatalogMessage {
    /// `record`: the item's record after it, as JSON.
    fileprivate func fields(of item: JSONNode, _ index: Int, record: String?) -> [RouteDryRun.FieldTrace] {
        let names = origin?.fieldNames ?? []
        let written = item.members.map { $0.name.string ?? "" }
        let secrets = definition.secretNames
        func text(_ node: JSONNode, of name: String) -> String {
            secrets.contains(name) ? JSONText.hidden : JSONText.text(node, hiding: secrets)
        }
        return (written + names.filter { !written.contains($0) }).map { name in
            var trace = RouteDryRun.FieldTrace(name: name, value: item[name].map { text($0, of: name) })
            if shape?.lateFields.contains(name) == true {
                // Made in the plan.
                let document = record.flatMap { try? JSONParser().parse($0) }
                trace.value = document?.withRoot { $0[name].map { text($0, of: name) } }
                return trace
            }
            // For a cell of a CSV line the whole text would be shown.
            guard let origin, origin.line(ofItem: index) == nil,
                let pointer = origin.source(ofField: name, item: index)
            else { return trace }
            trace.pointer = pointer
            trace.source = origin.document.withRoot { root in
                pointer.resolve(in: root).map { text($0, of: name) }
            }
            return trace
        }
    }
}
