internal import BSON
internal import Contracts
internal import JSON
internal import Schemas

/// Puts the fields of an update that say so (`x-merge`) together with the stored ones.
enum FieldMerge {
    /// The values of a field cannot be put together exactly.
    struct Fault: Error {
        let field: String
        let rule: DefinitionField.Merge
        /// The stored value; nil if it is secret.
        let found: String?
    }

    /// The image whose fields, set, have the effect of the merge. A value that is null on either side leaves the other one.
    static func image(
        _ image: UnsafeRawBufferPointer, on record: UnsafeRawBufferPointer, of definition: Definition
    ) throws(Fault) -> [UInt8] {
        var stored = BSONIndex(BSONElements(record))
        var merged: [UInt8] = []
        merged.reserveCapacity(image.count)
        try merged.appendDocument { (writer: inout BSONWriter) throws(Fault) in
            for new in BSONElements(image) {
                guard let rule = definition.merge(named: new.name), let old = stored.first(named: new.name),
                    old.type != .null
                else {
                    writer.append(element: new.whole)
                    continue
                }
                guard new.type != .null else {
                    writer.append(element: old.whole)
                    continue
                }
                guard append(new, old, rule, to: &writer) else {
                    let name = new.nameText
                    throw Fault(
                        field: name, rule: rule, found: definition.isShown(name) ? text(of: old) : nil)
                }
            }
        }
        return merged
    }

    private static func text(of element: BSONElement) -> String {
        var text: [UInt8] = []
        BSONText.append(element, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// False if it cannot be done.
    private static func append(
        _ new: BSONElement, _ old: BSONElement, _ rule: DefinitionField.Merge, to writer: inout BSONWriter
    ) -> Bool {
        switch rule {
        case .firstWins: writer.append(element: old.whole)
        case .min, .max:
            guard BSONOrder.areComparable(new, old) else { return false }
            let wins = rule == .min ? BSONOrder.isLess(new, old) : BSONOrder.isLess(old, new)
            writer.append(element: wins ? new.whole : old.whole)
        case .sum:
            if let value = new.integer {
                guard let (sum, overflows) = old.integer?.addingReportingOverflow(value), !overflows else {
                    return false
                }
                writer.append(new.name, int64: sum)
            } else {
                guard let value = new.decimal,
                    let sum = (old.decimal ?? old.integer.map(Decimal128.init))?.adding(value)
                else { return false }
                writer.append(new.name, decimal: sum)
            }
        case .append:
            guard old.type == .array, let first = old.elements, let second = new.elements else { return false }
            writer.append(
                new.name,
                array: { inner in
                    for (index, element) in (Array(first) + Array(second)).enumerated() {
                        BSONWriter.withIndexName(index) { name in
                            inner.append(name, type: element.typeByte, value: element.value)
                        }
                    }
                })
        }
        return true
    }
}

extension Reason {
    static func notMerged(_ fault: FieldMerge.Fault, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item), fault.field])
        let found = fault.found?.cut(toBytes: 300) ?? Reason.secret
        let expected =
            switch fault.rule {
            case .sum: "a stored number, and a sum of 64 bits or 34 digits"
            case .min, .max: "a stored value that can be compared with this one"
            case .append, .firstWins: "a stored list"
            }
        return Reason(
            item: item, code: .schema, pointer: pointer, keyword: "x-merge", expected: expected, found: found,
            text: "\(pointer): expected \(expected), found \(found); correct the record, or the field's x-merge")
    }
}
