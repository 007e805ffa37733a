package import Documents
internal import Schemas

/// How one kind of message is read: where its items, its company, its catalog and all else are, and what becomes of an
/// item. Compiled; only runs.
package final class MessageShape: Sendable {
    /// Which messages it is for; nil for all.
    let when: Condition?
    /// The path of the items, with `[*]` for each array whose elements are gone through.
    let items: Path
    /// How an item that is text is cut into fields.
    let csv: CSVColumns?
    let companyId: any Expression
    let catalog: any Expression
    let messageId: (any Expression)?
    /// Nil where items are catalog items already, and stay where they are in the message.
    let program: ItemProgram?
    /// The collection that records go to; nil for the one that the catalog's definition names.
    package let collection: String?
    /// Whether items become records at all; otherwise they are only posted.
    package let storesRecords: Bool
    /// What is posted of items.
    package let postings: [PostingShape]
    /// Its tables and choices, for the coverage of tests.
    package let branchPoints: [BranchPoint]
    /// Of a case of a route with several; else the route's own.
    package let name: String
    /// The names that lead to the array whose elements are the items, where these can be read a few at a time: nothing else
    /// in the mapping looks into that array, or at all of it. Nil where they cannot.
    package let windowPath: [String]?

    init(
        name: String, when: Condition?, items: Path, csv: CSVColumns?, companyId: any Expression,
        catalog: any Expression, messageId: (any Expression)?, program: ItemProgram?, collection: String?,
        storesRecords: Bool = true,
        postings: [PostingShape] = [], branchPoints: [BranchPoint] = [], messagePaths: [Path] = []
    ) {
        self.name = name
        self.when = when
        self.items = items
        self.csv = csv
        self.companyId = companyId
        self.catalog = catalog
        self.messageId = messageId
        self.program = program
        self.collection = collection
        self.storesRecords = storesRecords
        self.postings = postings
        self.branchPoints = branchPoints
        windowPath = csv?.splitsLines == true ? nil : Self.windowPath(to: items, besides: messagePaths)
    }

    private static func windowPath(to items: Path, besides others: [Path]) -> [String]? {
        guard items.steps.last == .all else { return nil }
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

    /// How many arrays are gone through on the way to an item; the lines of a text count as one.
    var depth: Int { items.steps.count { $0 == .all } + (splitsLines ? 1 : 0) }

    /// Whether the items are the lines of a text.
    var splitsLines: Bool { csv?.splitsLines ?? false }

    /// Whether this is the built-in catalog message, and nothing but it.
    package var isCatalogMessage: Bool {
        program == nil && items == Self.catalogItems && when == nil && messageId == nil && collection == nil
            && storesRecords && postings.isEmpty
            && (companyId as? PathValue)?.origin == Self.catalogCompany
            && (catalog as? PathValue)?.origin == Self.catalogName
    }

    private static let catalogItems = Path(base: .root, steps: [.name("items"), .all])
    private static let catalogCompany = Path(base: .root, steps: [.name("companyId")])
    private static let catalogName = Path(base: .root, steps: [.name("catalog")])

    /// Where a message says its company and its catalog, for reasons.
    package var companyPointer: JSONPointer { JSONPointer(companyId.origin?.tokens ?? []) }
    package var catalogPointer: JSONPointer { JSONPointer(catalog.origin?.tokens ?? []) }

    /// The catalog of all its messages, where it is always the same.
    package var constantCatalog: String? {
        guard let constant = catalog as? Constant, case .text(let name) = constant.value else { return nil }
        return name.string
    }

    /// Whether records may have fields that the mapping does not name.
    var keepsOthers: Bool { program?.keepsOthers ?? true }

    /// The operations that its items can ask for.
    package var operations: [String] {
        let all = ["I", "U", "D", "IU"]
        guard let words = program?.operation.words else { return all }
        return all.filter { words.contains($0) }
    }

    /// Whether messages may be for others than it.
    package var hasCondition: Bool { when != nil }

    /// Whether items can come with any value in a field of this name: it is made of what the sender sends, and not one of
    /// values that the mapping names.
    package func isOpen(field name: String) -> Bool {
        guard let program else { return true }
        guard let field = program.fields.first(where: { $0.name == name }) else { return program.keepsOthers }
        return !(field.value is Constant) && field.value.words == nil
    }

    /// The names of the fields that it gives a record, in order; empty where items stay as they are.
    package var fieldNames: [String] { program?.fields.map(\.name) ?? [] }

    /// Catalog messages whose records go to another collection; nil for the definition's.
    package static func catalog(storedIn collection: String?) -> MessageShape {
        MessageShape(
            name: "catalog", when: nil, items: catalog.items, csv: nil, companyId: catalog.companyId,
            catalog: catalog.catalog, messageId: nil, program: nil, collection: collection)
    }

    /// What `message: catalog` stands for.
    package static let catalog = MessageShape(
        name: "catalog", when: nil, items: catalogItems, csv: nil, companyId: PathValue(catalogCompany),
        catalog: PathValue(catalogName), messageId: nil, program: nil, collection: nil)
}

/// The columns of items that are lines of separated values.
struct CSVColumns: Sendable {
    let line: CSVLine
    let columns: [String]
    /// Whether a text holds many lines, each of which is an item.
    let splitsLines: Bool
    /// For each column the slot of its name, or -1 where nobody asks for it.
    let slots: [Int]
}

/// What becomes of one item.
final class ItemProgram: Sendable {
    /// The members of the item that are asked for.
    let names: NameTable
    let slotCount: Int
    let operation: any Expression
    /// Which items are taken; nil for all.
    let filter: Condition?
    let fields: [FieldProgram]
    /// Whether the item's other members are kept, but for those of these names.
    let keepsOthers: Bool
    let dropped: NameTable

    init(
        names: NameTable, slotCount: Int, operation: any Expression, filter: Condition?, fields: [FieldProgram],
        keepsOthers: Bool, dropped: NameTable
    ) {
        self.names = names
        self.slotCount = slotCount
        self.operation = operation
        self.filter = filter
        self.fields = fields
        self.keepsOthers = keepsOthers
        self.dropped = dropped
    }
}

/// One field of the record. A class, for it is looked at with each item: as a struct, each of its parts would be counted.
final class FieldProgram: Sendable {
    enum Policy: Sendable {
        /// The item becomes a dead letter.
        case reject
        case null
        /// The field is left out.
        case drop
        case value(any Expression)
    }

    let name: String
    /// `,"name":`, as it is written.
    let label: [UInt8]
    let value: any Expression
    let policy: Policy

    init(name: String, value: any Expression, policy: Policy) {
        self.name = name
        self.value = value
        self.policy = policy
        var label = [UInt8(ascii: ",")]
        JSONText.append(string: name, to: &label)
        label.append(UInt8(ascii: ":"))
        self.label = label
    }
}
