package import JSON
package import Schemas

/// The schemas of definitions, as parts of a document that has them in `#/components/schemas`.
package final class DefinitionSchemas {
    private let catalogs: Catalogs?
    /// What leads from a component to its schema.
    private let suffix: String
    private var parsed: [String: JSONValue] = [:]
    /// Definitions that are referred to.
    private var used: Set<String> = []

    /// `suffix`: what leads from a component to its schema, if the component is not the schema itself.
    package init(_ catalogs: Catalogs?, suffix: String = "") {
        self.catalogs = catalogs
        self.suffix = suffix
    }

    package func definition(named name: String?) -> Definition? { name.flatMap { catalogs?[$0] } }

    /// The definition whose records a collection has; nil if there are several.
    package func definition(ofCollection name: String) -> Definition? {
        let found = all.filter { $0.collection == name }
        return found.count == 1 ? found[0] : nil
    }

    /// All definitions.
    package var all: [Definition] { catalogs?.all ?? [] }

    /// The schema of a property; nil if it cannot stand by itself.
    func property(_ name: String, of definition: Definition) -> JSONValue? {
        guard let schema = json(of: definition)["properties"]?[name] else { return nil }
        return portable(schema, of: definition)
    }

    /// The definitions that are referred to, by the names of their catalogs.
    package var components: [JSONValue.Member] {
        var written: Set<String> = []
        var members: [JSONValue.Member] = []
        // Each may refer to further ones.
        while let name = used.subtracting(written).min() {
            written.insert(name)
            guard let definition = catalogs?[name] else { continue }
            members.append(.init(name, whole(definition)))
        }
        return members.sorted { $0.name < $1.name }
    }

    /// The reference to a whole definition: an item of its catalog, with any operation.
    package func reference(to definition: Definition) -> JSONValue {
        used.insert(definition.catalog)
        return reference(toComponent: definition.catalog)
    }

    /// The reference to a schema among the components.
    package func reference(toComponent name: String) -> JSONValue {
        ["$ref": .text(Self.prefix + name + suffix)]
    }

    /// A definition as the schema of an item, which has an operation beside the fields.
    private func whole(_ definition: Definition) -> JSONValue {
        var schema = json(of: definition)
        for name in ["$id", "$schema", "maxProperties", "propertyNames"] { schema[name] = nil }
        guard var portable = portable(schema, of: definition) else { return ["type": "object"] }
        var properties: JSONValue = ["operation": ["enum": ["I", "U", "D", "IU"]]]
        for member in portable["properties"]?.members ?? [] { properties[member.name] = member.value }
        portable["properties"] = properties
        return portable
    }

    private static let prefix = "#/components/schemas/"

    private func json(of definition: Definition) -> JSONValue {
        if let known = parsed[definition.catalog] { return known }
        let value = JSONValue(text: definition.text) ?? .object([])
        parsed[definition.catalog] = value
        return value
    }

    // MARK: References

    /// The schema with its references into the document; nil if one of them leads elsewhere.
    private func portable(_ schema: JSONValue, of definition: Definition) -> JSONValue? {
        switch schema {
        case .list(let elements):
            var all: [JSONValue] = []
            for element in elements {
                guard let element = portable(element, of: definition) else { return nil }
                all.append(element)
            }
            return .list(all)
        case .object(let members):
            var all: [JSONValue.Member] = []
            for member in members {
                switch (member.name, member.value) {
                case ("$dynamicRef", .text), ("$id", .text): return nil
                case ("$ref", .text(let target)):
                    guard let place = place(target, from: definition) else { return nil }
                    all.append(.init("$ref", .text(place)))
                case ("const", _), ("enum", _), ("default", _), ("examples", _): all.append(member)
                default:
                    guard let value = portable(member.value, of: definition) else { return nil }
                    all.append(.init(member.name, value))
                }
            }
            return .object(all)
        default: return schema
        }
    }

    private func place(_ target: String, from definition: Definition) -> String? {
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let pointer = parts.count > 1 ? parts[1] : ""
        guard pointer.isEmpty || pointer.hasPrefix("/") else { return nil }
        var found = definition
        if !parts[0].isEmpty {
            guard let other = catalogs?.all.first(where: { json(of: $0)["$id"]?.string == String(parts[0]) }) else {
                return nil
            }
            found = other
        }
        used.insert(found.catalog)
        return Self.prefix + found.catalog + suffix + pointer
    }
}
