internal import Contracts
internal import JSON
internal import Mappings
internal import Schemas

/// Builds the postings of the items of one message.
struct PostingBuild {
    let maker: PostingMaker
    let shapes: [PostingShape]
    let catalog: CatalogMessage
    let facts: MessageFacts
    private(set) var postings: [PreparedPosting] = []
    /// Whether items are complete only in the plan, so that all is made there.
    private let isLate: Bool
    /// Total bytes of their bodies.
    private(set) var byteCount = 0

    init(maker: PostingMaker, shapes: [PostingShape], catalog: CatalogMessage, facts: MessageFacts) {
        self.maker = maker
        self.shapes = shapes
        self.catalog = catalog
        self.facts = facts
        isLate = catalog.shape?.hasLateFields ?? false
    }

    /// Returns why the item cannot be posted by the mapping; nothing of it is posted then.
    mutating func add(_ item: JSONNode, index: Int) -> Reason? {
        add(item, index: index, stored: nil) { [isLate] in !isLate && !$0.usesStored }
    }

    /// Those that look at the stored record. `stored`: the record as JSON.
    mutating func add(_ item: JSONNode, index: Int, stored: [UInt8]?) -> Reason? {
        add(item, index: index, stored: stored) { [isLate] in isLate || $0.usesStored }
    }

    private mutating func add(
        _ item: JSONNode, index: Int, stored: [UInt8]?, _ isMeant: (PostingShape) -> Bool
    ) -> Reason? {
        let start = postings.count
        defer { for posting in postings[start...] { byteCount += posting.body.count + 200 } }
        for (number, shape) in shapes.enumerated() where isMeant(shape) {
            do throws(Fault) {
                let made = try maker.make(
                    shape, of: item, companyId: catalog.companyId, catalog: catalog.definition.catalog, facts: facts,
                    stored: stored)
                guard let made else { continue }
                let posting = PreparedPosting(made, shape, item: index, number: number)
                if posting.byteCount > posting.mostBytes {
                    postings.removeLast(postings.count - start)
                    return .postingTooLarge(posting, item: index)
                }
                postings.append(posting)
            } catch {
                postings.removeLast(postings.count - start)
                return Reason(error.shown(of: catalog.definition), item: index)
            }
        }
        return nil
    }
}

extension PreparedPosting {
    /// Of what its row says; the rest of the row takes less than what is left to ``StoreBounds/documentBytes``.
    fileprivate var mostBytes: Int {
        if case .webSocket = target { PushRow.largestBody } else { PostingRow.largestBody }
    }

    fileprivate var byteCount: Int {
        let routingKey = if case .amqp(_, let key) = target { key.utf8.count } else { 0 }
        return headers.reduce(body.count + 2 * routingKey) { sum, header in
            guard case .string(let text) = header.value else { return sum }
            return sum + header.name.utf8.count + text.utf8.count + 8
        }
    }
}

extension Reason {
    fileprivate static func postingTooLarge(_ posting: PreparedPosting, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        return Reason(
            item: item, code: .tooLarge, pointer: pointer, keyword: "target",
            expected: "a posting of at most \(posting.mostBytes) bytes", found: "\(posting.byteCount) bytes",
            text:
                "\(pointer): what is posted of it to \(posting.target) has \(posting.byteCount) bytes with its headers, the"
                + " limit is \(posting.mostBytes); shorten the item, or post fewer of its fields")
    }

    fileprivate init(_ fault: Fault, item: Int) {
        let pointer = JSONPointer(["items", String(item)])
        self.init(
            item: item, code: .mappingFailed, pointer: pointer, keyword: fault.step, expected: fault.expected,
            found: fault.found,
            text: "\(pointer): '\(fault.step)' of the target: expected \(fault.expected), found \(fault.found);"
                + " \(fault.remedy)")
    }
}
