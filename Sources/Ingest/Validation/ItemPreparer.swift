internal import BSON
internal import Contracts
package import JSON
internal import Mappings
internal import Schemas

/// Validates each item of a message against its definition, and encodes its record as BSON and its postings. Pure. One
/// thread at a time.
package struct ItemPreparer {
    package let limits: Limits
    /// The field that orders updates, if the route has one.
    package let versionField: ByteString?
    /// Whether only key and references of items are read, since the other fields are not known yet.
    private let readsKeysOnly: Bool
    private let tools = Tools()

    package init(limits: Limits, versionField: ByteString? = nil) {
        self.init(limits: limits, versionField: versionField, readsKeysOnly: false)
    }

    private init(limits: Limits, versionField: ByteString?, readsKeysOnly: Bool) {
        self.limits = limits
        self.versionField = versionField
        self.readsKeysOnly = readsKeysOnly
    }

    /// Of items whose other fields are not known yet: they are validated by their key, and have no record.
    static func ofKeys(_ limits: Limits) -> ItemPreparer {
        ItemPreparer(limits: limits, versionField: nil, readsKeysOnly: true)
    }

    /// All items of a message; of a large one, those of its first window.
    package func prepare(_ message: Message) -> PreparedMessage { part(ItemsLeft(message), isBounded: false) }
    /// The first items of a message, at most one batch; the rest is ``PreparedMessage/rest``.
    package func begin(_ message: Message) -> PreparedMessage { part(ItemsLeft(message), isBounded: true) }

    /// The next items of a message.
    package func next(_ left: ItemsLeft) -> PreparedMessage { part(left, isBounded: true) }

    private func part(_ left: ItemsLeft, isBounded: Bool) -> PreparedMessage {
        guard case .catalog(let current) = left.message.content else { return PreparedMessage(message: left.message) }
        var message = left.message
        var catalog = current
        if left.node == nil,
            let window = current.nextWindow(
                from: left.item, tools.parser, MessageFacts(message.delivery), { tools.mapper })
        {
            catalog = window
            message = Message(
                delivery: message.delivery, identity: message.identity, content: .catalog(window), part: message.part)
        }
        var build = Build(
            company: catalog.companyId, firstItem: left.item, limits: limits, versionField: versionField,
            readsKeysOnly: readsKeysOnly, isLate: catalog.shape?.hasLateFields ?? false)
        if let shape = catalog.shape, !shape.postings.isEmpty {
            build.posting = PostingBuild(
                maker: tools.maker, shapes: shape.postings, catalog: catalog, facts: MessageFacts(message.delivery))
        }
        if let further = catalog.further {
            build.recording = RecordBuild(
                maker: tools.recordMaker, parser: tools.parser, message: message, catalog: catalog,
                further: further, limits: limits)
        }
        let most = isBounded ? limits.partItems : .max
        let (first, next) = catalog.document.withNode(catalog.itemsNode) { array -> (Int, Int?) in
            let first = left.node ?? array.index + 1
            let inDocument = array.count - (left.item - catalog.firstItem)
            build.reserve(items: min(inDocument, most), of: array.count, bytes: catalog.document.byteCount)
            var end = first
            for item in array.elements(from: first) {
                if build.items.count >= most || (isBounded && build.isFull) { break }
                build.add(item, of: catalog)
                end = item.endIndex
            }
            return (first, end < array.endIndex ? end : nil)
        }
        if let origin = catalog.origin { build.speakOf(origin) }
        let end = left.item + build.items.count
        let errors = left.earlierErrors.joined(build.rejections)
        let byteCount = message.delivery.byteCount
        let weight =
            left.weight
            ?? max(
                byteCount, (catalog.document.heldBytes + build.heldBytes + (catalog.origin?.capturedBytes ?? 0)) / 4)
        return PreparedMessage(
            message: message, firstItem: left.item, firstNode: first, items: build.items, images: build.images,
            ids: build.ids, references: build.references, rejections: build.rejections,
            postings: build.posting?.postings ?? [], records: build.recording?.records ?? [],
            rest: next != nil || catalog.hasFurtherWindow
                ? ItemsLeft(message: message, node: next, item: end, earlierErrors: errors, weight: weight) : nil,
            earlierErrors: left.earlierErrors, weight: weight)
    }

    /// Created on demand: most routes post nothing, and most messages are small.
    private final class Tools {
        lazy var maker = PostingMaker()
        lazy var recordMaker = RecordMaker()
        lazy var parser = JSONParser()
        lazy var mapper = MessageMapper()
    }

    /// The state built up for a message. The message itself is a parameter: a stored reference would be retained and
    /// released for each item.
    private struct Build {
        let limits: Limits
        let versionField: ByteString?
        let readsKeysOnly: Bool
        let firstItem: Int
        /// Whether records are made in the plan, and only keys and references here.
        let isLate: Bool
        /// Prefix of every `_id` of the message, separator included.
        let company: [UInt8]
        var items: [PreparedItem] = []
        var images = BSONSequence()
        var ids: [UInt8] = []
        var references: [PreparedReference] = []
        var rejections: [[Reason]] = []
        /// Nil if nothing is posted.
        var posting: PostingBuild?
        /// Nil if items have no further records.
        var recording: RecordBuild?

        /// Total bytes of the reasons.
        private var reasonBytes = 0

        init(
            company: ByteString, firstItem: Int, limits: Limits, versionField: ByteString?, readsKeysOnly: Bool,
            isLate: Bool
        ) {
            self.readsKeysOnly = readsKeysOnly
            self.isLate = isLate
            self.firstItem = firstItem
            self.limits = limits
            self.versionField = versionField
            var id: [UInt8] = []
            RecordKey.append(part: company.bytes, to: &id)
            id.append(RecordKey.separator)
            self.company = id
        }

        /// Whether the items reach the limit of a batch.
        var isFull: Bool { heldBytes >= limits.preparedBytes }

        var heldBytes: Int {
            images.bytes.count + ids.count + reasonBytes + references.count * 64 + (posting?.byteCount ?? 0)
                + (recording?.byteCount ?? 0)
        }

        /// For `count` of the document's `all` items, which take `bytes`.
        mutating func reserve(items count: Int, of all: Int, bytes: Int) {
            items.reserveCapacity(count)
            let own = count == all ? bytes : bytes / max(1, all) * count
            // Enough for the usual record, to avoid reallocation: a BSON element is slightly larger than its JSON.
            images.reserveCapacity(documents: count, bytes: own + own / 8 + count * (64 + 2 * company.count))
            ids.reserveCapacity(count * (24 + company.count))
        }

        mutating func add(_ item: JSONNode, of catalog: CatalogMessage) {
            let index = firstItem + items.count
            if let faults = catalog.origin?.faults[index] {
                let ordinal = catalog.origin?.ordinal(ofItem: index) ?? index
                return reject(nil, faults.map { Reason($0, item: ordinal, of: catalog.definition) })
            }
            let operation = item["operation"].flatMap { Operation($0) }
            guard let operation, ItemShape.isSound(item, catalog: catalog, limits: limits),
                catalog.definition.isValid(item, as: program(of: operation))
            else { return reject(operation, faults(of: item, operation, index: index, in: catalog)) }
            if let versionField, let reason = Reason.version(of: item, versionField, index: index) {
                return reject(operation, [reason])
            }
            if posting != nil, let reason = posting?.add(item, index: index) { return reject(operation, [reason]) }

            let start = ids.count
            appendID(of: item, key: catalog.definition.key)
            guard ids.count - start <= StoreBounds.keyBytes else {
                let size = ids.count - start
                ids.removeLast(size)
                return reject(operation, [.keyTooLong(size, catalog.definition.key, of: item, index: index)])
            }
            let id = start..<ids.count
            let version = operation == .delete ? versionField : nil
            if program(of: operation) == .keyOnly && version == nil {
                var prepared = PreparedItem(
                    operation: operation, id: id, index: -1, isRejected: false,
                    isLate: isLate && operation != .delete)
                if operation != .delete, !catalog.references.isEmpty { prepared.references = refer(item, in: catalog) }
                items.append(prepared)
                recording?.add(item, index: index)
                return
            }
            do {
                let image = images.count
                // Not the whole of `catalog`, which would be copied into the closure with all that it refers to.
                let (company, definition) = (catalog.companyId, catalog.definition)
                try images.appendDocument { (writer: inout BSONWriter) throws(RecordFault) in
                    try RecordEncoder.append(
                        item, id: ids[start...], company: company, definition: definition, only: version, to: &writer)
                }
                var prepared = PreparedItem(operation: operation, id: id, index: Int32(image), isRejected: false)
                if operation != .delete, !catalog.references.isEmpty { prepared.references = refer(item, in: catalog) }
                items.append(prepared)
                recording?.add(item, index: index)
            } catch {
                reject(operation, [error.reason(item: index, hiding: catalog.definition.secretNames)])
            }
        }

        /// An item without a valid operation is validated, too.
        private func program(of operation: Operation?) -> Definition.Program {
            if readsKeysOnly || (isLate && operation != nil) { return .keyOnly }
            return operation?.program ?? .complete
        }

        /// Collects every violation of a rejected item.
        private func faults(
            of item: JSONNode, _ operation: Operation?, index: Int, in catalog: CatalogMessage
        ) -> [Reason] {
            var reasons = ItemShape.faults(of: item, index: index, catalog: catalog, limits: limits)
            guard reasons.isEmpty else { return reasons }
            if operation == nil { reasons.append(.invalidOperation(item["operation"], index: index)) }
            // Without a valid operation the other fields are still validated.
            let violations = catalog.definition.validate(
                item, as: program(of: operation), at: JSONPointer(["items", String(index)]),
                limit: limits.reasonsPerItem)
            return reasons + violations.map { Reason($0, item: index) }
        }

        /// Translates the reasons to the original message.
        mutating func speakOf(_ origin: ForeignItems) {
            guard !rejections.isEmpty else { return }
            for (offset, item) in items.enumerated()
            where item.isRejected && origin.faults[firstItem + offset] == nil {
                let index = Int(item.index)
                rejections[index] = rejections[index].map { $0.asItCame(in: origin, item: firstItem + offset) }
            }
        }

        /// Records the item's references.
        private mutating func refer(_ item: JSONNode, in catalog: CatalogMessage) -> Range<Int32> {
            let start = Int32(references.count)
            for (number, reference) in catalog.references.enumerated() {
                guard let value = item[reference.field] else { continue }
                for node in value.isArray ? Array(value.elements) : [value] {
                    guard node.kind == .string || node.kind == .number else { continue }
                    var id = company
                    // No record has a longer key: one byte more is never found.
                    Self.append(keyPart: node, upTo: StoreBounds.keyBytes + 1, to: &id)
                    references.append(PreparedReference(reference: number, id: ByteString(id)))
                }
            }
            return start..<Int32(references.count)
        }

        private mutating func reject(_ operation: Operation?, _ reasons: [Reason]) {
            items.append(
                PreparedItem(operation: operation, id: 0..<0, index: Int32(rejections.count), isRejected: true))
            let kept = Array(reasons.prefix(limits.reasonsPerItem))
            reasonBytes += kept.reduce(64) { $0 + $1.heldBytes }
            rejections.append(kept)
        }

        /// `_id`: company and key fields. The definition guarantees that each is a string or an integer.
        private mutating func appendID(of item: JSONNode, key: [String]) {
            ids.append(contentsOf: company)
            for (number, field) in key.enumerated() {
                if number > 0 { ids.append(RecordKey.separator) }
                guard let value = item[field] else { continue }
                Self.append(keyPart: value, to: &ids)
            }
        }

        /// A whole number by its digits, however it is written: 1.0 is the key 1.
        private static func append(keyPart value: JSONNode, upTo bytes: Int = .max, to id: inout [UInt8]) {
            if let whole = value.int64 {
                RecordKey.append(part: String(whole).utf8, to: &id)
            } else {
                RecordKey.append(part: value.utf8.prefix(bytes), to: &id)
            }
        }
    }
}

extension ItemsLeft {
    /// All items of a message.
    fileprivate init(_ message: Message) {
        var first: Int?
        if case .catalog(let catalog) = message.content { first = catalog.itemsNode + 1 }
        self.init(message: message, node: first, item: 0, earlierErrors: [], weight: nil)
    }
}

extension [Reason] {
    /// Appends the reasons of further items, up to the limit of a result.
    fileprivate func joined(_ further: [[Reason]]) -> [Reason] {
        var all = self
        for reasons in further where all.count < MessageResult.errorLimit {
            all += reasons.prefix(MessageResult.errorLimit - all.count)
        }
        return all
    }
}

extension Reason {
    /// Bytes held in memory.
    fileprivate var heldBytes: Int {
        pointer.tokens.reduce(240 + text.utf8.count + (found?.utf8.count ?? 0)) { $0 + 16 + $1.utf8.count }
    }
}

extension Operation {
    /// The validation program of an item with this operation.
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

    /// Names the longest part of the key.
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
