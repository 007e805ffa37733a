package import JSON

/// Computes the effect of an image (the fields of an item) on a record, and the MongoDB update for it. Pure functions
/// on BSON bytes.
package enum RecordChange {
    /// Number of leading elements in every image: `_id` and `companyId`.
    private static let headCount = 2

    /// Order in which the server adds the new fields of a `$set`: by bytes, but of two names that begin with 1 to 9 the
    /// shorter one first, so that indices are in order.
    package static func isBefore(_ a: ByteString, _ b: ByteString) -> Bool { isBefore(a.bytes, b.bytes) }

    private static func isBefore(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        func isNumbered(_ name: [UInt8]) -> Bool { name.first.map { (0x31...0x39).contains($0) } ?? false }
        if isNumbered(a), isNumbered(b), a.count != b.count { return a.count < b.count }
        return a.lexicographicallyPrecedes(b)
    }

    /// The record with the image's fields set; other fields unchanged, new ones as the server would add them.
    package static func merging(image: UnsafeRawBufferPointer, into record: UnsafeRawBufferPointer) -> [UInt8] {
        var fields = BSONIndex(BSONElements(image))
        var merged: [UInt8] = []
        merged.reserveCapacity(record.count + image.count)
        merged.appendDocument { writer in
            for element in BSONElements(record) {
                // An equal value keeps its stored form: 12.5 is kept when 12.50 is sent.
                if let new = fields.first(named: element.name), !BSONEquality.areEqual(new, element) {
                    writer.append(element: new.whole)
                } else {
                    writer.append(element: element.whole)
                }
            }
            var stored = BSONIndex(BSONElements(record))
            var added = BSONElements(image).filter { stored.first(named: $0.name) == nil }
            added.sort { isBefore(Array($0.name), Array($1.name)) }
            for element in added { writer.append(element: element.whole) }
        }
        return merged
    }

    /// Whether setting the image's fields changes the record.
    package static func changes(image: UnsafeRawBufferPointer, record: UnsafeRawBufferPointer) -> Bool {
        var stored = BSONIndex(BSONElements(record))
        for element in fields(of: image) where !isSame(element, in: &stored) { return true }
        return false
    }

    /// Appends the update document that sets the image's fields that are missing or different in the record. There must
    /// be some; see ``changes(image:record:)``.
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

    /// Whether the image's value of this field is less than the record's; nil if they cannot be compared. False if
    /// either has none.
    package static func isOlder(
        image: UnsafeRawBufferPointer, than record: UnsafeRawBufferPointer, by field: ByteString
    ) -> Bool? {
        field.bytes.withUnsafeBufferPointer { name in
            guard let ours = BSONElements(image).first(where: { $0.isNamed(name) }),
                let theirs = BSONElements(record).first(where: { $0.isNamed(name) }),
                ours.type != .null, theirs.type != .null
            else { return false }
            return VersionOrder.isLess(ours, theirs)
        }
    }

    private static func isSame(_ element: BSONElement, in record: inout BSONIndex) -> Bool {
        record.first(named: element.name).map { BSONEquality.areEqual(element, $0) } ?? false
    }

    /// The fields an image sets: all after its leading elements.
    private static func fields(of image: UnsafeRawBufferPointer) -> BSONElements {
        var elements = BSONElements(image)
        for _ in 0..<headCount { _ = elements.next() }
        return elements
    }

    /// Whether the record has exactly the image's fields and values.
    package static func isSame(image: UnsafeRawBufferPointer, record: UnsafeRawBufferPointer) -> Bool {
        BSONEquality.areEqual(BSONElements(image), BSONElements(record))
    }

    /// How to change a stored record into its target.
    package enum Difference: Sendable {
        /// Equal.
        case none
        /// An update was appended.
        case fields
        /// Replace the whole record: a changed or removed field has a name that updates interpret as a path (`a.b`), as
        /// other programs may store it.
        case record
    }

    /// Appends the update document from `stored` to `final`: `$set` of differing fields, `$unset` of removed ones.
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

    /// Whether an update operator would interpret the field's name as a path.
    private static func isPath(_ field: BSONElement) -> Bool {
        field.name.isEmpty || field.name[0] == UInt8(ascii: "$") || field.name.contains(UInt8(ascii: "."))
    }
}
