package import JSON

/// Evaluation state: the message, the current item, its enclosing elements, and scratch memory.
///
/// One per thread.
final class Run {
    let scratch = Scratch()
    /// The message's root value. Set before evaluation.
    var root: JSONNode?
    /// Whether any object of the message has a repeated member. Set with the root.
    var hasDuplicateNames = false
    /// The stored record; nil if there is none, or it is not read.
    var stored: JSONNode?
    /// What was captured of the item as it came; nil while it is mapped.
    var captured: JSONNode?
    var facts: MessageFacts {
        get {
            hasReadFacts = true
            return theFacts
        }
        set { theFacts = newValue }
    }
    private var theFacts = MessageFacts()
    /// Whether an expression has read any facts so far: what it gives may be another the next time.
    private(set) var hasReadFacts = false
    /// Set while a message is mapped whose fields have such keys.
    var keys: (any NewKeys)?
    var newKeys: any NewKeys {
        guard let keys else { preconditionFailure("a mapping makes keys, and nothing gives them") }
        return keys
    }
    /// Whether numbers keep their notation as text: those of the store have one each, those of senders do not.
    let keepsNumbers: Bool
    /// The item, or the element inside `each:`.
    var item = Value.missing
    /// The item's number, from 0, among those at the items path.
    var ordinal = 0
    /// Enclosing elements of the item, outermost first.
    var parents: [JSONNode] = []
    /// Item members that expressions read, by slot number.
    private(set) var slots: UnsafeMutablePointer<Value>
    private var slotCapacity = 16

    init(trail: Trail? = nil, keepsNumbers: Bool = false) {
        self.trail = trail
        self.keepsNumbers = keepsNumbers
        slots = .allocate(capacity: slotCapacity)
        slots.initialize(repeating: .missing, count: slotCapacity)
    }

    deinit { slots.deallocate() }

    /// Reserves memory for a number of slots.
    func reserveSlots(_ count: Int) {
        guard count > slotCapacity else { return }
        slots.deallocate()
        slotCapacity = count
        slots = .allocate(capacity: count)
        slots.initialize(repeating: .missing, count: count)
    }

    /// Records the branches taken; nil: not recorded.
    let trail: Trail?

    /// Parses what steps make.
    let parser = JSONParser()

    /// Parses a list or object that a step made; the node is valid until the scratch is reset.
    func node(_ json: Bytes) -> JSONNode? {
        guard let document = try? parser.parse(copying: UnsafeRawBufferPointer(json)) else { return nil }
        scratch.keep(document)
        return document.withRoot { $0 }
    }

    /// Evaluates with another value as the item.
    func with<Result>(item other: Value, _ body: () throws(Fault) -> Result) throws(Fault) -> Result {
        let before = item
        item = other
        defer { item = before }
        return try body()
    }
}

/// Facts about a delivery, besides its body, that mappings can read.
package struct MessageFacts: Sendable {
    package var queue: String
    package var messageId: ByteString?
    package var type: ByteString?
    package var appId: ByteString?
    package var correlationId: ByteString?
    /// The sender's timestamp, seconds since 1970.
    package var timestamp: UInt64?
    /// Time of receipt, milliseconds since 1970.
    package var receivedAt: Int64
    package var headers: [(name: String, value: Header)]
    /// Of a request: those of its path, then those of its query. Nil for a message.
    package var parameters: [(name: String, value: String)]?
    /// Who sent a request; nil where its route does not ask.
    package var principal: String?

    /// The value of a header.
    package enum Header: Sendable, Equatable {
        /// Text, or a single value as text.
        case text(String)
        /// A list or table.
        case json([UInt8])
        /// Something that is neither, and what it is.
        case unreadable(String)
    }

    package init(
        queue: String = "", messageId: ByteString? = nil, type: ByteString? = nil, appId: ByteString? = nil,
        correlationId: ByteString? = nil, timestamp: UInt64? = nil, receivedAt: Int64 = 0,
        headers: [(name: String, value: Header)] = [], parameters: [(name: String, value: String)]? = nil,
        principal: String? = nil
    ) {
        self.queue = queue
        self.messageId = messageId
        self.type = type
        self.appId = appId
        self.correlationId = correlationId
        self.timestamp = timestamp
        self.receivedAt = receivedAt
        self.headers = headers
        self.parameters = parameters
        self.principal = principal
    }
}
