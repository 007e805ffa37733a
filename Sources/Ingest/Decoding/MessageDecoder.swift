package import Contracts
internal import JSON
package import Mappings
package import Schemas

/// Decodes deliveries: JSON text, envelope, company, catalog. Never fails: an invalid delivery is a ``Message`` with
/// the reasons. One thread at a time, since the parser reuses its buffers.
package final class MessageDecoder {
    private let parser = JSONParser()
    private let limits: Limits
    private let companies: Set<ByteString>
    /// Nil for the built-in catalog message.
    private let foreign: ForeignDecoder?

    private let takesAll: Bool
    private let source: Int
    /// Those that fields take; refilled by the caller.
    package let numbers = SequenceNumbers()

    /// `companies`: those whose messages are taken; empty for all. `shapes`: of the messages; the first that takes one reads
    /// it, or, with `takesAll`, each; `ignoresOthers` says whether one that none takes is let go.
    /// `trail`: where the mappings tell which ways they take. `source`: the number, in its route, of the source that the
    /// deliveries come from. `seed`: gives numbers never given before; needed if fields have new keys.
    package init(
        limits: Limits, companies: [String] = [], shapes: [MessageShape] = [.catalog], takesAll: Bool = false,
        ignoresOthers: Bool = false, trail: Trail? = nil, source: Int = 0,
        seed: (@Sendable () -> UInt64)? = nil
    ) {
        self.source = source
        self.limits = limits
        self.companies = Set(companies.map { ByteString($0) })
        self.takesAll = takesAll
        let seed = seed ?? { preconditionFailure("a decoder that makes keys needs a seed") }
        foreign =
            shapes.count == 1 && shapes[0].isCatalogMessage && !takesAll
            ? nil
            : ForeignDecoder(
                shapes: shapes, ignoresOthers: ignoresOthers, companies: self.companies, trail: trail,
                seed: seed,
                newKeys: { [numbers, takesAll] delivery, shape in
                    MessageKeys(numbers: numbers, seed: seed) { messageId in
                        MessageIdentity(of: delivery, idInBody: messageId, part: takesAll ? shape.name : nil)
                    }
                })
    }

    /// Decodes by the first matching shape. `now`: milliseconds since 1970.
    package func decode(_ delivery: Delivery, catalogs: Catalogs, now: Int64) -> Message {
        var idInBody: ByteString?
        let content: Message.Content
        let body = BodyForm.withoutMark(delivery.body)
        if foreign == nil, body.count > limits.wholeBytes, body.count <= limits.messageBytes {
            let content = large(body, original: delivery.body, catalogs: catalogs)
            return message(delivery, content, now: now, idInBody: nil)
        }
        do throws(Unreadable) {
            if let foreign {
                let text = try foreignText(body)
                do {
                    content = try foreign.content(
                        of: delivery, text, catalogs: catalogs, now: now, idInBody: &idInBody)
                } catch {
                    throw Unreadable(reason: Reason(error, of: body))
                }
            } else {
                let document = try read(body)
                content = document.withRoot { root in
                    envelope(root, in: document, catalogs: catalogs, body: delivery.body)
                }
            }
        } catch {
            content = .unreadable(reasons: [error.reason], companyId: nil, catalog: nil, body: delivery.body)
        }
        return message(delivery, content, now: now, idInBody: idInBody)
    }

    /// The messages of a delivery: one, or one for each matching shape, in order. Never empty.
    package func messages(of delivery: Delivery, catalogs: Catalogs, now: Int64) -> [Message] {
        guard takesAll, let foreign, let text = try? foreignText(BodyForm.withoutMark(delivery.body)),
            var parts = try? foreign.parts(of: delivery, text, catalogs: catalogs, now: now)
        else { return [decode(delivery, catalogs: catalogs, now: now)] }
        // What failed in one case is sent again for that one: the others have had theirs.
        if let only = delivery.properties.text(MessageProperties.caseHeader) {
            guard foreign.hasCase(only) else {
                return [message(delivery, foreign.unknownCase(only, delivery), now: now, idInBody: nil)]
            }
            parts = parts.filter { $0.name == only }
        }
        guard !parts.isEmpty else {
            return [message(delivery, foreign.untaken(delivery), now: now, idInBody: nil)]
        }
        return parts.enumerated().map { number, part in
            message(
                delivery, part.content, now: now, idInBody: part.idInBody,
                part: Message.Part(number: number, name: part.name))
        }
    }

    private func message(
        _ delivery: Delivery, _ content: Message.Content, now: Int64, idInBody: ByteString?, part: Message.Part? = nil
    ) -> Message {
        var properties = delivery.properties
        if let idInBody = MessageIdentity.idInBody(idInBody, of: delivery) { properties.messageId = idInBody }
        var content = content
        if case .unreadable(let reasons, let companyId, let catalog, let body) = content {
            // Taken from a text that may not be a catalog message, of any length.
            content = .unreadable(
                reasons: reasons, companyId: companyId?.cut(toBytes: StoreBounds.nameBytes),
                catalog: catalog?.cut(toBytes: StoreBounds.nameBytes), body: body)
        }
        return Message(
            delivery: DeliveryFacts(
                source: source,
                tag: delivery.tag, queue: delivery.queue, isRedelivered: delivery.isRedelivered,
                properties: properties, request: delivery.request, outerMessageId: delivery.properties.messageId,
                receivedAt: now,
                byteCount: delivery.body.count),
            identity: MessageIdentity(of: delivery, idInBody: idInBody, part: part?.name),
            content: content, part: part)
    }

    private struct Unreadable: Error { let reason: Reason }

    private func read(_ body: [UInt8]) throws(Unreadable) -> JSONDocument {
        try checkSize(of: body)
        do {
            return try parser.parse(body)
        } catch {
            throw Unreadable(reason: Reason(error, of: body))
        }
    }

    private func foreignText(_ body: [UInt8]) throws(Unreadable) -> ForeignText {
        try checkSize(of: body)
        return ForeignText(body, limits: limits, parser)
    }

    private func checkSize(of body: [UInt8]) throws(Unreadable) {
        guard body.count > limits.messageBytes else { return }
        throw Unreadable(
            reason: Reason(
                code: .tooLarge, expected: "at most \(limits.messageBytes) bytes", found: "\(body.count) bytes",
                text: "the message has \(body.count) bytes, the limit is \(limits.messageBytes); send it in parts"))
    }

    /// A message whose items are parsed window by window. `original`: the body as it came.
    private func large(_ body: [UInt8], original: [UInt8], catalogs: Catalogs) -> Message.Content {
        func refused(_ reason: Reason) -> Message.Content {
            .unreadable(reasons: [reason], companyId: nil, catalog: nil, body: original)
        }
        let outline: JSONOutline
        do {
            outline = try JSONOutline(of: body, arrayAt: ["items"])
        } catch {
            return refused(Reason(error, of: body))
        }
        let items = outline.elements ?? body.count..<body.count
        let size = body.count - items.count
        // Anything but an object is invalid, whatever it contains.
        let envelopeText =
            outline.isObject ? Array(body[..<items.lowerBound] + body[items.upperBound...]) : Array("[]".utf8)
        guard !outline.isObject || size <= limits.envelopeBytes else {
            return refused(.envelopeTooLarge(size, limit: limits.envelopeBytes))
        }
        guard let document = try? parser.parse(envelopeText) else {
            preconditionFailure("a valid envelope is not JSON")
        }
        let content = document.withRoot { envelope($0, in: document, catalogs: catalogs, body: original) }
        guard case .catalog(let message) = content else { return content }
        return .catalog(CatalogMessage(message, of: body, outline, items: items, limits: limits, parser))
    }

    private func envelope(
        _ root: JSONNode, in document: JSONDocument, catalogs: Catalogs, body: [UInt8]
    ) -> Message.Content {
        let companyId = root["companyId"].flatMap { $0.isString ? ByteString(copying: $0.utf8) : nil }
        let catalog = root["catalog"].flatMap { $0.isString ? ByteString(copying: $0.utf8) : nil }
        func refused(_ reasons: [Reason]) -> Message.Content {
            .unreadable(reasons: reasons, companyId: companyId, catalog: catalog, body: body)
        }

        if BodyForm.isEncodedTwice(root, parser) { return refused([.encodedTwice]) }
        let faults = Self.envelopeFaults(root)
        guard faults.isEmpty, let companyId, let catalog, let items = root["items"] else { return refused(faults) }
        if root.hasDuplicateNames { return refused([.duplicate(in: root, at: JSONPointer(), item: nil)]) }
        guard companies.isEmpty || companies.contains(companyId) else {
            return refused([.companyNotAllowed(companyId, at: "/companyId")])
        }
        guard let definition = catalogs[catalog.description] else {
            return refused([
                .unknownCatalog(
                    catalog.description, nearest: catalogs.nearest(to: catalog.description), at: "/catalog")
            ])
        }
        return .catalog(
            CatalogMessage(
                companyId: companyId, definition: definition, document: document, itemsNode: items.index,
                itemCount: items.count, paramsNode: root["params"]?.index,
                orderGroup: catalogs.orderGroup(of: definition.catalog),
                references: FieldReference.enforced(by: definition, catalogs: catalogs)))
    }

    /// Collects every fault of a JSON text as a catalog message.
    private static func envelopeFaults(_ root: JSONNode) -> [Reason] {
        guard root.isObject else {
            return [.notEnvelope(JSONPointer(), expected: "an object with companyId, catalog and items", root)]
        }
        var faults: [Reason] = []
        for name in ["companyId", "catalog"] as [StaticString] {
            let value = root[name]
            if let value, value.isString, value.utf8.count > 0, value.utf8.count <= 256 { continue }
            faults.append(
                .notEnvelope(JSONPointer(["\(name)"]), expected: "a string of 1 to 256 bytes", value))
        }
        let items = root["items"]
        if items?.isArray != true { faults.append(.notEnvelope("/items", expected: "an array of items", items)) }
        return faults
    }
}

