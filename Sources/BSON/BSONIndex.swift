internal import JSON

/// Finds members of a document by name. Searches from the last match, since members usually have the same order; after
/// a long search builds a hash table, so that the total cost stays linear. Allocates only for the table.
package struct BSONIndex {
    /// Members compared in one search before the table is built.
    private static let patience = 24

    private let document: BSONElements
    private var ahead: BSONElements
    private var table: [ByteString: BSONElement]?

    package init(_ document: BSONElements) {
        self.document = document
        ahead = document
    }

    package var count: Int { document.reduce(0) { count, _ in count + 1 } }

    package mutating func first(named name: UnsafeBufferPointer<UInt8>) -> BSONElement? {
        if let table { return table[ByteString(copying: name)] }
        var steps = 0
        var elements = ahead
        var isFromStart = false
        while true {
            guard let element = elements.next() else {
                if isFromStart { return nil }
                (elements, isFromStart) = (document, true)
                continue
            }
            if element.isNamed(name) {
                ahead = elements
                return element
            }
            steps += 1
            if steps == Self.patience { return makeTable()[ByteString(copying: name)] }
        }
    }

    private mutating func makeTable() -> [ByteString: BSONElement] {
        var table: [ByteString: BSONElement] = [:]
        for element in document { table[ByteString(copying: element.name)] = element }
        self.table = table
        return table
    }
}
