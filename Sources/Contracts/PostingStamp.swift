package import JSON
internal import Synchronization

/// Position of a batch's postings: rows of a later batch sort after those of an earlier one, even if the machine's
/// clock goes back.
package struct PostingStamp: Sendable, Hashable {
    /// Time of the stamp, at least that of the previous stamp; milliseconds since 1970.
    package let milliseconds: Int64
    /// Distinguishes stamps of one millisecond; 24 bits.
    package let count: UInt32
    /// Distinguishes processes.
    package let process: UInt32
    /// Numbers the retries and parts of one batch; later ones sort after earlier ones.
    private(set) var part: UInt32 = 0

    package static let largestCount: UInt32 = 0xFF_FFFF

    package init(milliseconds: Int64, count: UInt32, process: UInt32) {
        self.milliseconds = milliseconds
        self.count = count
        self.process = process
    }

    /// For a plan outside a lane: ordered by time, then by a unique number.
    package init(milliseconds: Int64, seed: UInt64) {
        let number = seed >> 16
        self.init(
            milliseconds: milliseconds, count: UInt32(truncatingIfNeeded: number) & Self.largestCount,
            process: UInt32(truncatingIfNeeded: number >> 24))
    }

    /// The stamp of the next try or part of the same batch.
    package mutating func advance() { part &+= 1 }

    /// What the `_id`s of the batch's rows begin with.
    package var rowIDs: RowIDs {
        var prefix: [UInt8] = []
        prefix.append(hex: UInt64(max(0, milliseconds)), width: 12)
        prefix.append(hex: UInt64(count), width: 6)
        prefix.append(hex: UInt64(part), width: 6)
        prefix.append(hex: UInt64(process), width: 8)
        return RowIDs(prefix: prefix)
    }

    /// The `_id`s of the rows of one batch, in their order.
    package struct RowIDs {
        fileprivate let prefix: [UInt8]

        package subscript(number: Int) -> ByteString {
            var id = prefix
            id.append(hex: UInt64(number), width: 6)
            return ByteString(id)
        }
    }
}

extension [UInt8] {
    /// The last `width` digits.
    fileprivate mutating func append(hex value: UInt64, width: Int) {
        for place in (0..<width).reversed() {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(place * 4)) & 15
            append(digit < 10 ? 48 + digit : 87 + digit)
        }
    }
}

/// Issues the stamps of this process. Thread-safe.
///
/// A hybrid logical clock: follows the machine's clock, never goes back, and continues after stored rows, including
/// those of other gateways.
package final class PostingClock: Sendable {
    private let now: @Sendable () -> Int64
    private let process: UInt32
    private let last = Mutex<(milliseconds: Int64, count: UInt32)>((0, 0))

    /// `now`: milliseconds since 1970. `process`: a random number.
    package init(now: @escaping @Sendable () -> Int64, process: UInt32 = .random(in: 0 ... .max)) {
        self.now = now
        self.process = process
    }

    /// Greater than all earlier stamps.
    package func next() -> PostingStamp {
        let now = now()
        return last.withLock { last in
            if now > last.milliseconds {
                last = (now, 0)
            } else if last.count < PostingStamp.largestCount {
                last.count += 1
            } else {
                last = (last.milliseconds + 1, 0)
            }
            return PostingStamp(milliseconds: last.milliseconds, count: last.count, process: process)
        }
    }

    /// Later stamps sort after the row with this `_id`. No effect if a stamp did not make it.
    package func observe(_ id: ByteString) {
        let digits = id.bytes.prefix(18)
        guard digits.count == 18,
            let milliseconds = Int64(String(decoding: digits.prefix(12), as: UTF8.self), radix: 16),
            let count = UInt32(String(decoding: digits.suffix(6), as: UTF8.self), radix: 16)
        else { return }
        last.withLock { last in if (milliseconds, count) > last { last = (milliseconds, count) } }
    }
}
