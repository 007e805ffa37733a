package import JSON

/// A posting made from an item: target, outcomes and body. Compiled and immutable.
package final class PostingShape: Sendable {
    package enum Destination: Sendable {
        /// A queue, through the default exchange.
        case queue(String)
        case exchange(String)
        case file(path: String)
        case log
        /// The sockets of a topic.
        case webSocket(topic: String)
    }

    enum Body: Sendable {
        /// A catalog message with only this item.
        case catalog
        /// The item without its operation.
        case item
        case value(any Expression)
    }

    package let destination: Destination
    /// The setting that names the queue; nil if a text does, or there is no queue.
    package let queueSetting: String?
    /// Position of the target's name.
    package let position: TextPosition
    /// Required state of its queue; nil: none.
    package let declaration: QueueDeclaration?
    /// What is declared beside it.
    package let topology: DeclaredTopology
    /// Item outcomes that are posted.
    package let outcomes: Set<String>
    /// Where it does not hold, nothing is posted; nil: always.
    let when: Condition?
    package let type: String?
    /// Whether it looks at the stored record.
    package let usesStored: Bool
    let routingKey: (any Expression)?
    let headers: [(name: String, value: any Expression)]
    let body: Body

    init(
        destination: Destination, queueSetting: String?, position: TextPosition, declaration: QueueDeclaration?,
        topology: DeclaredTopology,
        outcomes: Set<String>, when: Condition? = nil,
        type: String?, usesStored: Bool = false,
        routingKey: (any Expression)?,
        headers: [(name: String, value: any Expression)], body: Body
    ) {
        self.destination = destination
        self.queueSetting = queueSetting
        self.position = position
        self.declaration = declaration
        self.topology = topology
        self.outcomes = outcomes
        self.when = when
        self.type = type
        self.usesStored = usesStored
        self.routingKey = routingKey
        self.headers = headers
        self.body = body
    }

    /// Outcomes that change a record.
    static let changes: Set<String> = ["inserted", "updated", "deleted"]

    /// Constant headers.
    package var constantHeaders: [(name: String, value: String)] {
        headers.compactMap { header in (header.value as? Constant).map { (header.name, $0.text) } }
    }

    /// What ``routingKey`` is called in the mapping.
    var addressWord: String { if case .webSocket = destination { "key" } else { "routingKey" } }

    /// The routing key, if constant.
    package var constantRoutingKey: String { (routingKey as? Constant)?.text ?? "" }

    /// The routing key of all its postings; nil if it depends on the item.
    var fixedRoutingKey: String? { (routingKey as? Constant)?.text }

    /// Whether any part depends on the item, so that it must be parsed.
    var looksIntoItem: Bool {
        if when != nil { return true }
        if case .value = body { return true }
        return [routingKey].compactMap { $0 }.contains { !($0 is Constant) }
            || headers.contains { !($0.value is Constant) }
    }
}

/// Makes postings of items. Reuses its memory: one thread at a time.
package final class PostingMaker {
    private let item = MappedItem()

    package init() {}

    /// The mapped parts of one posting.
    package struct Made {
        package var routingKey = ""
        package var headers: [(name: String, value: String)] = []
        package var body: [UInt8] = []
    }

    /// `item`: a catalog item. `stored`: its record as JSON; nil where there is none. Nil where the condition does not hold.
    /// Throws if the routing key or a header cannot be made.
    package func make(
        _ shape: PostingShape, of item: JSONNode, companyId: ByteString, catalog: String, facts: MessageFacts,
        stored: [UInt8]? = nil
    ) throws(Fault) -> Made? {
        let envelope = Self.envelope(item, companyId: companyId, catalog: catalog)
        guard shape.looksIntoItem else {
            var made = Made()
            made.routingKey = (shape.routingKey as? Constant)?.text ?? ""
            made.headers = shape.headers.map { ($0.name, ($0.value as? Constant)?.text ?? "") }
            if case .catalog = shape.body { made.body = envelope } else { made.body = Self.fields(of: item) }
            return made
        }
        return try self.item.with(envelope, facts: facts, stored: stored) { run throws(Fault) in
            if let when = shape.when, try !when.holds(run) { return nil }
            var made = Made()
            if let key = shape.routingKey { made.routingKey = try address(key, shape, run) }
            for (name, value) in shape.headers {
                if let text = try text(value, name, most: 4096, run) { made.headers.append((name, text)) }
            }
            switch shape.body {
            case .catalog: made.body = envelope
            case .item: made.body = Self.fields(of: item)
            case .value(let value): made.body = try value.evaluate(run).textOrEmptyObject
            }
            return made
        }
    }

    private static let mostAddressBytes = 255

    /// The routing key, or the key of sockets.
    private func address(_ value: any Expression, _ shape: PostingShape, _ run: Run) throws(Fault) -> String {
        let text = try text(value, shape.addressWord, most: Self.mostAddressBytes, run)
        guard let text, !text.isEmpty || shape.addressWord != "key" else {
            throw Fault(
                shape.addressWord, expected: "a text of 1 to \(Self.mostAddressBytes) bytes", found: .missing,
                remedy: "give it a default")
        }
        return text
    }

    /// Nil where there is no value.
    private func text(_ value: any Expression, _ what: String, most: Int, _ run: Run) throws(Fault) -> String? {
        let found = try value.evaluate(run)
        if found.isAbsent { return nil }
        // 1 and 1.0 are one key.
        let whole: Bytes? = if case .number(let text) = found, what == "key" { Decimals.whole(text, run) } else { nil }
        guard let text = whole ?? found.text(run), text.count <= most else {
            throw Fault(
                what, expected: "a text of at most \(most) bytes", found: found,
                remedy: "name a shorter single value in the mapping")
        }
        return text.string
    }

    /// A catalog message with only this item.
    package static func envelope(_ item: JSONNode, companyId: ByteString, catalog: String) -> [UInt8] {
        var out = Array(#"{"companyId":"#.utf8)
        companyId.bytes.withUnsafeBufferPointer { JSONText.append(string: $0, to: &out) }
        out.append(contentsOf: #","catalog":"#.utf8)
        JSONText.append(string: catalog, to: &out)
        out.append(contentsOf: #","items":["#.utf8)
        out.append(contentsOf: item.rawText)
        out.append(contentsOf: "]}".utf8)
        return out
    }

    private static func fields(of item: JSONNode) -> [UInt8] {
        var out = [UInt8(ascii: "{")]
        for member in item.members where !member.name.isString("operation") {
            if out.count > 1 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: member.name.rawText)
            out.append(UInt8(ascii: ":"))
            out.append(contentsOf: member.value.rawText)
        }
        out.append(UInt8(ascii: "}"))
        return out
    }
}

extension Constant {
    fileprivate var text: String { value.textForm?.string ?? "" }
}
