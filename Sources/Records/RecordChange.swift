/// What an image does to a record, and how to say the difference to the store. Pure functions over BSON bytes.
package enum RecordChange {
    /// Elements that head every image: `_id` and `companyId`.
    private static let headCount = 2

    /// The record with the image's fields set and all others left as they are; nil where that changes nothing.
    package static func merging(image: UnsafeRawBufferPointer, into record: UnsafeRawBufferPointer) -> [UInt8]? {
        guard changes(image: image, record: record) else { return nil }
        var fields = BSONIndex(BSONElements(image))
        var merged: [UInt8] = []
        merged.reserveCapacity(record.count + image.count)
        merged.appendDocument { writer in
            for element in BSONElements(record) {
                // An equal value keeps the form it is stored in: 12.5 stays where 12.50 is sent.
                if let new = fields.first(named: element.name), !BSONEquality.areEqual(new, element) {
                    writer.append(element: new.whole)
                } else {
                    writer.append(element: element.whole)
                }
            }
            var stored = BSONIndex(BSONElements(record))
            for element in BSONElements(image) where stored.first(named: element.name) == nil {
                writer.append(element: element.whole)
            }
        }
        return merged
    }

    /// Whether setting the image's fields would change the record.
    package static func changes(image: UnsafeRawBufferPointer, record: UnsafeRawBufferPointer) -> Bool {
        var stored = BSONIndex(BSONElements(record))
        for element in BSONElements(image).dropFirst(headCount) {
            guard let old = stored.first(named: element.name), BSONEquality.areEqual(element, old) else { return true }
        }
        return false
    }

    /// Whether the record says exactly what the image says, no field more and none less.
    package static func isSame(image: UnsafeRawBufferPointer, record: UnsafeRawBufferPointer) -> Bool {
        BSONEquality.areEqual(BSONElements(image), BSONElements(record))
    }

    /// Appends the update document that makes `stored` into `final`: `$set` of what differs, `$unset` of what is gone.
    /// Appends nothing and returns false where they say the same.
    package static func appendUpdate(
        from stored: UnsafeRawBufferPointer, to final: UnsafeRawBufferPointer, into updates: inout BSONSequence
    ) -> Bool {
        var old = BSONIndex(BSONElements(stored))
        let changed = BSONElements(final).filter { element in
            guard let before = old.first(named: element.name) else { return true }
            return !BSONEquality.areEqual(element, before)
        }
        var new = BSONIndex(BSONElements(final))
        let gone = BSONElements(stored).filter { new.first(named: $0.name) == nil }
        if changed.isEmpty && gone.isEmpty { return false }
        updates.appendDocument { writer in
            if !changed.isEmpty {
                writer.append(
                    "$set",
                    document: { inner in
                        for element in changed { inner.append(element: element.whole) }
                    })
            }
            if !gone.isEmpty {
                writer.append(
                    "$unset",
                    document: { inner in
                        for element in gone { inner.append(element.name, bool: true) }
                    })
            }
        }
        return true
    }
}
