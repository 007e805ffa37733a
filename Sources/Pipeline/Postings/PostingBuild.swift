internal import Documents
internal import Mappings
internal import Schemas

/// Makes what is posted of the items of one message.
struct PostingBuild {
    let maker: PostingMaker
    let shapes: [PostingShape]
    let catalog: CatalogMessage
    let facts: MessageFacts
    private(set) var postings: [PreparedPosting] = []

    init(maker: PostingMaker, shapes: [PostingShape], catalog: CatalogMessage, facts: MessageFacts) {
        self.maker = maker
        self.shapes = shapes
        self.catalog = catalog
        self.facts = facts
    }

    /// Returns why the item cannot be posted as the mapping says; nothing of it is posted then.
    mutating func add(_ item: JSONNode, index: Int) -> Reason? {
        let start = postings.count
        for (number, shape) in shapes.enumerated() {
            do throws(Fault) {
                let made = try maker.make(
                    shape, of: item, companyId: catalog.companyId, catalog: catalog.definition.catalog, facts: facts)
                postings.append(PreparedPosting(made, shape, item: index, number: number))
            } catch {
                postings.removeLast(postings.count - start)
                return Reason(error, item: index)
            }
        }
        return nil
    }
}

extension Reason {
    fileprivate init(_ fault: Fault, item: Int) {
        let pointer = JSONPointer(["items", String(item)])
        self.init(
            item: item, code: .mappingFailed, pointer: pointer, keyword: fault.step, expected: fault.expected,
            found: fault.found,
            text: "\(pointer): '\(fault.step)' of the target: expected \(fault.expected), found \(fault.found);"
                + " \(fault.remedy)")
    }
}
