internal import Ingest
internal import JSON

/// One message as it is published, perhaps more than once.
struct RandomMessage: Sendable {
    enum Content: Sendable {
        case items([RandomItem], RandomCatalog)
        case unreadable(ReasonCode)
    }

    /// Nil: the sender gives none.
    let id: String?
    let body: [UInt8]
    let content: Content

    var items: [RandomItem] {
        if case .items(let items, _) = content { items } else { [] }
    }

    init(id: String?, _ items: [RandomItem], _ catalog: RandomCatalog, company: String, number: Int) {
        self.id = id
        content = .items(items, catalog)
        let list = items.map(\.json).joined(separator: ",")
        body = Array(
            #"{"companyId":"\#(company)","catalog":"\#(catalog.rawValue)","params":\#(number),"items":[\#(list)]}"#.utf8
        )
    }

    private init(id: String?, unreadable body: String, _ code: ReasonCode) {
        self.id = id
        self.body = Array(body.utf8)
        content = .unreadable(code)
    }

    /// What is published to a queue, in order: new messages, some of them again, some with the id of an earlier one, some
    /// without an id, and such that nobody can read.
    static func series(isVersioned: Bool = false, using random: inout Seeded) -> [RandomMessage] {
        var series: [RandomMessage] = []
        for number in 0..<Int.random(in: 1...6, using: &random) {
            if let earlier = series.randomElement(using: &random), random.chance(0.12) {
                series.append(earlier)
                continue
            }
            let earlier = random.chance(0.06) ? series.randomElement(using: &random) : nil
            let id = earlier?.id ?? (random.chance(0.85) ? "m\(number)" : nil)
            if random.chance(0.05) {
                let (body, code): (String, ReasonCode) = random.pick([
                    ("no json \(number)", .notJson), ("[\(number)]", .notEnvelope),
                    (#"{"companyId":"c","catalog":"catalogNone","items":[\#(number)]}"#, .unknownCatalog),
                ])
                series.append(RandomMessage(id: id, unreadable: body, code))
                continue
            }
            let company = random.pick(["c", "d"])
            let catalog = random.pick([RandomCatalog.catalogItem, .catalogItem, .catalogItemStock, .catalogCount])
            let items = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                RandomItem(catalog, company: company, isVersioned: isVersioned, using: &random)
            }
            series.append(RandomMessage(id: id, items, catalog, company: company, number: number))
        }
        return series
    }
}
