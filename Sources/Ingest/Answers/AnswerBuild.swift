internal import Contracts
internal import JSON
internal import Mappings
internal import Schemas

/// Why what an item leads to could not be made: the item is not applied.
struct LateFault: Error {
    let reasons: [Reason]

    init(_ reason: Reason) { reasons = [reason] }

    init(reasons: [Reason]) { self.reasons = reasons }
}

/// Builds the answers of the requests of one batch: as the route's mapping says, else the usual ones.
struct AnswerBuild {
    let table: AnswerTable
    let route: String
    /// Milliseconds since 1970.
    let now: Int64
    private let tools = Tools()

    init(table: AnswerTable, route: String, now: Int64) {
        self.table = table
        self.route = route
        self.now = now
    }

    /// Made where it is needed: most messages are not answered.
    private final class Tools {
        lazy var maker = AnswerMaker()
    }

    /// Whether any answer looks at the stored record.
    var looksAtRecord: Bool { table.usesStored }

    // MARK: One item

    /// The answer of a request with one item that was applied.
    func answer(
        to message: PreparedMessage, item: Int, outcome: Outcome, stale: [Int],
        stored: [UInt8]?
    ) throws(LateFault) -> RequestAnswer {
        var counts = OutcomeCounts()
        counts[outcome] = 1
        let storesRecords = message.message.storesRecords
        let shape = table.shape(of: outcome.word)
        let status = shape?.status ?? (storesRecords ? outcome.status : 202)
        let location = outcome == .inserted ? message.withItem(item) { $0.flatMap { table.location(of: $0) } } : nil
        let usual = {
            status == 204
                ? RequestAnswer(status: status)
                : RequestAnswer(
                    status: status, json: result(of: message.message, outcomes: counts, errors: [], stale: stale))
        }
        guard let shape else { return usual().located(at: location) }
        let made: AnswerMaker.Made
        do throws(Fault) {
            made = try tools.maker.make(
                shape, envelope: message.envelope(item: item), stored: stored,
                facts: MessageFacts(message.message.delivery))
        } catch {
            throw LateFault(.unanswerable(error.shown(of: message.definition), item: item))
        }
        let answer = Self.answer(made, status: status, usual: usual).located(at: location)
        guard answer.body.count <= RequestAnswer.largestBody else {
            throw LateFault(.answerTooLarge(answer.body.count, item: item))
        }
        return answer
    }

    // MARK: Rejections

    /// The answer of a request that was refused. Where the mapping's answer cannot be made, it is the usual one.
    /// `item`: its number where it is known. `stored`: its record as JSON.
    func answer(
        to message: PreparedMessage, item: Int?, reasons: [Reason], stored: [UInt8]? = nil
    ) -> RequestAnswer {
        let code = reasons.first?.code ?? .notEnvelope
        let shape = table.shape(ofReason: code.rawValue)
        let status = shape?.status ?? code.status
        let usual = { Self.problem(status: status, reasons: reasons) }
        guard let shape,
            let made = try? tools.maker.make(
                shape, envelope: message.envelope(item: item), stored: stored,
                facts: MessageFacts(message.message.delivery))
        else { return usual() }
        let answer = Self.answer(made, status: status, usual: usual)
        return answer.body.count <= RequestAnswer.largestBody ? answer : usual()
    }

    /// The answer of a request with a list of items: what came of all of them.
    func answer(
        to message: Message, outcomes: OutcomeCounts, errors: [Reason], stale: [Int]
    ) -> RequestAnswer {
        let isRefused = outcomes.total > 0 && outcomes[.rejected] == outcomes.total
        return RequestAnswer(
            status: isRefused ? 422 : 200, json: result(of: message, outcomes: outcomes, errors: errors, stale: stale))
    }

    private func result(
        of message: Message, outcomes: OutcomeCounts, errors: [Reason], stale: [Int]
    ) -> [UInt8] {
        func text(_ errors: [Reason]) -> [UInt8] {
            MessageResult(
                message: message, route: route, settledAt: now, outcomes: outcomes, errors: errors, staleItems: stale
            ).text
        }
        var kept = errors
        while true {
            let text = text(kept)
            if text.count <= RequestAnswer.largestBody || kept.isEmpty { return text }
            kept.removeLast((kept.count + 1) / 2)
        }
    }

    private static func answer(
        _ made: AnswerMaker.Made, status: Int, usual: () -> RequestAnswer
    ) -> RequestAnswer {
        var answer = made.body.map { RequestAnswer(status: status, body: $0) } ?? usual()
        if let type = made.contentType { answer.set("content-type", type) }
        for (name, value) in made.headers { answer.set(name, value) }
        return answer
    }

    /// Errors of one problem: with their places and texts they stay below the bound of an answer.
    private static let mostErrors = 40

    private static func problem(status: Int, reasons: [Reason]) -> RequestAnswer {
        .problem(
            status: status, detail: reasons.first?.text ?? "",
            errors: reasons.prefix(Self.mostErrors).map {
                RequestAnswer.Fault(
                    pointer: $0.pointer.description, code: $0.code.rawValue, detail: $0.text.cutInside(toBytes: 500))
            })
    }
}

extension RequestAnswer {
    /// With where the record can be read, unless the mapping says where.
    fileprivate func located(at address: String?) -> RequestAnswer {
        guard let address, !headers.contains(where: { $0.name == "location" }) else { return self }
        var located = self
        located.headers.append(RequestField(name: "location", value: address))
        return located
    }

    fileprivate mutating func set(_ name: String, _ value: String) {
        headers.removeAll { $0.name == name }
        headers.append(RequestField(name: name, value: value))
    }
}

extension Outcome {
    /// HTTP status of a request with one item.
    fileprivate var status: Int {
        switch self {
        case .inserted: 201
        case .updated, .unchanged: 200
        case .deleted, .absent: 204
        case .rejected: 400
        }
    }
}

extension ReasonCode {
    /// HTTP status of a request that was refused for it.
    fileprivate var status: Int {
        switch self {
        case .notFound: 404
        case .alreadyExists, .storeRefused, .guard: 409
        case .preconditionFailed: 412
        case .messageIdReuse: 422
        case .tooLarge: 413
        case .notJson, .notEnvelope, .tooDeep, .companyNotAllowed, .unknownCatalog, .invalidOperation, .schema,
            .reservedField, .duplicateField, .mappingFailed:
            400
        }
    }
}

extension Message {
    fileprivate var storesRecords: Bool {
        if case .catalog(let catalog) = content { catalog.storesRecords } else { true }
    }
}

extension Reason {
    fileprivate static func unanswerable(_ fault: Fault, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        return Reason(
            item: item, code: .mappingFailed, pointer: pointer, keyword: fault.step, expected: fault.expected,
            found: fault.found,
            text: "\(pointer): '\(fault.step)' of the answer: expected \(fault.expected), found \(fault.found);"
                + " \(fault.remedy)")
    }

    fileprivate static func answerTooLarge(_ count: Int, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        return Reason(
            item: item, code: .tooLarge, pointer: pointer, keyword: "respond",
            expected: "an answer of at most \(RequestAnswer.largestBody) bytes", found: "\(count) bytes",
            text: "\(pointer): the answer has \(count) bytes, the limit is \(RequestAnswer.largestBody); answer with"
                + " fewer fields")
    }
}
