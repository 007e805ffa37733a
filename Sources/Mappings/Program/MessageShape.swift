package import JSON
internal import Schemas

/// How one kind of message is mapped: its envelope, items, fields and targets. Compiled and immutable.
package final class MessageShape: Sendable {
    /// Condition on messages; nil: all.
    let when: Condition?
    /// Path of the items, with `[*]` for each array to iterate.
    let items: Path
    /// Splits a text item into fields.
    let csv: CSVColumns?
    let companyId: any Expression
    let catalog: any Expression
    let messageId: (any Expression)?
    /// Nil if items are catalog items already and are not copied.
    let program: ItemProgram?
    /// Where it does not hold on an item's record, the item is rejected; nil: there is none.
    package let storedCondition: StoredCondition?
    /// Target collection; nil: that of the catalog definition.
    package let collection: String?
    /// Whether items are stored as records; otherwise they are only posted.
    package let storesRecords: Bool
    /// What is posted of items.
    package let postings: [PostingShape]
    /// Further records of items.
    package let records: [RecordShape]
    /// Names of the fields that look at the stored record: if there are any, an item is complete only in the plan.
    package let lateFields: [String]
    /// Tables and choices, for test coverage.
    package let branchPoints: [BranchPoint]
    /// Name of the case, or of a route without cases.
    package let name: String
    /// Member names leading to the array whose elements are the items, if it can be read in windows: nothing else in
    /// the mapping reads that array, and no field has a new key. Nil if it cannot.
    package let windowPath: [String]?
    /// Whether fields have new keys.
    package let makesKeys: Bool
    /// The sequences that fields take numbers of.
    package let sequences: [NumberSequence]

    init(
        name: String, when: Condition?, items: Path, csv: CSVColumns?, companyId: any Expression,
        catalog: any Expression, messageId: (any Expression)?, program: ItemProgram?,
        storedCondition: StoredCondition? = nil, collection: String?, storesRecords: Bool = true,
        postings: [PostingShape] = [], records: [RecordShape] = [], branchPoints: [BranchPoint] = [],
        messagePaths: [Path] = [],
        makesKeys: Bool = false, sequences: [NumberSequence] = []
    ) {
        self.name = name
        self.when = when
        self.items = items
        self.csv = csv
        self.companyId = companyId
        self.catalog = catalog
        self.messageId = messageId
        self.program = program
        lateFields = (program?.fields ?? []).filter(\.isLate).map(\.name)
        self.storedCondition = storedCondition
        self.collection = collection
        self.storesRecords = storesRecords
        self.postings = postings
        self.records = records
        self.branchPoints = branchPoints
        self.makesKeys = makesKeys
        self.sequences = sequences
        windowPath = csv?.splitsLines == true || makesKeys ? nil : Self.windowPath(to: items, besides: messagePaths)
    }

    private static func windowPath(to items: Path, besides others: [Path]) -> [String]? {
        guard items.steps.last?.isAll == true else { return nil }
        let names = items.steps.dropLast()
        let isLookedAt = others.contains { path in zip(path.steps, names).allSatisfy { $0 == $1 } }
        guard !isLookedAt else { return nil }
        var path: [String] = []
        for step in names {
            guard case .name(let name) = step else { return nil }
            path.append(name.description)
        }
        return path
    }

    /// Number of arrays iterated to reach an item; the lines of a text count as one.
    package var depth: Int { items.steps.count(where: \.isAll) + (splitsLines ? 1 : 0) }

    /// Whether the items are lines of a text.
    var splitsLines: Bool { csv?.splitsLines ?? false }

    /// Whether this is exactly the built-in catalog message.
    package var isCatalogMessage: Bool {
        program == nil && storedCondition == nil && items == Self.catalogItems && when == nil && messageId == nil
            && collection == nil
            && storesRecords && postings.isEmpty && records.isEmpty
            && (companyId as? PathValue)?.origin == Self.catalogCompany
            && (catalog as? PathValue)?.origin == Self.catalogName
    }

    private static let catalogItems = Path(base: .root, steps: [.name("items"), .all(isOptional: false)])
    private static let catalogCompany = Path(base: .root, steps: [.name("companyId")])
    private static let catalogName = Path(base: .root, steps: [.name("catalog")])

    /// Location of the company and catalog, for reasons.
    package var companyPointer: JSONPointer { JSONPointer(companyId.origin?.tokens ?? []) }
    package var catalogPointer: JSONPointer { JSONPointer(catalog.origin?.tokens ?? []) }

    /// The catalog, if it is constant.
    package var constantCatalog: String? {
        guard let constant = catalog as? Constant, case .text(let name) = constant.value else { return nil }
        return name.string
    }

    /// Whether records may have fields that the mapping does not name.
    var keepsOthers: Bool { program?.keepsOthers ?? true }

    /// Operations that its items can have.
    package var operations: [String] {
        let all = ["I", "U", "D", "IU"]
        guard let words = program?.operation.words else { return all }
        return all.filter { words.contains($0) }
    }

    package var hasLateFields: Bool { !lateFields.isEmpty }

    /// Whether some messages are excluded.
    package var hasCondition: Bool { when != nil }

    /// Whether some items are skipped.
    package var leavesItemsOut: Bool { program?.filter != nil }

    /// Whether a field can take arbitrary values from the sender, rather than values listed in the mapping.
    package func isOpen(field name: String) -> Bool {
        guard let program else { return true }
        guard let field = program.fields.first(where: { $0.name == name }) else { return program.keepsOthers }
        return !(field.value is Constant) && field.value.words == nil
    }

    /// Names of mapped fields, in order; empty if items are passed through.
    package var fieldNames: [String] { program?.fields.map(\.name) ?? [] }

    /// Catalog messages stored in another collection; nil: the definition's.
    package static func catalog(storedIn collection: String?) -> MessageShape {
        MessageShape(
            name: "catalog", when: nil, items: catalog.items, csv: nil, companyId: catalog.companyId,
            catalog: catalog.catalog, messageId: nil, program: nil, collection: collection)
    }

    /// The meaning of `message: catalog`.
    package static let catalog = MessageShape(
        name: "catalog", when: nil, items: catalogItems, csv: nil, companyId: PathValue(catalogCompany),
        catalog: PathValue(catalogName), messageId: nil, program: nil, collection: nil)
}

