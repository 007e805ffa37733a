internal import Contracts

/// How often the broker had to take back the messages at hand, where that is often. A quorum queue counts it, and beyond a
/// limit, which the gateway cannot read, drops the message. Of one channel.
struct ReturnedDeliveries {
    /// Reported from this count on.
    static let many: Int64 = 3

    /// The highest count so far, and the delivery that had it.
    private var worst: (number: UInt64, count: Int64) = (0, 0)

    /// Notes a delivery. Returns the count where it is the highest so far and worth telling.
    mutating func note(_ number: UInt64, isRedelivered: Bool, headers: [MessageProperties.Header]) -> Int? {
        guard isRedelivered,
            case .integer(let count)? = headers.first(where: { $0.name == "x-delivery-count" })?.value,
            count >= Self.many, count > worst.count
        else { return nil }
        worst = (number, count)
        return Int(clamping: count)
    }

    /// Returns whether the message that was given back so often is settled now.
    mutating func acknowledged(upTo number: UInt64) -> Bool {
        guard worst.count > 0, worst.number <= number else { return false }
        worst = (0, 0)
        return true
    }
}
