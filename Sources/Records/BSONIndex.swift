internal import Documents

/// Finds members of a document by name: by looking at the next one first, since members mostly stand in one order; in a
/// large document through a table, so that no message can make the search quadratic.
package struct BSONIndex {
    private static let tableFrom = 24

    private let elements: [BSONElement]
    private let table: [ByteString: Int]
    private var hint = 0

    package init(_ document: BSONElements) {
        elements = Array(document)
        if elements.count >= Self.tableFrom {
            var table: [ByteString: Int] = [:]
            table.reserveCapacity(elements.count)
            for (place, element) in elements.enumerated() { table[ByteString(copying: element.name)] = place }
            self.table = table
        } else {
            table = [:]
        }
    }

    package var count: Int { elements.count }

    package mutating func first(named name: UnsafeBufferPointer<UInt8>) -> BSONElement? {
        if hint < elements.count, elements[hint].isNamed(name) {
            hint += 1
            return elements[hint - 1]
        }
        let place: Int?
        if elements.count >= Self.tableFrom {
            place = table[ByteString(copying: name)]
        } else {
            place = elements.firstIndex { $0.isNamed(name) }
        }
        guard let place else { return nil }
        hint = place + 1
        return elements[place]
    }
}
