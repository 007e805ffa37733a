package import JSON
package import Schemas

/// Maps foreign messages: reads the envelope and writes the items as catalog items.
///
/// Reuses its memory between messages: one thread at a time.
package final class MessageMapper {
    private let run: Run

    /// `trail`: records which table entries and branches are taken.
    package init(trail: Trail? = nil) { run = Run(trail: trail) }

    /// Result of mapping one message.
    package enum Mapped {
        /// The shape's condition (`when`) does not match.
        case notTaken
        /// Items written as catalog items: `body` is `{"items":[…]}`, with null for each failed item.
        case items(Envelope, body: [UInt8], ForeignItems)
        /// Items that already are catalog items: the node of their array.
        case asTheyAre(Envelope, itemsNode: Int, ForeignItems)
        /// The message as a whole cannot be mapped.
        case refused([EnvelopeFault], companyId: ByteString?, catalog: ByteString?)
    }

    package struct Envelope {
        package var companyId: ByteString
        package var catalog: ByteString
        package var messageId: ByteString?
    }

    /// Why a message as a whole cannot be mapped.
    package struct EnvelopeFault {
        package var pointer: JSONPointer
        /// The envelope part's name in the mapping: `companyId`, `items`.
        package var part: String
        package var fault: Fault
        /// Whether a transform failed; otherwise a value is missing or of the wrong type.
        package var isMapping: Bool
    }

    /// `keys`: needed for a shape whose fields have new ones.
    package func map(
        _ document: JSONDocument, with shape: MessageShape, facts: MessageFacts, catalogs: Catalogs,
        keys: (any NewKeys)? = nil
    ) -> Mapped {
        run.facts = facts
        run.keys = keys
        defer { (run.root, run.keys) = (nil, nil) }
        return document.withRoot { root in
            run.root = root
            run.hasDuplicateNames = document.hasDuplicateNames
            run.item = Value(root)
            run.parents = []
            run.scratch.reset()
            if let when = shape.when {
                do throws(Fault) {
                    guard try when.holds(run) else { return .notTaken }
                } catch {
                    let fault = fault("when", error.origin ?? when.origin, error, isMapping: true)
                    return .refused([fault], companyId: nil, catalog: nil)
                }
            }
            var faults: [EnvelopeFault] = []
            let companyId = text("companyId", shape.companyId, &faults)
            let catalog = text("catalog", shape.catalog, &faults)
            let messageId = shape.messageId.flatMap { text("messageId", $0, &faults, isOptional: true) }
            guard faults.isEmpty, let companyId, let catalog else {
                return .refused(faults, companyId: companyId, catalog: catalog)
            }
            let envelope = Envelope(companyId: companyId, catalog: catalog, messageId: messageId)
            let key = catalogs[catalog.description]?.key ?? []
            guard shape.program != nil else { return whole(envelope, document, root, shape) }
            keys?.begin(messageId: messageId)
            var writing = ItemWriting(run: run, shape: shape, key: key, document: document)
            if let fault = writing.visit(root) {
                return .refused([fault], companyId: companyId, catalog: catalog)
            }
            let (body, items) = writing.finish()
            return .items(envelope, body: body, items)
        }
    }

    private func whole(
        _ envelope: Envelope, _ document: JSONDocument, _ root: JSONNode, _ shape: MessageShape
    ) -> Mapped {
        let steps = shape.items.steps.dropLast()
        let array: JSONNode
        do throws(Fault) {
            let found = try Path.follow(steps, from: root)
            let isOptional = if case .all(true)? = shape.items.steps.last { true } else { false }
            // A list of one may be written as its element, and an optional one may be missing.
            if let found, found.isObject { return listed(found, envelope, document, shape) }
            if isOptional, found?.isNull ?? true { return listed(nil, envelope, document, shape) }
            guard let found, found.isArray else {
                throw Fault(
                    "items", expected: "an array of items", found: found.map { Value($0) } ?? .missing,
                    remedy: "send the items at \(shape.items.text)")
            }
            array = found
        } catch {
            return .refused(
                [
                    EnvelopeFault(
                        pointer: JSONPointer(Path(base: .root, steps: Array(steps)).tokens), part: "items",
                        fault: error, isMapping: false)
                ], companyId: envelope.companyId, catalog: envelope.catalog)
        }
        return .asTheyAre(
            envelope, itemsNode: array.index,
            ForeignItems(
                document: document, shape: shape, nodes: [], positions: [], ordinals: [], faults: [:], skipped: 0))
    }

    /// The items as a list of one or none.
    private func listed(
        _ item: JSONNode?, _ envelope: Envelope, _ document: JSONDocument, _ shape: MessageShape
    ) -> Mapped {
        let body = Array(#"{"items":["#.utf8) + (item.map { Array($0.rawText) } ?? []) + Array("]}".utf8)
        return .items(
            envelope, body: body,
            ForeignItems(
                document: document, shape: shape, nodes: item.map { [Int32($0.index)] } ?? [],
                positions: item == nil ? [] : [ForeignItems.noPosition], ordinals: [], faults: [:], skipped: 0))
    }

    /// Maps the next window of a message that ``map(_:with:facts:catalogs:)`` accepted. `document`: the message with
    /// only the elements of one window; the shape must have a ``MessageShape/windowPath``. `key`: names of the
    /// catalog's key fields.
    package func proceed(
        _ document: JSONDocument, with shape: MessageShape, facts: MessageFacts, key: [String], at place: ItemWindow
    ) -> Window {
        run.facts = facts
        defer { run.root = nil }
        return document.withRoot { root in
            run.root = root
            run.hasDuplicateNames = document.hasDuplicateNames
            run.parents = []
            guard shape.program != nil else {
                // The path leads to an array, since the window was cut from it. Repeated members are reported in every
                // window.
                let array = (try? Path.follow(shape.items.steps.dropLast(), from: root)) ?? root
                let items = ForeignItems(
                    document: document, shape: shape, nodes: [], positions: [], ordinals: [], faults: [:], skipped: 0,
                    window: place)
                return .asTheyAre(itemsNode: array.index, items)
            }
            var writing = ItemWriting(run: run, shape: shape, key: key, document: document, window: place)
            // The path leads to an array, since the window was cut from it.
            _ = writing.visit(root)
            let (body, items) = writing.finish()
            return .items(body: body, items)
        }
    }

    /// Result of mapping one window.
    package enum Window {
        case items(body: [UInt8], ForeignItems)
        case asTheyAre(itemsNode: Int, ForeignItems)
    }

    /// An envelope text of 1 to 256 bytes.
    private func text(
        _ part: String, _ expression: any Expression, _ faults: inout [EnvelopeFault], isOptional: Bool = false
    ) -> ByteString? {
        do throws(Fault) {
            let value = try expression.evaluate(run)
            if isOptional, value.isAbsent { return nil }
            if let text = value.text(run), (1...256).contains(text.count) { return ByteString(copying: text) }
            let header = (expression as? HeaderText)?.name.prefix(80)
            let remedy =
                header.map { "send the header '\($0)'" } ?? expression.origin(run).map { "send it at \($0.text)" }
                ?? "fix '\(part):' in the mapping"
            var missing = Fault(part, expected: "a text of 1 to 256 bytes", found: value, remedy: remedy)
            if let header, value.isAbsent { missing.found = "no header '\(header)'" }
            faults.append(fault(part, expression.origin, missing, isMapping: false))
        } catch {
            faults.append(fault(part, error.origin ?? expression.origin, error, isMapping: true))
        }
        return nil
    }

    private func fault(_ part: String, _ origin: Path?, _ fault: Fault, isMapping: Bool) -> EnvelopeFault {
        EnvelopeFault(
            pointer: JSONPointer(origin?.tokens ?? []), part: part, fault: fault, isMapping: isMapping)
    }
}
