internal import JSON
internal import Schemas

/// The published form of a document: selected fields in order, or the whole document. Compiled and immutable.
package final class DocumentShape: Sendable {
    struct Field: Sendable {
        let name: String
        let value: any Expression
        let policy: FieldProgram.Policy
    }

    /// Condition on published documents; nil: all.
    let when: Condition?
    /// Nil: the whole document.
    let fields: [Field]?
    let names: NameTable
    let slotCount: Int
    let fillsNull: Bool
    let keepsOthers: Bool
    /// Members excluded from the kept ones.
    let dropped: NameTable
    /// Tables and choices, for test coverage.
    package let branchPoints: [BranchPoint]

    init(
        when: Condition?, fields: [Field]?, slots: [String], fillsNull: Bool, keepsOthers: Bool, dropped: [String],
        branchPoints: [BranchPoint] = []
    ) {
        self.branchPoints = branchPoints
        self.when = when
        self.fields = fields
        names = NameTable(slots)
        slotCount = slots.count
        self.fillsNull = fillsNull
        self.keepsOthers = keepsOthers
        self.dropped = NameTable(Set(dropped + (fields ?? []).map(\.name)).sorted())
    }

    /// Field names, in order; empty for the whole document.
    package var fieldNames: [String] { (fields ?? []).map(\.name) }
    /// Whether some documents are excluded.
    package var hasCondition: Bool { when != nil }
}

/// Maps documents to their published form. Reuses its memory: one thread at a time.
package final class DocumentMapper {
    private let run: Run

    /// `trail`: records which table entries and branches are taken.
    package init(trail: Trail? = nil) { run = Run(trail: trail, keepsNumbers: true) }

    /// Whether what was mapped so far may depend on more than the documents, such as the time.
    package var hasReadFacts: Bool { run.hasReadFacts }

    package enum Mapped {
        case body([UInt8])
        /// Excluded by the condition.
        case skipped
        /// A field could not be mapped.
        case failed(field: String, Fault)
    }

    /// `text`: the document as JSON. `now`: milliseconds since 1970.
    package func map(_ text: [UInt8], with shape: DocumentShape, now: Int64) -> Mapped {
        if shape.fields == nil, shape.when == nil { return .body(text) }
        // The text was generated from BSON, so it is valid JSON.
        guard let document = try? run.parser.parse(text) else {
            return .failed(
                field: "document",
                Fault("document", expected: "a document that is JSON", found: "another", remedy: "fix it in the store")
            )
        }
        if document.hasDuplicateNames {
            do throws(Fault) {
                try document.withRoot { root throws(Fault) in try Path.refuseDuplicates(in: root) }
            } catch {
                return .failed(field: "document", error)
            }
        }
        run.facts = MessageFacts(receivedAt: now)
        run.scratch.reset()
        run.reserveSlots(shape.slotCount)
        defer { run.root = nil }
        return document.withRoot { root in map(root, text, shape) }
    }

    private func map(_ root: JSONNode, _ text: [UInt8], _ shape: DocumentShape) -> Mapped {
        run.root = root
        run.item = Value(root)
        run.parents = [root]
        run.slots.update(repeating: .missing, count: shape.slotCount)
        for member in root.members {
            if let slot = shape.names.find(member.name.utf8) { run.slots[slot] = Value(member.value) }
        }
        do throws(Fault) {
            if let when = shape.when, !(try when.holds(run)) { return .skipped }
        } catch {
            return .failed(field: "when", error)
        }
        guard let fields = shape.fields else { return .body(text) }
        var out = [UInt8(ascii: "{")]
        out.reserveCapacity(text.count + 64)
        for field in fields {
            do throws(Fault) {
                append(try value(of: field), named: field.name, shape, to: &out)
            } catch {
                return .failed(field: field.name, error)
            }
        }
        if shape.keepsOthers {
            for member in root.members where shape.dropped.find(member.name.utf8) == nil {
                if out.count > 1 { out.append(UInt8(ascii: ",")) }
                out.append(contentsOf: member.name.rawText)
                out.append(UInt8(ascii: ":"))
                out.append(contentsOf: member.value.rawText)
            }
        }
        out.append(UInt8(ascii: "}"))
        return .body(out)
    }

    private func value(of field: DocumentShape.Field) throws(Fault) -> Value {
        do throws(Fault) {
            return try field.value.evaluate(run)
        } catch {
            switch field.policy {
            case .reject: throw error
            case .null: return .null
            case .drop: return .missing
            case .value(let other): return try other.evaluate(run)
            }
        }
    }

    private func append(_ value: Value, named name: String, _ shape: DocumentShape, to out: inout [UInt8]) {
        var value = value
        if case .missing = value {
            guard shape.fillsNull else { return }
            value = .null
        }
        if out.count > 1 { out.append(UInt8(ascii: ",")) }
        JSONText.append(string: name, to: &out)
        out.append(UInt8(ascii: ":"))
        value.append(to: &out)
    }
}
