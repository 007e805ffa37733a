internal import JSON
package import BSON

/// Progress of a feed by a growing field (watermark).
package struct FeedCheckpoint: Sendable, Equatable {
    /// The field's value in the last published document.
    package var value: BSONValue
    /// That document's `_id`, the tie-breaker. Nil: documents with exactly this value are still unpublished.
    package var id: BSONValue?

    package init(value: BSONValue, id: BSONValue?) {
        self.value = value
        self.id = id
    }

    /// The mark from which a run reads, `milliseconds` earlier where the value is a time.
    package func earlier(milliseconds: Int64) -> FeedCheckpoint {
        guard milliseconds > 0, let time = value.time else { return self }
        return FeedCheckpoint(value: value.moved(to: time.subtractingClamped(milliseconds)), id: nil)
    }

    /// Clamped to `now`: a document from the future must not hide current ones.
    package func notAfter(_ now: Int64) -> FeedCheckpoint {
        guard let time = value.time, time > now else { return self }
        return FeedCheckpoint(value: value.moved(to: now), id: nil)
    }

    /// Whether the other value is greater. False if they cannot be compared.
    package func isBehind(_ other: BSONValue) -> Bool {
        if let x = value.timestamp, let y = other.timestamp { return x < y }
        if value.type == .objectID, other.type == .objectID {
            return value.bytes.lexicographicallyPrecedes(other.bytes)
        }
        return value.withElement { x in other.withElement { BSONOrder.isLess(x, $0) } }
    }
}

extension BSONValue {
    /// Time of a date, timestamp or ObjectId, in milliseconds since 1970.
    package var time: Int64? {
        if let date { return date }
        if let timestamp { return Int64(timestamp >> 32) * 1000 }
        guard type == .objectID, bytes.count == 12 else { return nil }
        return bytes.prefix(4).reduce(0) { $0 << 8 | Int64($1) } * 1000
    }

    /// The least value of the same type at that time.
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
