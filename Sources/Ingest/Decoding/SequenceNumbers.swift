internal import Contracts
package import Mappings

/// Numbers of sequences that are reserved and not taken yet. Confined to one decoder.
///
/// A message is decoded with what is there; where that is too little, ``missing`` says how many numbers more it needs, and
/// it is decoded again after ``rewind()``.
package final class SequenceNumbers {
    fileprivate struct Stock {
        /// In the order in which they are given.
        var ranges: [Range<Int64>] = []
        /// Taken by the message.
        var taken = 0
        /// That the message needed and did not get.
        var missing = 0
        /// Why the store gives none.
        var refusal: String?
    }

    private var stocks: [NumberSequence: Stock] = [:]

    package init() {}

    /// Begins another message: what the one before has taken is given away.
    package func begin() {
        for sequence in stocks.keys { stocks[sequence]?.begin() }
    }

    /// Begins the same message again: what it has taken is there again.
    package func rewind() {
        for sequence in stocks.keys { stocks[sequence]?.rewind() }
    }

    /// How many numbers more the message needs.
    package var missing: [(sequence: NumberSequence, count: Int)] {
        stocks.filter { $1.missing > 0 }.map { ($0, $1.missing) }
    }

    var isShort: Bool { stocks.values.contains { $0.missing > 0 } }

    package func add(_ numbers: Range<Int64>, to sequence: NumberSequence) {
        stocks[sequence, default: Stock()].ranges.append(numbers)
    }

    /// The message gets none, for this reason.
    package func refuse(_ sequence: NumberSequence, _ reason: String) {
        stocks[sequence, default: Stock()].refusal = reason
    }

    func next(of sequence: NumberSequence) -> NewNumber { stocks[sequence, default: Stock()].next() }
}

extension SequenceNumbers.Stock {
    mutating func begin() {
        while let first = ranges.first, taken > 0 {
            let given = min(taken, first.count)
            taken -= given
            ranges[0] = first.dropFirst(given)
            if ranges[0].isEmpty { ranges.removeFirst() }
        }
        self = Self(ranges: ranges)
    }

    mutating func rewind() { (taken, missing) = (0, 0) }

    mutating func next() -> NewNumber {
        var index = taken
        for range in ranges {
            if index < range.count {
                taken += 1
                return .given(range[range.index(range.startIndex, offsetBy: index)])
            }
            index -= range.count
        }
        if let refusal { return .refused(refusal) }
        missing += 1
        return .missing
    }
}
