package import Documents
internal import Mappings
internal import Records
internal import Schemas

/// Checks each item of a message against its definition and writes the record it asks for as BSON, and what is posted of it.
/// Pure. One thread at a time.
package struct ItemPreparer {
    package let limits: Limits
    /// The field that says how new a record is, where the route has one.
    package let versionField: ByteString?
    private let maker = PostingMaker()

    package init(limits: Limits, versionField: ByteString? = nil) {
        self.limits = limits
        self.versionField = versionField
    }

    package func prepare(_ message: Message) -> PreparedMessage {
        guard case .catalog(let catalog) = message.content else { return PreparedMessage(message: message) }
        var build = Build(company: catalog.companyId, limits: limits, versionField: versionField)
        if let shape = catalog.shape, !shape.postings.isEmpty {
            build.posting = PostingBuild(
                maker: maker, shapes: shape.postings, catalog: catalog, facts: MessageFacts(message.delivery))
        }
        catalog.document.withNode(catalog.itemsNode) { items in
            build.reserve(items: items.count, bytes: catalog.document.byteCount)
            for item in items.elements { build.add(item, of: catalog) }
        }
        if let origin = catalog.origin { build.speakOf(origin) }
        return PreparedMessage(
            message: message, items: build.items, images: build.images, ids: build.ids, references: build.references,
            rejections: build.rejections, postings: build.posting?.postings ?? [])
    }

    /// What has been made of the message so far. The message itself is handed in with each item: kept here, it would be
    /// retained and released with each.
    private struct Build {
        let limits: Limits
        let versionField: ByteString?
        /// How every `_id` of the message begins, separator included.
        let company: [UInt8]
        var items: [PreparedItem] = []
        var images = BSONSequence()
        var ids: [UInt8] = []
        var references: [PreparedReference] = []
        var rejections: [[Reason]] = []
        /// Nil where nothing is posted.
        var posting: PostingBuild?

        init(company: ByteString, limits: Limits, versionField: ByteString?) {
            self.limits = limits
            self.versionField = versionField
            var id: [UInt8] = []
            RecordKey.append(part: company.bytes, to: &id)
            id.append(RecordKey.separator)
            self.company = id
        }

        mutating func reserve(items count: Int, bytes: Int) {
            items.reserveCapacity(count)
            // Enough for the usual record, so that nothing is moved: an element of BSON takes a little more than one of JSON.
            images.reserveCapacity(documents: count, bytes: bytes + bytes / 8 + count * (64 + 2 * company.count))
            ids.reserveCapacity(count * (24 + company.count))
        }

        mutating func add(_ item: JSONNode, of catalog: CatalogMessage) {
            let index = items.count
            if let faults = catalog.origin?.faults[index] {
                return reject(nil, faults.map { Reason($0, item: catalog.origin?.ordinal(ofItem: index) ?? index) })
            }
            let operation = item["operation"].flatMap { Operation($0) }
            guard let operation, ItemShape.isSound(item, catalog: catalog, limits: limits),
                catalog.definition.isValid(item, as: operation.program)
            else { return reject(operation, faults(of: item, operation, index: index, in: catalog)) }
            if posting != nil, let reason = posting?.add(item, index: index) { return reject(operation, [reason]) }

            let start = Int32(ids.count)
            appendID(of: item, key: catalog.definition.key)
            guard ids.count - Int(start) <= StoreBounds.keyBytes else {
                let size = ids.count - Int(start)
                ids.removeLast(size)
                return reject(operation, [.keyTooLong(size, catalog.definition.key, of: item, index: index)])
            }
            let id = start..<Int32(ids.count)
            let version = operation == .delete ? versionField : nil
            if operation == .delete && version == nil {
                items.append(PreparedItem(operation: operation, id: id, index: -1, isRejected: false))
                return
            }
            do {
                let image = images.count
                try images.appendDocument { (writer: inout BSONWriter) throws(RecordFault) in
                    try RecordEncoder.append(
                        item, id: ids[Int(start)...], catalog: catalog, only: version, to: &writer)
                }
                var prepared = PreparedItem(operation: operation, id: id, index: Int32(image), isRejected: false)
                if !catalog.references.isEmpty { prepared.references = refer(item, in: catalog) }
                items.append(prepared)
            } catch {
                reject(operation, [error.reason(item: index)])
            }
        }

        /// All that is wrong with an item that something is wrong with.
        private func faults(
            of item: JSONNode, _ operation: Operation?, index: Int, in catalog: CatalogMessage
        ) -> [Reason] {
            var reasons = ItemShape.faults(of: item, index: index, catalog: catalog, limits: limits)
            guard reasons.isEmpty else { return reasons }
            if operation == nil { reasons.append(.invalidOperation(item["operation"], index: index)) }
            // Without a word for what to do, the item is still told all that is wrong with its fields.
            let violations = catalog.definition.validate(
                item, as: operation?.program ?? .complete, at: JSONPointer(["items", String(index)]),
                limit: limits.reasonsPerItem)
            return reasons + violations.map { Reason($0, item: index) }
        }

        /// Makes reasons speak of the message as it came.
        mutating func speakOf(_ origin: ForeignItems) {
            guard !rejections.isEmpty else { return }
            for (number, item) in items.enumerated() where item.isRejected && origin.faults[number] == nil {
                let index = Int(item.index)
                rejections[index] = rejections[index].map { $0.asItCame(in: origin, item: number) }
            }
        }

        /// Notes the records that the item refers to.
        private mutating func refer(_ item: JSONNode, in catalog: CatalogMessage) -> Range<Int32> {
            let start = Int32(references.count)
            for (number, reference) in catalog.references.enumerated() {
                guard let value = item[reference.field] else { continue }
                for node in value.isArray ? Array(value.elements) : [value] {
                    guard node.kind == .string || node.kind == .number else { continue }
                    var id = company
                    // No record has a longer key: with one byte more it is not found either.
                    RecordKey.append(part: node.utf8.prefix(StoreBounds.keyBytes + 1), to: &id)
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
        private mutating func appendID(of item: JSONNode, key: [String]) {
            ids.append(contentsOf: company)
            for (number, field) in key.enumerated() {
                if number > 0 { ids.append(RecordKey.separator) }
                guard let value = item[field] else { continue }
                if let whole = value.int64 {
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

    /// Names the part of the key that is the longest.
    fileprivate static func keyTooLong(_ size: Int, _ key: [String], of item: JSONNode, index: Int) -> Reason {
        let longest = key.max { (item[$0]?.utf8.count ?? 0) < (item[$1]?.utf8.count ?? 0) } ?? ""
        let pointer = JSONPointer(["items", String(index), longest])
        return Reason(
            item: index, code: .tooLarge, pointer: pointer, expected: "a key of at most \(StoreBounds.keyBytes) bytes",
            found: "\(size) bytes",
            text:
                "\(pointer): the record's key (companyId|\(key.joined(separator: "|"))) has \(size) bytes, the limit is"
                + " \(StoreBounds.keyBytes); shorten this field")
    }

    fileprivate static func invalidOperation(_ found: JSONNode?, index: Int) -> Reason {
        let pointer = JSONPointer(["items", String(index), "operation"])
        let found = found.map(Reason.describe) ?? "nothing"
        return Reason(
            item: index, code: .invalidOperation, pointer: pointer, expected: "\"I\", \"U\", \"D\" or \"IU\"",
            found: found, text: "\(pointer): expected \"I\", \"U\", \"D\" or \"IU\", found \(found)")
    }
}