extension Reason {
    fileprivate init(_ error: JSONSyntaxError, of body: [UInt8]) {
        let code: ReasonCode =
            switch error.code {
            case .tooDeep: .tooDeep
            case .tooLarge, .outOfMemory: .tooLarge
            default: .notJson
            }
        let text = code == .notJson ? BodyForm.remedy(for: body) : nil
        self.init(code: code, text: text ?? error.description, position: error.position)
    }

    static let encodedTwice = Reason(
        code: .notEnvelope, expected: "an object", found: "a string that holds JSON",
        text: "the message: expected an object, found a string that holds JSON: it is encoded twice; send the object"
            + " itself")

    fileprivate static func notEnvelope(_ pointer: JSONPointer, expected: String, _ found: JSONNode?) -> Reason {
        let found = found.map(Reason.describe) ?? "nothing"
        return Reason(
            code: .notEnvelope, pointer: pointer, expected: expected, found: found,
            text: "\(pointer.tokens.isEmpty ? "the message" : "\(pointer)"): expected \(expected), found \(found); a"
                + " catalog message is {\"companyId\": …, \"catalog\": …, \"items\": […]}")
    }

    fileprivate static func envelopeTooLarge(_ size: Int, limit: Int) -> Reason {
        Reason(
            code: .tooLarge, expected: "at most \(limit) bytes beside the items", found: "\(size) bytes",
            text: "the message has \(size) bytes beside its items, the limit is \(limit); send large data as items, or"
                + " shorten params")
    }

