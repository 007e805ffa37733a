internal import JSON

/// Stored types of values nested in an object or array, where the definition declares more than the values themselves
/// show.
///
/// Read from nested `properties` and `items`. A `$ref` is validated but not followed here: its values keep the types
/// they suggest.
package final class StoredForm: Sendable {
    package let bson: BSONKind
    /// Form of every array element.
    package let elements: StoredForm?
    private let names: NameTable
    private let members: [StoredForm?]

    /// Form of a member; nil if its type follows from the value.
    package func member(named name: UnsafeBufferPointer<UInt8>) -> StoredForm? {
        names.find(name).flatMap { members[$0] }
    }

    /// Nil if all types follow from the values.
    init?(_ schema: JSONNode) {
        bson = Self.kind(of: schema)
        elements = schema["items"].flatMap { StoredForm($0) }
        var names: [String] = []
        var members: [StoredForm?] = []
        if let properties = schema["properties"], !properties.hasDuplicateNames {
            for (name, value) in properties.members {
                guard let form = StoredForm(value) else { continue }
                names.append(String(decoding: name.utf8, as: UTF8.self))
                members.append(form)
            }
        }
        self.names = NameTable(names)
        self.members = members
        switch bson {
        case .long, .double, .decimal, .date, .objectId: return
        default: if elements == nil && members.isEmpty { return nil }
        }
    }

    private static func kind(of schema: JSONNode) -> BSONKind {
        if let kind = schema["x-bson"]?.string.flatMap({ BSONKind(name: $0) }) { return kind }
        guard let type = schema["type"] else { return .any }
        let words = type.isArray ? type.elements.filter { !$0.isString("null") } : [type]
        guard words.count == 1, let word = words[0].string else { return .any }
        return switch word {
        case "integer": .long
        case "number": .double
        default: .any
        }
    }
}
