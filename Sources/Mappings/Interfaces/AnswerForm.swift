package import JSON
package import Schemas

/// What an answer of a route looks like.
package struct AnswerForm {
    package enum Body {
        /// The result object of an applied message, the problem of a refused one.
        case usual
        case none
        case text(schema: JSONValue)
        case json(schema: JSONValue)
        /// Of a template, with the content type that it has.
        case page(type: String)
    }

    /// Nil: as usual.
    package var status: Int?
    package var body: Body
    /// In lower case.
    package var headers: [String]
}

extension RouteMapping {
    /// The answer to an outcome; nil where the mapping says nothing of it.
    package func form(ofOutcome outcome: String, definitions: DefinitionSchemas) -> AnswerForm? {
        answers.shape(of: outcome).map { form($0, isApplied: true, definitions) }
    }

    /// The answer to a rejection; nil where the mapping says nothing of it.
    package func form(ofReason code: String, definitions: DefinitionSchemas) -> AnswerForm? {
        answers.shape(ofReason: code).map { form($0, isApplied: false, definitions) }
    }

    private func form(_ shape: AnswerShape, isApplied: Bool, _ definitions: DefinitionSchemas) -> AnswerForm {
        let all = shapes.map { definitions.definition(named: $0.constantCatalog) }
        let reader = ShownReader { path in
            guard path.steps.count == 1, case .name(let name) = path.steps[0],
                // One of them made the item.
                all.count == 1, let definition = all[0]
            else { return .anything }
            switch path.base {
            case .stored:
                // There may be no record.
                var shown = definition.shown(stored: name.description)
                (shown.mayBeNull, shown.mayBeMissing) = (true, true)
                // It was written with what the definition says, and is shown as text.
                shown.keywords.removeAll { $0.name == "format" }
                return shown
            case .item: return isApplied ? definition.shown(given: name.description) : .anything
            case .root, .parent: return .anything
            }
        }
        var body = AnswerForm.Body.usual
        if case .some(.none) = shape.body { body = .none }
        if case .text(let value) = shape.body { body = .text(schema: reader.text(value)) }
        if case .page(let template, _) = shape.body { body = .page(type: template.mediaType) }
        if case .fields(let value) = shape.body { body = .json(schema: reader.shown(value).objectSchema) }
        return AnswerForm(status: shape.status, body: body, headers: shape.headers.map(\.name))
    }
}

extension Shown {
    /// The schema of an object that is `{}` where none of its fields is there.
    fileprivate var objectSchema: JSONValue {
        var shown = self
        if shown.mayBeMissing { shown.keywords.removeAll { $0.name == "required" } }
        return shown.schema
    }
}

extension ShownReader {
    fileprivate func text(_ value: any Expression) -> JSONValue {
        guard let constant = value as? Constant, case .text(let text) = constant.value else {
            return ["type": "string"]
        }
        return ["type": "string", "const": .text(text.string)]
    }
}

extension Template {
    /// Its content type, without parameters.
    package var mediaType: String { contentType.split(separator: ";").first.map { String($0) } ?? contentType }
}

extension DocumentShape {
    /// The schema of a document as it is shown. `definition`: of the documents, if one says what they are.
    package func schema(of definition: Definition?) -> JSONValue {
        let reader = ShownReader(
            place: { path in
                // The document is the root and the item.
                guard path.base == .item || path.base == .root, path.steps.count == 1,
                    case .name(let name) = path.steps[0], let definition
                else { return .anything }
                return definition.shown(stored: name.description)
            }, fillsNull: fillsNull)
        var all = (fields ?? []).map { field in
            var shown = reader.shown(field.value)
            switch field.policy {
            case .reject: break
            case .null: shown.mayBeNull = true
            case .drop: shown.mayBeMissing = true
            case .value(let other): shown = shown.union(reader.shown(other))
            }
            return (name: field.name, shown: shown)
        }
        // The members that are kept are as they are: nothing is filled in.
        let mapped = ShownReader.keywords(of: all, fillsNull: fillsNull)
        guard keepsOthers, let definition else { return Self.object(mapped) }
        for field in [("_id", true), ("companyId", true)] + definition.fields.map({ ($0.name, $0.isKey) }) {
            var name = field.0
            guard name.withUTF8({ dropped.find($0) }) == nil else { continue }
            all.append((field.0, definition.shown(stored: field.0)))
        }
        return Self.object(ShownReader.keywords(of: all, fillsNull: false))
    }

    private static func object(_ keywords: [JSONValue.Member]) -> JSONValue {
        let named = keywords.filter { $0.name != "properties" || !$0.value.members.isEmpty }
        return .object([.init("type", "object")] + named)
    }
}
