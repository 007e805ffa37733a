internal import Documents
internal import Schemas

/// What is published of a document: fields in their order, or the document as it is. Compiled; only runs.
package final class DocumentShape: Sendable {
    struct Field: Sendable {
        let name: String
        let value: any Expression
        let policy: FieldProgram.Policy
    }

    /// Which documents are published; nil for all.
    let when: Condition?
    /// Nil for the document as it is.
    let fields: [Field]?
    let names: NameTable
    let slotCount: Int
    let fillsNull: Bool
    let keepsOthers: Bool
    /// Members that are not kept beside the fields.
    let dropped: NameTable
    /// Its tables and choices, for the coverage of tests.
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

    /// The names of the fields, in their order; empty for the document as it is.
    package var fieldNames: [String] { (fields ?? []).map(\.name) }
    /// Whether there are documents that it does not take.
    package var hasCondition: Bool { when != nil }
}

/// Makes what is published of documents. Keeps its memory between them, so one mapper serves one thread at a time.
package final class DocumentMapper {
    private let run: Run

    /// `trail`: where it is told which entries of tables and which branches are taken.
    package init(trail: Trail? = nil) { run = Run(trail: trail) }

    package enum Mapped {
        case body([UInt8])
        /// Its condition does not take it.
        case skipped
        /// A field cannot be made: which, and why.
        case failed(field: String, Fault)
    }

    /// `text`: the document as JSON text. `now`: milliseconds since 1970.
    package func map(_ text: [UInt8], with shape: DocumentShape, now: Int64) -> Mapped {
        if shape.fields == nil, shape.when == nil { return .body(text) }
        // Written of BSON: it is JSON.
        guard let document = try? run.parser.parse(text) else {
            return .failed(
                field: "document",
                Fault("document", expected: "a document that is JSON", found: "another", remedy: "mend it in the store")
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
