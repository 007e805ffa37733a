package import JSON

/// A posting made from an item: target, outcomes and body. Compiled and immutable.
package final class PostingShape: Sendable {
    package enum Destination: Sendable {
        /// A queue, through the default exchange.
        case queue(String)
        case exchange(String)
        case file(path: String)
        case log
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
    package let type: String?
    let routingKey: (any Expression)?
    let headers: [(name: String, value: any Expression)]
    let body: Body

    init(
        destination: Destination, queueSetting: String?, position: TextPosition, declaration: QueueDeclaration?,
        topology: DeclaredTopology,
        outcomes: Set<String>,
        type: String?,
        routingKey: (any Expression)?,
        headers: [(name: String, value: any Expression)], body: Body
    ) {
        self.destination = destination
        self.queueSetting = queueSetting
        self.position = position
        self.declaration = declaration
        self.topology = topology
        self.outcomes = outcomes
        self.type = type
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

    /// The routing key, if constant.
    package var constantRoutingKey: String { (routingKey as? Constant)?.text ?? "" }

    /// The routing key of all its postings; nil if it depends on the item.
    var fixedRoutingKey: String? { (routingKey as? Constant)?.text }

    /// Whether any part depends on the item, so that it must be parsed.
    var looksIntoItem: Bool {
        if case .value = body { return true }
        return [routingKey].compactMap { $0 }.contains { !($0 is Constant) }
            || headers.contains { !($0.value is Constant) }
    }
}

/// Makes postings of items. Reuses its memory: one thread at a time.
package final class PostingMaker {
    private let run = Run(keepsNumbers: true)

    package init() {}

    /// The mapped parts of one posting.
    package struct Made {
        package var routingKey = ""
        package var headers: [(name: String, value: String)] = []
        package var body: [UInt8] = []
    }

    /// `item`: a catalog item. Throws if the routing key or a header cannot be made.
    package func make(
        _ shape: PostingShape, of item: JSONNode, companyId: ByteString, catalog: String, facts: MessageFacts
    ) throws(Fault) -> Made {
        var made = Made()
        let envelope = Self.envelope(item, companyId: companyId, catalog: catalog)
        guard shape.looksIntoItem else {
            made.routingKey = (shape.routingKey as? Constant)?.text ?? ""
            made.headers = shape.headers.map { ($0.name, ($0.value as? Constant)?.text ?? "") }
            if case .catalog = shape.body { made.body = envelope } else { made.body = Self.fields(of: item) }
            return made
        }
        // The envelope was written as JSON, so it is valid.
        guard let document = try? run.parser.parse(envelope) else {
            preconditionFailure("an envelope that is not JSON")
        }
        let result = document.withRoot { root in
            Result { () throws(Fault) -> Made in
                run.facts = facts
                run.scratch.reset()
                run.root = root
                run.parents = [root]
                defer { run.root = nil }
                run.item = (root["items"]?.elements).flatMap { $0.first { _ in true } }.map { Value($0) } ?? .missing
                if let key = shape.routingKey { made.routingKey = try text(key, "routingKey") ?? "" }
                for (name, value) in shape.headers {
                    if let text = try text(value, name) { made.headers.append((name, text)) }
                }
                switch shape.body {
                case .catalog: made.body = envelope
                case .item: made.body = Self.fields(of: item)
                case .value(let value): try value.evaluate(run).append(to: &made.body)
                }
                return made
            }
        }
        return try result.get()
    }

    private func text(_ value: any Expression, _ what: String) throws(Fault) -> String? {
        let found = try value.evaluate(run)
        if found.isAbsent {
            guard what != "routingKey" else {
                throw Fault(what, expected: "a text of 1 to 255 bytes", found: found, remedy: "give it a default")
            }
            return nil
        }
        guard let text = found.text(run), text.count <= (what == "routingKey" ? 255 : 4096) else {
            throw Fault(
                what, expected: "a text of at most \(what == "routingKey" ? 255 : 4096) bytes", found: found,
                remedy: "name a shorter single value in the mapping")
        }
        return text.string
    }

    private static func envelope(_ item: JSONNode, companyId: ByteString, catalog: String) -> [UInt8] {
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