/// Columns of items that are lines of separated values.
struct CSVColumns: Sendable {
    let line: CSVLine
    let columns: [String]
    /// Whether one text holds many items, one per line.
    let splitsLines: Bool
    /// Whether the first line names the columns; then `columns` are those that are read.
    let hasHeader: Bool
    /// Slot of each column's name; -1 if unused.
    let slots: [Int]
}

/// The compiled mapping of one item.
final class ItemProgram: Sendable {
    /// Item members that expressions read.
    let names: NameTable
    let slotCount: Int
    let operation: any Expression
    /// Condition on items; nil: all.
    let filter: Condition?
    let fields: [FieldProgram]
    /// What late fields read of the item as it came.
    let captures: [any Expression]
    /// Whether the item's other members are kept, except those listed here.
    let keepsOthers: Bool
    let dropped: NameTable

    init(
        names: NameTable, slotCount: Int, operation: any Expression, filter: Condition?, fields: [FieldProgram],
        captures: [any Expression] = [], keepsOthers: Bool, dropped: NameTable
    ) {
        self.captures = captures
        self.names = names
        self.slotCount = slotCount
        self.operation = operation
        self.filter = filter
        self.fields = fields
        self.keepsOthers = keepsOthers
        self.dropped = dropped
    }
}

/// A mapped field of the record. A class, since it is read for each item: as a struct, each of its references would be
/// retained.
final class FieldProgram: Sendable {
    enum Policy: Sendable {
        /// Reject the item as a dead letter.
        case reject
        case null
        /// Omit the field.
        case drop
        case value(any Expression)
    }

    let name: String
    /// `,"name":`, ready to be written.
    let label: [UInt8]
    let value: any Expression
    let policy: Policy
    /// Whether it looks at the stored record, and so is made in the plan.
    let isLate: Bool

    init(name: String, value: any Expression, policy: Policy, isLate: Bool = false) {
        self.isLate = isLate
        self.name = name
        self.value = value
        self.policy = policy
        var label = [UInt8(ascii: ",")]
        JSONText.append(string: name, to: &label)
        label.append(UInt8(ascii: ":"))
        self.label = label
    }
}
