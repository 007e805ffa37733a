internal import Documents
internal import Records
internal import Schemas

/// Checks each item of a message against its definition and writes the record it asks for as BSON. Pure.
package struct ItemPreparer: Sendable {
    package let limits: Limits

    package init(limits: Limits) { self.limits = limits }

    package func prepare(_ message: Message) -> PreparedMessage {
        guard case .catalog(let catalog) = message.content else {
            return PreparedMessage(
                message: message, items: [], images: BSONSequence(), ids: [], references: [], rejections: [])
        }
        var build = Build(catalog: catalog, limits: limits)
        catalog.document.withNode(catalog.itemsNode) { items in
            build.reserve(items: items.count, bytes: catalog.document.byteCount)
            for item in items.elements { build.add(item) }
        }
        return PreparedMessage(
            message: message, items: build.items, images: build.images, ids: build.ids, references: build.references,
            rejections: build.rejections)
    }

    private struct Build {
        let catalog: CatalogMessage
        let limits: Limits
        var items: [PreparedItem] = []
        var images = BSONSequence()
        var ids: [UInt8] = []
        var references: [PreparedReference] = []
        var rejections: [[Reason]] = []

        init(catalog: CatalogMessage, limits: Limits) {
            self.catalog = catalog
            self.limits = limits
        }

        mutating func reserve(items count: Int, bytes: Int) {
            items.reserveCapacity(count)
            images.reserveCapacity(documents: count, bytes: bytes + count * 32)
            ids.reserveCapacity(count * 24)
        }

        mutating func add(_ item: JSONNode) {
            let index = items.count
            let operation = item["operation"].flatMap { Operation($0) }
            var reasons = ItemShape.faults(of: item, index: index, catalog: catalog, limits: limits)
            if reasons.isEmpty {
                if operation == nil { reasons.append(.invalidOperation(item["operation"], index: index)) }
                // Without a word for what to do, the item is still told all that is wrong with its fields.
                let program = operation?.program ?? .complete
                let base = JSONPointer(["items", String(index)])
                for violation in catalog.definition.validate(
                    item, as: program, at: base, limit: limits.reasonsPerItem)
                {
                    reasons.append(Reason(violation, item: index))
                }
            }
            guard reasons.isEmpty, let operation else { return reject(operation, reasons) }

            let start = Int32(ids.count)
            appendID(of: item)
            let id = start..<Int32(ids.count)
            if operation == .delete {
                items.append(PreparedItem(operation: operation, id: id, index: -1, isRejected: false))
                return
            }
            do {
                let image = images.count
                try images.appendDocument { (writer: inout BSONWriter) throws(RecordFault) in
                    try RecordEncoder.append(
                        item, id: ids[Int(start)...], catalog: catalog, to: &writer)
                }
                var prepared = PreparedItem(operation: operation, id: id, index: Int32(image), isRejected: false)
                if !catalog.references.isEmpty { prepared.references = refer(item) }
                items.append(prepared)
            } catch {
                reject(operation, [error.reason(item: index)])
            }
        }

        /// Notes the records that the item refers to.
        private mutating func refer(_ item: JSONNode) -> Range<Int32> {
            let start = Int32(references.count)
            for (number, reference) in catalog.references.enumerated() {
                guard let value = item[reference.field] else { continue }
                for node in value.isArray ? Array(value.elements) : [value] {
                    guard node.kind == .string || node.kind == .number else { continue }
                    var id: [UInt8] = []
                    RecordKey.append(part: catalog.companyId.bytes, to: &id)
                    id.append(RecordKey.separator)
                    RecordKey.append(part: node.utf8, to: &id)
                    references.append(PreparedReference(reference: number, id: ByteString(id)))
                }
            }
            return start..<Int32(references.count)
        }

        private mutating func reject(_ operation: Operation?, _ reasons: [Reason]) {
            items.append(
                PreparedItem(operation: operation, id: 0..<0, index: Int32(rejections.count), isRejected: true))
            rejections.append(Array(reasons.prefix(limits.reasonsPerItem)))
        }

        /// `_id`: company and key fields. The definition has made sure that each is there, a string or a whole number.
        private mutating func appendID(of item: JSONNode) {
            RecordKey.append(part: catalog.companyId.bytes, to: &ids)
            for field in catalog.definition.key {
                ids.append(RecordKey.separator)
                guard let value = item[field] else { continue }
                if let whole = value.number?.int64 {
                    RecordKey.append(part: String(whole).utf8, to: &ids)
                } else {
                    RecordKey.append(part: value.utf8, to: &ids)
                }
            }
        }
    }
}

extension Operation {
    /// Which of a definition's three programs an item of this operation must pass.
    var program: Definition.Program {
        switch self {
        case .insert, .upsert: .complete
        case .update: .partial
        case .delete: .keyOnly
        }
    }
}

extension Reason {
    fileprivate init(_ violation: Violation, item: Int) {
        self.init(
            item: item, code: .schema, pointer: violation.pointer, keyword: violation.keyword,
            expected: violation.expected, found: violation.found, text: violation.text)
    }

    fileprivate static func invalidOperation(_ found: JSONNode?, index: Int) -> Reason {
        let pointer = JSONPointer(["items", String(index), "operation"])
        let found = found.map(Reason.describe) ?? "nothing"
        return Reason(
            item: index, code: .invalidOperation, pointer: pointer, expected: "\"I\", \"U\", \"D\" or \"IU\"",
            found: found, text: "\(pointer): expected \"I\", \"U\", \"D\" or \"IU\", found \(found)")
    }
}
