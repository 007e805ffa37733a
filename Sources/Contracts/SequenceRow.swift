package import BSON

/// A row of `gateway.sequences`: the next number of a sequence.
package struct SequenceRow: Sendable {
    /// The `_id`.
    package let name: String
    package let next: Int64

    package init(name: String, next: Int64) {
        self.name = name
        self.next = next
    }

    package func append(to row: inout BSONWriter) {
        row.append("_id", string: name)
        row.append("next", int64: next)
    }

    /// The stored value of `next`; nil if it is not a whole number.
    package static func next(in row: BSONElements) -> Int64? { row.first(named: "next")?.integer }

    /// Why a row cannot give so many numbers.
    package static func refusal(_ row: BSONElements, name: String, count: Int) -> StoreError {
        let found =
            if let next = next(in: row) {
                "is at \(next), and \(count) numbers more are beyond the largest one"
            } else if row.first(named: "next") != nil {
                "has a 'next' of another type"
            } else {
                "has no 'next'"
            }
        return StoreError(
            kind: .refused, code: 0,
            message:
                "\(StoreCollections.sequences): the row '\(name.prefix(120))' \(found); set 'next' to a whole number"
                + " (NumberLong) above all that were given")
    }
}
