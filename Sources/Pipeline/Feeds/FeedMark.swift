internal import Documents
package import Records

/// How far a feed has come by the field that grows.
package struct FeedMark: Sendable, Equatable {
    /// The field's value in the last document that is behind us.
    package var value: BSONValue
    /// That document's `_id`: it decides among equal values. Nil: those with exactly the value are still before us.
    package var id: BSONValue?

    package init(value: BSONValue, id: BSONValue?) {
        self.value = value
        self.id = id
    }

    /// As a row holds it; nil where it is none.
    package init?(bson fields: BSONElements) {
        guard let value = fields.first(named: "value") else { return nil }
        self.value = BSONValue(copying: value)
        id = fields.first(named: "id").flatMap { $0.type == .null ? nil : BSONValue(copying: $0) }
    }

    package func append(to writer: inout BSONWriter) {
        writer.append("value", value: value)
        if let id { writer.append("id", value: id) } else { writer.append("id", null: ()) }
    }

    /// The mark from which a run reads, `milliseconds` earlier where the value is a time.
    package func earlier(milliseconds: Int64) -> FeedMark {
        guard milliseconds > 0, let time = value.time else { return self }
        return FeedMark(value: value.moved(to: time.subtractingClamped(milliseconds)), id: nil)
    }

    /// The same, but no later than `now`: a document from the future must not hide those of the present.
    package func notAfter(_ now: Int64) -> FeedMark {
        guard let time = value.time, time > now else { return self }
        return FeedMark(value: value.moved(to: now), id: nil)
    }

    /// Whether the other value is further on. False also where they cannot be compared.
    package func isBehind(_ other: BSONValue) -> Bool {
        if let x = value.timestamp, let y = other.timestamp { return x < y }
        if value.type == .objectID, other.type == .objectID {
            return value.bytes.lexicographicallyPrecedes(other.bytes)
        }
        return value.withElement { x in other.withElement { BSONOrder.isLess(x, $0) } }
    }
}

extension BSONValue {
    /// The time that a date, a timestamp or an ObjectId stands for, in milliseconds since 1970.
    package var time: Int64? {
        if let date { return date }
        if let timestamp { return Int64(timestamp >> 32) * 1000 }
        guard type == .objectID, bytes.count == 12 else { return nil }
        return bytes.prefix(4).reduce(0) { $0 << 8 | Int64($1) } * 1000
    }

    /// The first value of the same kind at that time.
    fileprivate func moved(to milliseconds: Int64) -> BSONValue {
        let seconds = UInt32(clamping: milliseconds / 1000)
        switch type {
        case .timestamp: return BSONValue(timestamp: UInt64(seconds) << 32)
        case .objectID:
            let tail = [UInt8](repeating: 0, count: 8)
            let bytes = withUnsafeBytes(of: seconds.bigEndian) { Array($0) } + tail
            return bytes.withUnsafeBytes { ObjectID(copying: $0) }.map { BSONValue(objectID: $0) } ?? self
        default: return BSONValue(date: milliseconds)
        }
    }
}
