internal import JSON

/// The operation of an item on its record.
package enum Operation: UInt8, Sendable, CaseIterable {
    /// I: insert; refused where a different record of that key exists.
    case insert
    /// U: set the given fields of an existing record.
    case update
    /// D: delete.
    case delete
    /// IU: insert if absent, else update.
    case upsert

    /// Its name in messages, metrics and logs.
    package var word: String {
        switch self {
        case .insert: "I"
        case .update: "U"
        case .delete: "D"
        case .upsert: "IU"
        }
    }

    /// Nil for any other value.
    init?(_ node: JSONNode) {
        if node.isString("I") {
            self = .insert
        } else if node.isString("U") {
            self = .update
        } else if node.isString("D") {
            self = .delete
        } else if node.isString("IU") {
            self = .upsert
        } else {
            return nil
        }
    }
}
