internal import Yams

/// Checks the names of fields that are stored.
enum FieldNames {
    /// Reports a name that the store does not take.
    static func check(_ name: String, _ key: Node, _ reader: NodeReader, isTopLevel: Bool) {
        if isTopLevel, ["operation", "_id", "companyId"].contains(name) {
            return reader.add(
                key, "reserved-field", "no field can be named '\(name)'; 'message:' says what it is")
        }
        let why: String? =
            if name.isEmpty {
                "is empty"
            } else if name.hasPrefix("$") {
                "begins with '$'"
            } else if name.contains(".") {
                "contains '.'"
            } else if name.utf8.contains(0) {
                "contains the character NUL"
            } else {
                nil
            }
        guard let why else { return }
        let remedy = name.contains(".") ? "for an object write 'fields:' in the value" : "give the field another name"
        reader.add(
            key, "field-name",
            "the name '\(name.prefix(60))' \(why), and MongoDB takes no such field; \(remedy)")
    }

    /// Whether a field of a record can have the name.
    static func isSound(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix("$") && !name.contains(".") && !name.utf8.contains(0)
            && !["operation", "_id", "companyId"].contains(name)
    }
}
