import Contracts
import Ingest
import IngestTesting
import JSON

/// Random messages over a few catalogs and few keys, and, by the one-by-one model, what must become of each of them when
/// they are published in the order in which they were made.
struct RouteWorkload: Sendable {
    /// What the messages are like.
    struct Mix: Sendable {
        /// As often as they are named.
        var operations = ["I", "I", "U", "U", "IU", "IU", "D"]
        var itemsPerMessage = 1...20
        /// Different keys of each company and catalog.
        var keys = 12
        var faultyItems = 0.04
        var unreadableMessages = 0.03
        /// Messages that are published once more later on, under the same id.
        var repeats = 0.05
        /// The same, right after the message: such a repetition is often in one batch with it.
        var nearRepeats = 0.0
        /// Messages with the id of an earlier one and another body.
        var reusedIDs = 0.02

        /// Bytes that every message has beyond its items.
        var padding = 0

        /// Nothing that could become a dead letter.
        static let peaceful = Mix(
            operations: ["IU", "IU", "IU", "D"], faultyItems: 0, unreadableMessages: 0, reusedIDs: 0)
    }

    /// Each once, in order.
    private(set) var messages: [SentMessage] = []
    private(set) var model = ReferenceModel()
    /// Postings made, repeats included.
    private(set) var postingCount = 0
    /// May change from message to message.
    var mix: Mix
    private let seed: UInt64
    private var random: Seeded
    /// Messages with items, by company and catalog: their ids may be used again where the order is kept.
    private var earlier: [(index: Int, company: String, catalog: WorkloadCatalog)] = []

    init(seed: UInt64, _ mix: Mix = Mix()) {
        self.seed = seed
        self.mix = mix
        random = Seeded(seed)
    }

    var itemCount: Int { messages.reduce(0) { $0 + $1.items.count } }

    private static let companies = ["napse", "a|b\\c"]

    // MARK: Random messages

    /// The next message to publish: mostly a new one.
    mutating func next() -> SentMessage {
        if !messages.isEmpty, random.chance(mix.repeats) {
            postingCount += 1
            return random.pick(messages)
        }
        if !messages.isEmpty, mix.nearRepeats > 0, random.chance(mix.nearRepeats) {
            postingCount += 1
            return random.pick(messages.suffix(8))
        }
        if !earlier.isEmpty, random.chance(mix.reusedIDs) {
            let (index, company, catalog) = random.pick(earlier)
            return add(otherBodyUnderTheIDOf: messages[index], company, catalog)
        }
        if random.chance(mix.unreadableMessages) { return addUnreadable() }
        let company = random.pick(Self.companies)
        let catalog = random.pick(WorkloadCatalog.allCases)
        let items = (0..<Int.random(in: mix.itemsPerMessage, using: &random)).map { _ in
            random.chance(mix.faultyItems)
                ? catalog.faultyItem(using: &random)
                : catalog.item(random.pick(mix.operations), company: company, keys: mix.keys, using: &random)
        }
        earlier.append((messages.count, company, catalog))
        return add(items, company, catalog)
    }

    mutating func next(_ count: Int) -> [SentMessage] { (0..<count).map { _ in next() } }

    private mutating func addUnreadable() -> SentMessage {
        let number = messages.count
        let (body, code): (String, ReasonCode) = random.pick([
            ("this is not JSON, number \(number)", .notJson),
            (#"{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"I","code":"#, .notJson),
            (#"{"companyId":"napse","catalog":"catalogBrand","items":[{"code":}],"n":\#(number)}"#, .notJson),
            ("", .notJson),
            ("[\(number)]", .notEnvelope),
            (#"{"companyId":"napse","catalog":"catalogBrand","n":\#(number)}"#, .notEnvelope),
            (#"{"companyId":7,"catalog":"catalogBrand","items":[],"n":\#(number)}"#, .notEnvelope),
            (#"{"companyId":"napse","catalog":"catalogBrant","items":[],"n":\#(number)}"#, .unknownCatalog),
        ])
        return add(SentMessage(messageId: newID(), body: Array(body.utf8), fate: .deadLetter(code)))
    }

    // MARK: Messages as wanted

    /// A message with these items. `withID`: false for a sender that gives none.
    mutating func add(
        _ items: [WorkloadItem], _ company: String, _ catalog: WorkloadCatalog, withID: Bool = true
    ) -> SentMessage {
        let fates = items.map { item in
            if let fault = item.fault { return SentMessage.Item(outcome: .rejected, code: fault, sent: item) }
            let outcome = model.apply(
                item.operation, id: item.id, fields: item.fields, collection: catalog.collection)
            let code: ReasonCode? = outcome == .rejected ? (item.operation == "I" ? .alreadyExists : .notFound) : nil
            return SentMessage.Item(outcome: outcome, code: code, sent: item)
        }
        return add(
            SentMessage(
                messageId: withID ? newID() : nil, body: body(items, company, catalog),
                fate: .items(fates), stream: SentMessage.Stream(company: company, catalog: catalog)))
    }

    /// Another body under an id that was used, for the same company and catalog: it becomes a dead letter as a whole.
    mutating func add(
        otherBodyUnderTheIDOf message: SentMessage, _ company: String, _ catalog: WorkloadCatalog
    ) -> SentMessage {
        let item = catalog.item("IU", company: company, keys: mix.keys, using: &random)
        return add(
            SentMessage(
                messageId: message.messageId, body: body([item], company, catalog),
                fate: .deadLetter(.messageIdReuse)))
    }

    private mutating func add(_ message: SentMessage) -> SentMessage {
        messages.append(message)
        postingCount += 1
        return message
    }

    private func newID() -> ByteString { ByteString("m|\(seed)-\(messages.count)") }

    /// The number makes every body a different one.
    private func body(_ items: [WorkloadItem], _ company: String, _ catalog: WorkloadCatalog) -> [UInt8] {
        let items = items.map(\.json).joined(separator: ",")
        let padding = mix.padding > 0 ? ",\"\(String(repeating: "x", count: mix.padding))\"" : ""
        let params = "[\(messages.count)\(padding)]"
        let head = #"{"companyId":\#(JSONQuote.text(company)),"catalog":"\#(catalog.rawValue)","params":\#(params)"#
        return Array("\(head),\"items\":[\(items)]}".utf8)
    }
}
