/// A place in the order of all pushes, which is that of their commits and the same at every gateway.
package struct PushPlace: Sendable, Hashable, Comparable {
    /// The store's time of the commit: seconds since 1970, and the count within the second.
    package let seconds: UInt32
    package let increment: UInt32
    /// Number of the push among those of one commit, from 1; 0 before all of them.
    package let number: UInt32

    package init(seconds: UInt32, increment: UInt32, number: UInt32) {
        self.seconds = seconds
        self.increment = increment
        self.number = number
    }

    /// The store's time, in milliseconds since 1970.
    package var milliseconds: Int64 { Int64(seconds) * 1000 }

    package static let first = PushPlace(seconds: 0, increment: 0, number: 0)

    package static func < (a: PushPlace, b: PushPlace) -> Bool {
        (a.seconds, a.increment, a.number) < (b.seconds, b.increment, b.number)
    }
}

extension PushPlace {
    /// For clients: three numbers, such as `1709038523-4-1`.
    package var text: String { "\(seconds)-\(increment)-\(number)" }

    /// Nil for a text that ``text`` does not make.
    package init?(text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ part in part.utf8.allSatisfy { (48...57).contains($0) } }) else {
            return nil
        }
        let numbers = parts.compactMap { Int64($0).flatMap { UInt32(exactly: $0) } }
        guard numbers.count == 3 else { return nil }
        self.init(seconds: numbers[0], increment: numbers[1], number: numbers[2])
    }
}

/// A push as it was committed.
package struct Push: Sendable, Equatable {
    package let place: PushPlace
    package let topic: String
    package let key: String
    /// JSON text.
    package let body: [UInt8]

    package init(place: PushPlace, topic: String, key: String, body: [UInt8]) {
        self.place = place
        self.topic = topic
        self.key = key
        self.body = body
    }
}
