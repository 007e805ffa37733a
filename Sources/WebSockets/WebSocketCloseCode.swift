/// A WebSocket close code (RFC 6455, 7.4).
package struct WebSocketCloseCode: Sendable, Equatable {
    package let number: UInt16

    package static let normal = Self(number: 1000)
    package static let goingAway = Self(number: 1001)
    package static let protocolError = Self(number: 1002)
    package static let unacceptableData = Self(number: 1003)
    package static let invalidText = Self(number: 1007)
    package static let policyViolation = Self(number: 1008)
    package static let tooBig = Self(number: 1009)
    package static let unexpectedCondition = Self(number: 1011)
    package static let tryAgainLater = Self(number: 1013)

    /// Whether a frame may carry it: 1004 is reserved, 1005, 1006 and 1015 never stand in a frame, and the others below 3000 are
    /// unassigned.
    package var isAllowed: Bool {
        switch number {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