    static func companyNotAllowed(_ companyId: ByteString, at pointer: JSONPointer) -> Reason {
        Reason(
            code: .companyNotAllowed, pointer: pointer, expected: "a company of this gateway",
            found: "\"\(companyId)\"",
            text:
                "\(pointer): company \"\(companyId)\" is not among companies.allowed; add it there, or send the"
                + " message to that company's gateway")
    }

    /// A catalog of further records, which the mapping names and not the message.
    static func unknownFurther(_ name: String, nearest: String?) -> Reason {
        Reason(
            code: .unknownCatalog, expected: nearest ?? "a known catalog", found: "\"\(name.prefix(80))\"",
            text:
                "the message: its mapping writes records of '\(name.prefix(80))', and there is no catalog of that name"
                + " (\(catalogHint(nearest)))")
    }

    private static func catalogHint(_ nearest: String?) -> String {
        nearest.map { "did you mean '\($0)'?" } ?? "'gateway schema list' shows those there are"
    }

    static func unknownCatalog(_ name: String, nearest: String?, at pointer: JSONPointer) -> Reason {
        let hint = catalogHint(nearest)
        return Reason(
            code: .unknownCatalog, pointer: pointer, expected: nearest ?? "a known catalog",
            found: "\"\(name.prefix(80))\"",
            text: "\(pointer): no catalog is named '\(name.prefix(80))' (\(hint))")
    }

    /// Names the first repeated member of an object that has one.
    static func duplicate(in object: JSONNode, at pointer: JSONPointer, item: Int?) -> Reason {
        var seen: Set<ByteString> = []
        var name = ""
        for member in object.members {
            let own = ByteString(copying: member.name.utf8)
            if !seen.insert(own).inserted {
                name = own.description
                break
            }
        }
        let place = pointer.appending(name)
        return Reason(
            item: item, code: .duplicateField, pointer: place, expected: "one member of that name",
            found: "two or more",
            text: "\(place): the member '\(name)' is there more than once; keep the one that is meant")
    }

    /// A description of a value, truncated.
    static func describe(_ node: JSONNode) -> String {
        switch node.kind {
        case .null: return "null"
        case .true: return "true"
        case .false: return "false"
        case .array: return "an array"
        case .object: return "an object"
        case .number: return "the number \(String(decoding: node.utf8.prefix(40), as: UTF8.self))"
        case .string:
            let text = String(decoding: node.utf8.prefix(160), as: UTF8.self)
            return "the string \"\(text.prefix(40))\(text.count > 40 ? "…" : "")\""
        }
    }
}
