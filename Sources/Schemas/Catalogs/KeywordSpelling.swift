import JSON

/// Finds keywords and formats of a definition that are not known but are spelled like one that is: they would have no
/// effect.
struct KeywordSpelling {
    let document: SchemaDocument

    private static let ours =
        ["x-catalog", "x-collection", "x-key", "x-immutable"]
        + SchemaKeyword.allCases.map(\.rawValue).filter { $0.hasPrefix("x-") }
    /// Keywords that only describe.
    private static let annotations = [
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "contentMediaType",
        "contentEncoding",
    ]
    private static let known = Set(SchemaKeyword.allCases.map(\.rawValue) + ours + annotations)
    private static let others = known.filter { !$0.hasPrefix("x-") }.sorted()

    /// Misspelled or misplaced keywords of ours, which decide what is stored; and hints about the others.
    func find() -> (errors: [SchemaError], hints: [SchemaError]) {
        var errors: [SchemaError] = []
        var hints: [SchemaError] = []
        let root = document.json.withRoot(\.index)
        forEachSchema { schema in
            // A definition inside of another one has keywords of its own.
            let isDefinition = schema.index == root || schema["x-catalog"] != nil
            for (name, value) in schema.members {
                let word = name.string ?? ""
                if word == "x-immutable", !isDefinition {
                    errors.append(
                        document.error(
                            .invalidKeyword,
                            "x-immutable has no effect here: it is said of all records, at the root of the definition",
                            at: name.index))
                }
                if word == "format", let hint = unknownFormat(value) { hints.append(hint) }
                guard !Self.known.contains(word) else { continue }
                let isOurs = word.hasPrefix("x-")
                guard let near = Spelling.nearest(to: word, in: isOurs ? Self.ours : Self.others) else { continue }
                let error = document.error(
                    .invalidKeyword,
                    "\(FoundPhrase.quoted(name)) is not a keyword and has no effect; did you mean \(near)?",
                    at: name.index)
                if isOurs { errors.append(error) } else { hints.append(error) }
            }
        }
        return (errors, hints)
    }

    private func unknownFormat(_ value: JSONNode) -> SchemaError? {
        guard let name = value.string, StringFormat(name: name) == nil,
            let near = Spelling.nearest(to: name, in: StringFormat.names)
        else { return nil }
        return document.error(
            .invalidKeyword,
            "the format \(FoundPhrase.quoted(value)) is not known and checks nothing; did you mean \(near)?",
            at: value.index
        )
    }

    private func forEachSchema(_ body: (JSONNode) -> Void) {
        document.json.withRoot { root in
            var open = [root]
            while let schema = open.popLast() {
                guard schema.isObject else { continue }
                body(schema)
                for (name, value) in schema.members {
                    switch SchemaKeyword(name.utf8)?.shape {
                    case .schema: open.append(value)
                    case .list: open += Array(value.elements)
                    case .map: open += value.members.map(\.value)
                    case nil: break
                    }
                }
            }
        }
    }
}

extension Catalogs {
    /// Keywords and formats of definitions that have no effect, spelled like one that has. Only hints: schemas may hold
    /// words of other programs.
    package var misspelledKeywords: [SchemaError] {
        all.flatMap { KeywordSpelling(document: $0.document).find().hints }
    }
}
