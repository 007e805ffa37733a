internal import Yams

/// Compiles new keys: UUIDs and numbers of sequences. One for each field of a record.
final class NewKeyCompiler {
    /// Longest name of a sequence, in bytes.
    private static let longestName = 120

    private let reader: NodeReader
    private let field: String
    /// Whether numbers of sequences can be taken.
    private let givesNumbers: Bool
    /// UUIDs of the field so far.
    private var count = 0

    init(reader: NodeReader, field: String, givesNumbers: Bool = true) {
        self.reader = reader
        self.givesNumbers = givesNumbers
        self.field = field
    }

    func uuid(_ node: Node) -> (any Expression)? {
        guard reader.word(node, of: ["uuid"], what: "new") != nil else { return nil }
        reader.newKeys.append(nil)
        count += 1
        return NewUUID(field: count == 1 ? field : "\(field)\0\(count)")
    }

    func number(_ node: Node, what: String) -> (any Expression)? {
        guard givesNumbers else {
            reader.add(
                node, "misplaced-field",
                "\(what): a further record takes no number of a sequence; give the item a field with 'sequence:', and write"
                    + " its path here, or use { new: uuid }")
            return nil
        }
        guard let sequence = sequence(node, what: "\(what), sequence") else { return nil }
        reader.newKeys.append(sequence)
        return NextNumber(sequence)
    }

    private func sequence(_ node: Node, what: String) -> NumberSequence? {
        guard node.mapping != nil else { return name(node, what: what).map { NumberSequence(name: $0, first: 1) } }
        guard let members = reader.members(node, Language.sequence, what: what),
            let name = members["name"].flatMap({ name($0, what: "\(what), name") })
        else { return nil }
        guard let from = members["from"] else { return NumberSequence(name: name, first: 1) }
        return reader.integer(from, in: Language.sequenceNumbers, what: "\(what), from").map {
            NumberSequence(name: name, first: Int64($0))
        }
    }

    private func name(_ node: Node, what: String) -> String? {
        guard let name = reader.text(node, what: what) else { return nil }
        guard name.utf8.count <= Self.longestName else {
            reader.add(
                node, "sequence-name",
                "\(what): expected a name of 1 to \(Self.longestName) bytes, found \(name.utf8.count)")
            return nil
        }
        return name
    }
}
