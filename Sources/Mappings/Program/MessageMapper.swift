package import Documents
package import Schemas

/// Reads messages in foreign shapes: finds the envelope, and writes the items as catalog items.
///
/// Keeps its memory between messages, so one mapper serves one thread at a time.
package final class MessageMapper {
    private let run: Run

    /// `trail`: where it is told which entries of tables and which branches are taken.
    package init(trail: Trail? = nil) { run = Run(trail: trail) }

    /// What came of one message.
    package enum Mapped {
        /// The message is not for this shape (`when`).
        case notTaken
        /// Items were written as catalog items: `body` is `{"items":[…]}`, with null for an item that failed.
        case items(Envelope, body: [UInt8], ForeignItems)
        /// Items are catalog items already: the node of their array.
        case asTheyAre(Envelope, itemsNode: Int, ForeignItems)
        /// The message as a whole cannot be read.
        case refused([EnvelopeFault], companyId: ByteString?, catalog: ByteString?)
    }

    package struct Envelope {
        package var companyId: ByteString
        package var catalog: ByteString
        package var messageId: ByteString?
    }

    /// Why the message as a whole cannot be read.
    package struct EnvelopeFault {
        package var pointer: JSONPointer
        /// What the mapping calls it: `companyId`, `items`.
        package var part: String
        package var fault: Fault
        /// Whether a transform failed; otherwise something is missing, or of another kind.
        package var isMapping: Bool
    }

    package func map(
        _ document: JSONDocument, with shape: MessageShape, facts: MessageFacts, catalogs: Catalogs
    ) -> Mapped {
        run.facts = facts
        defer { run.root = nil }
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
                    return .refused([fault("when", when.origin, error, isMapping: true)], companyId: nil, catalog: nil)
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

    /// Further items of a message that ``map(_:with:facts:catalogs:)`` took. `document`: the message with the elements of one
    /// window alone, of a shape with a ``MessageShape/windowPath``. `key`: names of the catalog's key fields.
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
                // It leads to an array: the window was cut out of it, and a member that is there twice is in all windows.
                let array = (try? Path.follow(shape.items.steps.dropLast(), from: root)) ?? root
                let items = ForeignItems(
                    document: document, shape: shape, nodes: [], positions: [], ordinals: [], faults: [:], skipped: 0,
                    window: place)
                return .asTheyAre(itemsNode: array.index, items)
            }
            var writing = ItemWriting(run: run, shape: shape, key: key, document: document, window: place)
            // It leads to an array: the window was cut out of it.
            _ = writing.visit(root)
            let (body, items) = writing.finish()
            return .items(body: body, items)
        }
    }

    /// What came of a window.
    package enum Window {
        case items(body: [UInt8], ForeignItems)
        case asTheyAre(itemsNode: Int, ForeignItems)
    }

    /// A text of the envelope, of 1 to 256 bytes.
    private func text(
        _ part: String, _ expression: any Expression, _ faults: inout [EnvelopeFault], isOptional: Bool = false
    ) -> ByteString? {
        do throws(Fault) {
            let value = try expression.evaluate(run)
            if isOptional, value.isAbsent { return nil }
            if let text = value.textForm, (1...256).contains(text.count) { return ByteString(copying: text) }
            let remedy = expression.origin.map { "send it at \($0.text)" } ?? "mend '\(part):' in the mapping"
            let missing = Fault(part, expected: "a text of 1 to 256 bytes", found: value, remedy: remedy)
            faults.append(fault(part, expression.origin, missing, isMapping: false))
        } catch {
            faults.append(fault(part, expression.origin, error, isMapping: true))
        }
        return nil
    }

    private func fault(_ part: String, _ origin: Path?, _ fault: Fault, isMapping: Bool) -> EnvelopeFault {
        EnvelopeFault(
            pointer: JSONPointer(origin?.tokens ?? []), part: part, fault: fault, isMapping: isMapping)
    }
}
