internal import Contracts
internal import JSON
internal import Mappings
internal import Schemas

/// Builds the further records of the items of one message: each is validated and encoded as the only item of a catalog
/// message of its own.
struct RecordBuild {
    private let maker: RecordMaker
    private let message: Message
    private let catalog: CatalogMessage
    private let further: FurtherCatalogs
    private let facts: MessageFacts
    private let keys: MessageKeys
    private let preparer: ItemPreparer
    private let keyPreparer: ItemPreparer
    private let parser: JSONParser
    /// Whether items are complete only in the plan.
    private let isLate: Bool
    private(set) var records: [PreparedRecord] = []
    private(set) var byteCount = 0

    init(
        maker: RecordMaker, parser: JSONParser, message: Message, catalog: CatalogMessage, further: FurtherCatalogs,
        limits: Limits
    ) {
        self.maker = maker
        self.parser = parser
        self.message = message
        self.catalog = catalog
        self.further = further
        facts = MessageFacts(message.delivery)
        let identity = message.identity
        keys = MessageKeys(numbers: SequenceNumbers(), seed: { [seed = further.seed] in seed }) { _ in identity }
        preparer = ItemPreparer(limits: limits)
        isLate = catalog.shape?.hasLateFields ?? false
        keyPreparer = .ofKeys(limits)
    }

    /// Adds the records of an accepted item.
    mutating func add(_ item: JSONNode, index: Int) {
        let envelope = PostingMaker.envelope(
            item, companyId: catalog.companyId, catalog: catalog.definition.catalog)
        for (number, kind) in further.kinds.enumerated() {
            let isKnown = isLate || kind.shape.usesStored
            let part: RecordMaker.Part = isKnown ? .known(isComplete: !isLate) : .whole
            let content: PreparedRecord.Content
            switch make(part, kind, envelope: envelope, index: index, stored: nil) {
            case .success(nil): continue
            case .success(let message?): content = isKnown ? .known(message) : .whole(message)
            case .failure(let fault): content = .refused(fault.reasons)
            }
            let record = PreparedRecord(item: index, kind: number, shape: kind.shape, content: content)
            byteCount += record.byteCount
            records.append(record)
        }
    }

    struct Fault: Error {
        let reasons: [Reason]
    }

    /// The record as the only item of a message; nil where its condition does not hold. `envelope`: a catalog message with
    /// only the item. `stored`: the item's record as JSON.
    func make(
        _ part: RecordMaker.Part, _ kind: FurtherCatalogs.Kind, envelope: [UInt8], index: Int, stored: [UInt8]?
    ) -> Result<PreparedMessage?, Fault> {
        let text: [UInt8]
        do throws(RecordMaker.Failure) {
            let made = try maker.message(
                part, of: kind.shape, envelope: envelope, index: index, facts: facts, keys: keys, stored: stored)
            guard let made else { return .success(nil) }
            text = made
        } catch {
            // Neither definition's secrets are shown.
            let fault = kind.definition.isShown(error.field) ? error.fault : error.fault.hidden
            return .failure(
                Fault(reasons: [
                    .notMade(fault.shown(of: catalog.definition), kind.shape.catalog, error.field, item: index)
                ]))
        }
        let document: JSONDocument
        do {
            document = try parser.parse(text)
        } catch {
            return .failure(Fault(reasons: [.notRead(error, kind.shape.catalog, item: index)]))
        }
        let node = document.withRoot { ($0["items"] ?? $0).index }
        let own = CatalogMessage(
            companyId: catalog.companyId, definition: kind.definition, document: document, itemsNode: node,
            itemCount: 1, paramsNode: nil, orderGroup: catalog.orderGroup, references: kind.references)
        let prepared = (part == .whole ? preparer : keyPreparer).prepare(
            Message(delivery: message.delivery, identity: message.identity, content: .catalog(own)))
        guard let reasons = prepared.rejections.first else { return .success(prepared) }
        return .failure(Fault(reasons: reasons.map { $0.ofRecord(kind.shape.catalog, item: index) }))
    }
}

extension Reason {
    /// Why a further record cannot be written, as a reason of its item.
    func ofRecord(_ catalog: String, item: Int) -> Reason {
        let place = JSONPointer(["items", String(item)])
        // Of its own message it is the only item.
        let inside = pointer.tokens.starts(with: ["items", "0"]) ? Array(pointer.tokens.dropFirst(2)) : []
        let own = JSONPointer(["items", "0"] + inside).description
        let words = text.hasPrefix(own) ? String(text.dropFirst(own.count)) : ": " + text
        let field = inside.isEmpty ? "" : ": \(JSONPointer(inside))"
        return Reason(
            item: item, code: code, pointer: place, keyword: keyword, expected: expected, found: found,
            text: "\(place): its record of \(catalog)\(field)\(words)")
    }

    fileprivate static func notMade(_ fault: Fault, _ catalog: String, _ field: String?, item: Int) -> Reason {
        let place = JSONPointer(["items", String(item)])
        let about = field.map { "\(JSONPointer([$0])): " } ?? ""
        return Reason(
            item: item, code: .mappingFailed, pointer: place, keyword: fault.step, expected: fault.expected,
            found: fault.found,
            text: "\(place): its record of \(catalog): \(about)'\(fault.step)': expected \(fault.expected), found"
                + " \(fault.found); \(fault.remedy)")
    }

    fileprivate static func notRead(_ error: JSONSyntaxError, _ catalog: String, item: Int) -> Reason {
        let place = JSONPointer(["items", String(item)])
        return Reason(
            item: item, code: .mappingFailed, pointer: place, expected: "a record that can be read",
            found: "one beyond the limits",
            text: "\(place): its record of \(catalog) cannot be read: \(error.message); shorten the item")
    }
}
