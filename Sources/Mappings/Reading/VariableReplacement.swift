internal import Yams

/// Replaces `${NAME}` in the scalar values of a mapping file, before they are read. Keys and jq programs stay as they are.
struct VariableReplacement {
    let reader: NodeReader
    let expand: (String) -> Result<String, MappingContext.Failure>

    /// What the keys of a mapping are.
    private enum Names {
        /// Words of the language, where `jq` is a program.
        case words
        /// Free names, of values that have words.
        case free
        /// Names of data, and all below it.
        case data
    }

    private static let namesUnder: [String: Names] = {
        func names(_ kind: LanguageKind) -> Names? {
            switch kind {
            case .map(.anything), .anything: .data
            case .map: .free
            case .either(let kinds): kinds.compactMap(names).first
            default: nil
            }
        }
        let keys = Language.objects.flatMap(\.keys).compactMap { key in names(key.kind).map { (key.name, $0) } }
        return Dictionary(keys) { first, _ in first }
    }()

    func replaced(_ root: Node) -> Node { replaced(root, of: "", .words) }

    /// `key`: what it is the value of.
    private func replaced(_ node: Node, of key: String, _ names: Names) -> Node {
        switch node {
        case .scalar(let scalar): return .scalar(replaced(scalar, node, of: key))
        case .mapping(var mapping):
            for index in mapping.indices {
                let (name, value) = mapping[index]
                let word = name.scalar?.string ?? ""
                let below: Names =
                    switch names {
                    case .words: Self.namesUnder[word] ?? .words
                    case .free: .words
                    case .data: .data
                    }
                if names == .words, word == "jq", value.scalar != nil { continue }
                mapping[index] = (name, replaced(value, of: word, below))
            }
            return .mapping(mapping)
        case .sequence(var sequence):
            for index in sequence.indices { sequence[index] = replaced(sequence[index], of: key, names) }
            return .sequence(sequence)
        case .alias: return node
        }
    }

    private func replaced(_ scalar: Node.Scalar, _ node: Node, of key: String) -> Node.Scalar {
        let text = scalar.string
        guard text.contains("${") else { return scalar }
        var scalar = scalar
        switch expand(text) {
        case .success(let value): scalar.string = value
        case .failure(let failure):
            reader.add(node, "interpolation", "\(key): \(failure.message)")
            return scalar
        }
        guard scalar.style == .plain else { return scalar }
        // A path stays one, whatever its variable holds; a value begins no path.
        if PathParser.isPath(text), !text.hasPrefix("${") { return scalar }
        let isAlone = text.hasPrefix("${") && text.firstIndex(of: "}") == text.indices.last
        if !isAlone || scalar.string.isEmpty || YAMLValue.kind(of: scalar) == .text { scalar.style = .doubleQuoted }
        return scalar
    }
}
