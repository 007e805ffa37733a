internal import Contracts
internal import JSON
internal import Mappings
internal import Schemas

/// Completes items whose fields look at the stored record: each becomes the only item of a message of its own. One thread at
/// a time.
struct LateItem {
    private let maker = LateFieldMaker()
    private let parser = JSONParser()
    private let preparer: ItemPreparer

    init(limits: Limits, versionField: ByteString?) {
        preparer = ItemPreparer(limits: limits, versionField: versionField)
    }

    struct Fault: Error {
        let reasons: [Reason]
    }

    /// `stored`: the item's record as JSON, before the item; nil where there is none.
    func complete(_ index: Int, of message: PreparedMessage, stored: [UInt8]?) throws(Fault) -> PreparedMessage {
        guard case .catalog(let catalog) = message.message.content, let shape = catalog.shape,
            let origin = catalog.origin
        else { preconditionFailure("an item with late fields comes of a mapping") }
        let envelope = message.envelope(item: index)
        let made = message.withItem(index) { item in
            Result { () throws(LateFieldFault) -> [UInt8] in
                guard let item else { preconditionFailure("an item that is not in its message") }
                return try maker.message(
                    shape, of: item, envelope: envelope, captured: origin.captured(ofItem: index),
                    facts: MessageFacts(message.message.delivery), stored: stored)
            }
        }
        let text: [UInt8]
        do throws(LateFieldFault) {
            text = try made.get()
        } catch {
            throw Fault(reasons: [Reason(error, item: index, of: catalog.definition)])
        }
        let document: JSONDocument
        do {
            document = try parser.parse(text)
        } catch {
            throw Fault(reasons: [.notRead(error, item: index)])
        }
        let node = document.withRoot { ($0["items"] ?? $0).index }
        var own = CatalogMessage(
            companyId: catalog.companyId, definition: catalog.definition, document: document, itemsNode: node,
            itemCount: 1, paramsNode: nil, orderGroup: catalog.orderGroup, references: [])
        let whole = preparer.prepare(
            Message(delivery: message.message.delivery, identity: message.message.identity, content: .catalog(own)))
        if let reasons = whole.rejections.first { throw Fault(reasons: reasons.map { $0.moved(to: index) }) }
        // With its shape it could be taken for an item that is still to be completed.
        own.shape = shape
        own.further = catalog.further
        return PreparedMessage(
            message: Message(
                delivery: message.message.delivery, identity: message.message.identity, content: .catalog(own)),
            items: whole.items, images: whole.images, ids: whole.ids)
    }
}

extension Reason {
    /// Of the only item of a message, as one of the item with that number.
    fileprivate func moved(to item: Int) -> Reason {
        guard pointer.tokens.starts(with: ["items", "0"]) else { return self }
        let before = "\(pointer)"
        var reason = self
        reason.item = item
        reason.pointer = JSONPointer(["items", String(item)] + pointer.tokens.dropFirst(2))
        if text.hasPrefix(before) { reason.text = "\(reason.pointer)" + text.dropFirst(before.count) }
        return reason
    }

    fileprivate static func notRead(_ error: JSONSyntaxError, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        return Reason(
            item: item, code: .mappingFailed, pointer: pointer, expected: "a record that can be read",
            found: "one beyond the limits",
            text: "\(pointer): its record cannot be read: \(error.message); shorten the item")
    }
}
