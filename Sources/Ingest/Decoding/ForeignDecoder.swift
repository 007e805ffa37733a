internal import Contracts
internal import JSON
internal import Mappings
internal import Schemas

/// Decodes messages by the shapes of mappings. One thread at a time.
final class ForeignDecoder {
    private let mapper: MessageMapper
    private let parser = JSONParser()
    private let shapes: [MessageShape]
    private let ignoresOthers: Bool
    private let companies: Set<ByteString>
    private let newKeys: (Delivery, MessageShape) -> MessageKeys
    private let seed: @Sendable () -> UInt64
    private var stored: [String: Definition] = [:]

    /// `newKeys`: gives the keys of a message whose shape makes them.
    init(
        shapes: [MessageShape], ignoresOthers: Bool, companies: Set<ByteString>, trail: Trail?,
        seed: @escaping @Sendable () -> UInt64,
        newKeys: @escaping (Delivery, MessageShape) -> MessageKeys
    ) {
        self.seed = seed
        self.newKeys = newKeys
        mapper = MessageMapper(trail: trail)
        self.shapes = shapes
        self.ignoresOthers = ignoresOthers
        self.companies = companies
    }

    /// Decodes by the first matching shape.
    func content(
        of delivery: Delivery, _ text: ForeignText, catalogs: Catalogs, now: Int64, idInBody: inout ByteString?
    ) throws(JSONSyntaxError) -> Message.Content {
        if let unread = try unread(delivery, text) { return unread }
        let facts = MessageFacts(delivery, now: now)
        for shape in shapes {
            let content = try self.content(of: delivery, text, shape, facts, catalogs, idInBody: &idInBody)
            if let content { return content }
        }
        return untaken(delivery)
    }

    /// A body that no shape can read: an empty one that the route ignores, or JSON encoded twice. Nil for others.
    private func unread(_ delivery: Delivery, _ text: ForeignText) throws(JSONSyntaxError) -> Message.Content? {
        let ignores = ignoresOthers && !delivery.properties.isReplay
        if ignores, BodyForm.isBlank(text.body) { return .ignored }
        guard BodyForm.isString(text.body),
            try text.document().withRoot({ BodyForm.isEncodedTwice($0, parser) })
        else { return nil }
        if ignores { return .ignored }
        return .unreadable(reasons: [.encodedTwice], companyId: nil, catalog: nil, body: delivery.body)
    }

    /// Decodes by every matching shape; empty if none matches, nil if no shape can read the body.
    func parts(
        of delivery: Delivery, _ text: ForeignText, catalogs: Catalogs, now: Int64
    ) throws(JSONSyntaxError) -> [(name: String, content: Message.Content, idInBody: ByteString?)]? {
        guard try unread(delivery, text) == nil else { return nil }
        let facts = MessageFacts(delivery, now: now)
        var parts: [(name: String, content: Message.Content, idInBody: ByteString?)] = []
        for shape in shapes {
            var idInBody: ByteString?
            let content = try self.content(of: delivery, text, shape, facts, catalogs, idInBody: &idInBody)
            if let content { parts.append((shape.name, content, idInBody)) }
        }
        return parts
    }

    func hasCase(_ name: String) -> Bool { shapes.contains { $0.name == name } }

    /// A replay for a case that the mapping no longer has.
    func unknownCase(_ name: String, _ delivery: Delivery) -> Message.Content {
        let names = shapes.map { "'\($0.name)'" }.joined(separator: ", ")
        let reason = Reason(
            code: .mappingFailed, keyword: "case", expected: "one of the route's cases: \(names)", found: "'\(name)'",
            text:
                "the message failed in the case '\(name)' and is sent again for that one, which the mapping has no more; give a"
                + " case that name, or discard the message and send it anew")
        return .unreadable(reasons: [reason], companyId: nil, catalog: nil, body: delivery.body)
    }

    /// A message that no shape matches. A replay is never ignored: it would be lost, and counted as replayed.
    func untaken(_ delivery: Delivery) -> Message.Content {
        if ignoresOthers, !delivery.properties.isReplay { return .ignored }
        let reason = Reason(
            code: .mappingFailed, keyword: "when", expected: Reason.taken,
            found: "none of its conditions holds",
            text:
                "the message: none of the route's conditions (when) holds for it; send it to another queue, or add a case for"
                + " it to the mapping")
        return .unreadable(reasons: [reason], companyId: nil, catalog: nil, body: delivery.body)
    }

