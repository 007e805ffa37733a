internal import Yams

/// Checks the names of fields that are stored.
enum FieldNames {
    /// Names of top-level fields that a message shape sets otherwise.
    static let reserved = ["operation", "_id", "companyId"]

    /// Reports a name that the store does not take. Whether it takes it.
    @discardableResult
    static func check(_ name: String, _ key: Node, _ reader: NodeReader, isTopLevel: Bool) -> Bool {
        if isTopLevel, reserved.contains(name) {
            reader.add(
                key, "reserved-field",
                "no field can be named '\(name)', since 'message:' sets it; rename or remove this field")
            return false
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
        guard let why else { return true }
        let remedy = name.contains(".") ? "for an object write 'fields:' in the value" : "give the field another name"
        reader.add(
            key, "field-name",
            "the name '\(name.prefix(60))' \(why), and MongoDB takes no such field; \(remedy)")
        return false
    }
}
