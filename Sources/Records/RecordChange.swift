package import Documents

/// What an image does to a record, and how to say the difference to the store. Pure functions over BSON bytes.
package enum RecordChange {
    /// Elements that head every image: `_id` and `companyId`.
    private static let headCount = 2

    /// The record with the image's fields set and all others left as they are.
    package static func merging(image: UnsafeRawBufferPointer, into record: UnsafeRawBufferPointer) -> [UInt8] {
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
        for element in fields(of: image) where !isSame(element, in: &stored) { return true }
        return false
    }

    /// Appends the update document that sets those of the image's fields that the record has not, or has with another
    /// value. They are some: ``changes(image:record:)`` has said so.
    package static func appendUpdate(
        setting image: UnsafeRawBufferPointer, in record: UnsafeRawBufferPointer, into updates: inout BSONSequence
    ) {
        updates.appendDocument { writer in
            writer.append(
                "$set",
                document: { inner in
                    var stored = BSONIndex(BSONElements(record))
                    for element in fields(of: image) where !isSame(element, in: &stored) {
                        inner.append(element: element.whole)
                    }
                })
        }
    }

    /// Whether the image's value of this field is less than the record's. False where one has none, or the two are of
    /// different kinds.
    package static func isOlder(
        image: UnsafeRawBufferPointer, than record: UnsafeRawBufferPointer, by field: ByteString
    ) -> Bool {
        field.bytes.withUnsafeBufferPointer { name in
            guard let ours = BSONElements(image).first(where: { $0.isNamed(name) }),
                let theirs = BSONElements(record).first(where: { $0.isNamed(name) })
            else { return false }
            return BSONOrder.isLess(ours, theirs)
        }
    }

    private static func isSame(_ element: BSONElement, in record: inout BSONIndex) -> Bool {
        record.first(named: element.name).map { BSONEquality.areEqual(element, $0) } ?? false
    }

    /// What an image sets: all behind its head.
    private static func fields(of image: UnsafeRawBufferPointer) -> BSONElements {
        var elements = BSONElements(image)
        for _ in 0..<headCount { _ = elements.next() }
        return elements
    }

    /// Whether the record says exactly what the image says, no field more and none less.
    package static func isSame(image: UnsafeRawBufferPointer, record: UnsafeRawBufferPointer) -> Bool {
        BSONEquality.areEqual(BSONElements(image), BSONElements(record))
    }

    /// What takes a record from what is stored to what it must be.
    package enum Difference: Sendable {
        /// They say the same.
        case none
        /// The update that was appended.
        case fields
        /// The whole record: a field that changes or goes has a name that an update takes for a path (`a.b`), as other
        /// programs may store it.
        case record
    }

    /// Appends the update document that makes `stored` into `final`: `$set` of what differs, `$unset` of what is gone.
    /// Appends nothing unless it returns ``Difference/fields``.
    package static func appendUpdate(
        from stored: UnsafeRawBufferPointer, to final: UnsafeRawBufferPointer, into updates: inout BSONSequence
    ) -> Difference {
        var old = BSONIndex(BSONElements(stored))
        let changed = BSONElements(final).filter { element in
            guard let before = old.first(named: element.name) else { return true }
            return !BSONEquality.areEqual(element, before)
        }
        var new = BSONIndex(BSONElements(final))
        let gone = BSONElements(stored).filter { new.first(named: $0.name) == nil }
        if changed.isEmpty && gone.isEmpty { return .none }
        if changed.contains(where: isPath) || gone.contains(where: isPath) { return .record }
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
        return .fields
    }

    /// Whether an update operator reads the field's name as something else than a name.
    private static func isPath(_ field: BSONElement) -> Bool {
        field.name.isEmpty || field.name[0] == UInt8(ascii: "$") || field.name.contains(UInt8(ascii: "."))
    }
}