    /// Nil if the shape does not match.
    private func content(
        of delivery: Delivery, _ text: ForeignText, _ shape: MessageShape, _ facts: MessageFacts,
        _ catalogs: Catalogs, idInBody: inout ByteString?
    ) throws(JSONSyntaxError) -> Message.Content? {
        let window = try text.firstWindow(shape)
        let document: JSONDocument
        if let window { document = window.document } else { document = try text.document() }
        let keys = shape.makesKeys ? newKeys(delivery, shape) : nil
        switch mapper.map(document, with: shape, facts: facts, catalogs: catalogs, keys: keys) {
        case .notTaken: return nil
        case .refused(let faults, let companyId, let catalog):
            return .unreadable(
                reasons: faults.map { Reason($0) }, companyId: companyId, catalog: catalog, body: delivery.body)
        case .items(let envelope, _, _) where keys?.isShort == true:
            // Never settled: decoded again with the numbers.
            return .unreadable(
                reasons: [.numbersMissing], companyId: envelope.companyId, catalog: envelope.catalog,
                body: delivery.body)
        case .items(let envelope, let body, let items):
            idInBody = envelope.messageId
            let mapped: JSONDocument
            do {
                mapped = try parser.parse(body)
            } catch {
                // Written by the mapper, so it is valid JSON, but may exceed limits.
                let reason = Reason(
                    code: .mappingFailed, keyword: "items", expected: "items that can be read",
                    found: "\(body.count) bytes of them",
                    text: "the mapped items cannot be read: \(error.message); send the message in parts")
                return .unreadable(
                    reasons: [reason], companyId: envelope.companyId, catalog: envelope.catalog, body: delivery.body)
            }
            return content(envelope, mapped, itemsNode: nil, items, shape, delivery, catalogs, window?.place)
        case .asTheyAre(let envelope, let node, let items):
            idInBody = envelope.messageId
            if document.withRoot(\.hasDuplicateNames) {
                let reason = document.withRoot { Reason.duplicate(in: $0, at: JSONPointer(), item: nil) }
                return .unreadable(
                    reasons: [reason], companyId: envelope.companyId, catalog: envelope.catalog, body: delivery.body)
            }
            return content(envelope, document, itemsNode: node, items, shape, delivery, catalogs, window?.place)
        }
    }

    private func content(
        _ envelope: MessageMapper.Envelope, _ document: JSONDocument, itemsNode: Int?, _ items: ForeignItems,
        _ shape: MessageShape, _ delivery: Delivery, _ catalogs: Catalogs, _ window: LargeMessage?
    ) -> Message.Content {
        func refused(_ reason: Reason) -> Message.Content {
            .unreadable(
                reasons: [reason], companyId: envelope.companyId, catalog: envelope.catalog, body: delivery.body)
        }
        guard companies.isEmpty || companies.contains(envelope.companyId) else {
            return refused(.companyNotAllowed(envelope.companyId, at: shape.companyPointer))
        }
        let name = envelope.catalog.description
        guard let found = catalogs[name] else {
            return refused(.unknownCatalog(name, nearest: catalogs.nearest(to: name), at: shape.catalogPointer))
        }
        let definition = shape.collection.map { self.definition(found, storedIn: $0) } ?? found
        var kinds: [FurtherCatalogs.Kind] = []
        for record in shape.records {
            guard let own = catalogs[record.catalog] else {
                let nearest = catalogs.nearest(to: record.catalog)
                return refused(.unknownFurther(record.catalog, nearest: nearest))
            }
            kinds.append(
                FurtherCatalogs.Kind(
                    shape: record,
                    definition: record.collection.map { self.definition(own, storedIn: $0) } ?? own,
                    references: FieldReference.enforced(by: own, catalogs: catalogs)))
        }
        let (node, count, params) = document.withRoot { root in
            let array = itemsNode.map { index in document.withNode(index) { $0 } } ?? root["items"] ?? root
            return (array.index, array.count, itemsNode == nil ? nil : root["params"]?.index)
        }
        var large = window
        large?.key = found.key
        return .catalog(
            CatalogMessage(
                companyId: envelope.companyId, definition: definition, document: document, itemsNode: node,
                itemCount: large?.elementCount ?? count, paramsNode: params,
                orderGroup: catalogs.orderGroup(of: definition.catalog),
                references: FieldReference.enforced(by: definition, catalogs: catalogs), origin: items,
                shape: shape,
                further: kinds.isEmpty
                    ? nil
                    : FurtherCatalogs(kinds: kinds, seed: shape.records.contains(where: \.makesKeys) ? seed() : 0),
                large: large))
    }

    /// Cached per definition.
    private func definition(_ definition: Definition, storedIn collection: String) -> Definition {
        let key = definition.catalog + "\0" + collection
        if let known = stored[key], known.isMade(of: definition) { return known }
        let made = definition.stored(in: collection)
        stored[key] = made
        return made
    }
}
