package import Documents

/// Where an expression stands while it is evaluated: the message, the item, what surrounds it, and the lane's memory.
///
/// One for each lane, used by one thread at a time.
final class Run {
    let scratch = Scratch()
    /// The outermost value of the message. Set before anything is evaluated.
    var root: JSONNode?
    /// Whether any object of the message has two members of one name. Set with the root.
    var hasDuplicateNames = false
    var facts = MessageFacts()
    /// The item, or the element inside `each:`.
    var item = Value.missing
    /// The item's number, from 0, among those that the message has at its path.
    var ordinal = 0
    /// The elements that the item stands in, outermost first.
    var parents: [JSONNode] = []
    /// Members of the item that the program asks for, by their number in the shape's name table.
    private(set) var slots: UnsafeMutablePointer<Value>
    private var slotCapacity = 16

    init(trail: Trail? = nil) {
        self.trail = trail
        slots = .allocate(capacity: slotCapacity)
        slots.initialize(repeating: .missing, count: slotCapacity)
    }

    deinit { slots.deallocate() }

    /// Makes room for that many slots.
    func reserveSlots(_ count: Int) {
        guard count > slotCapacity else { return }
        slots.deallocate()
        slotCapacity = count
        slots = .allocate(capacity: count)
        slots.initialize(repeating: .missing, count: count)
    }

    /// Where it is told which way was taken; nil where nobody asks.
    let trail: Trail?

    /// For what jq gives.
    let parser = JSONParser()

    /// Evaluates with another value in the place of the item.
    func with<Result>(item other: Value, _ body: () throws(Fault) -> Result) throws(Fault) -> Result {
        let before = item
        item = other
        defer { item = before }
        return try body()
    }
}

/// What a mapping may know of a delivery besides its body.
package struct MessageFacts: Sendable {
    package var queue: String
    package var messageId: ByteString?
    package var type: ByteString?
    package var appId: ByteString?
    package var correlationId: ByteString?
    /// Seconds since 1970, from the sender.
    package var timestamp: UInt64?
    /// Milliseconds since 1970.
    package var receivedAt: Int64
    /// Headers whose values are text, numbers or booleans, as text.
    package var headers: [(name: String, value: String)]

    package init(
        queue: String = "", messageId: ByteString? = nil, type: ByteString? = nil, appId: ByteString? = nil,
        correlationId: ByteString? = nil, timestamp: UInt64? = nil, receivedAt: Int64 = 0,
        headers: [(name: String, value: String)] = []
    ) {
        self.queue = queue
        self.messageId = messageId
        self.type = type
        self.appId = appId
        self.correlationId = correlationId
        self.timestamp = timestamp
        self.receivedAt = receivedAt
        self.headers = headers
    }
}
