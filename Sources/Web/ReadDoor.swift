internal import BSON
package import Contracts
internal import JSON
package import Mappings
internal import Synchronization

/// Answers requests with records.
package final class ReadDoor: WebDoor {
    private let shape: ReadShape
    private let records: any RecordReader
    private let now: @Sendable () -> Int64
    private let tools = Mutex<[Tools]>([])
    private let lists = Mutex(ListAnswers())
    /// Whether what is shown of a record depends on when it is asked for: no list is then kept.
    private let isTimed = Atomic(false)

    /// One thread at a time.
    private final class Tools {
        let queries = ReadQueryMaker()
        let mapper = DocumentMapper()
        let pages = PageMaker()
    }

    /// Bytes of the largest answer.
    private static let mostBytes = 16 << 20

    /// `now`: milliseconds since 1970.
    package init(_ shape: ReadShape, records: any RecordReader, now: @escaping @Sendable () -> Int64) {
        self.shape = shape
        self.records = records
        self.now = now
    }

    package func answer(_ request: WebRequest) async -> RequestAnswer {
        let query: RecordQuery
        do throws(Refused) {
            query = try self.query(request)
        } catch {
            return error.answer
        }
        let found: BSONSequence
        do throws(StoreError) {
            found = try await records.read(query)
        } catch {
            return error.kind == .unavailable
                ? .problem(status: 503, detail: "the store cannot be reached; send the request again", retryAfter: 5)
                : .problem(status: 500, detail: "the store cannot answer: \(error.message)")
        }
        do throws(Refused) {
            if let list = shape.list {
                let known = try answer(found, list, request)
                return known.answer.tagged(for: request, with: known.tag)
            }
            let answer = try one(found, request)
            return answer.tagged(for: request, record: found.withDocument(0) { Array($0) })
        } catch {
            return error.answer
        }
    }

    // MARK: The question

    private func query(_ request: WebRequest) throws(Refused) -> RecordQuery {
        let facts = MessageFacts(
            queue: "", receivedAt: now(), headers: request.visibleHeaders.map { ($0.name, .text($0.value)) },
            parameters: request.facts.parameters.map { ($0.name, $0.value) }, principal: request.facts.principal)
        var conditions: [(field: String, value: BSONValue)]
        do throws(ReadQueryMaker.Problem) {
            conditions = try with { tools throws(ReadQueryMaker.Problem) in
                try tools.queries.conditions(of: shape, facts: facts)
            }
        } catch {
            throw Refused(400, error.detail)
        }
        if let id = id(conditions) { conditions.append(("_id", id)) }
        var query = RecordQuery(collection: shape.collection, conditions: conditions, limit: 1)
        guard let list = shape.list else { return query }
        query.order = list.order
        query.isDescending = list.isDescending
        // One more shows whether another page follows.
        query.limit = list.limit + 1
        if let text = request.facts.parameters.first(where: { $0.name == ReadShape.cursorParameter })?.value {
            guard let place = RecordQuery.Place(text: text), (place.value == nil) == (list.order == nil) else {
                throw Refused(400, "cursor: expected one of an answer's header Link; begin without it")
            }
            query.after = place
        }
        return query
    }

    /// The `_id` of the record that the conditions name: found by its index. Nil where they do not name all of it.
    private func id(_ conditions: [(field: String, value: BSONValue)]) -> BSONValue? {
        guard !shape.recordKey.isEmpty else { return nil }
        var id: [UInt8] = []
        for (number, field) in shape.recordKey.enumerated() {
            guard let value = conditions.first(where: { $0.field == field })?.value else { return nil }
            if number > 0 { id.append(RecordKey.separator) }
            let isPart = value.withElement { element in
                if let text = element.string {
                    RecordKey.append(part: text, to: &id)
                } else if let whole = element.integer {
                    RecordKey.append(part: String(whole).utf8, to: &id)
                } else {
                    return false
                }
                return true
            }
            guard isPart else { return nil }
        }
        return BSONValue(string: ByteString(id))
    }

    private func with<Result, Failure: Error>(_ body: (Tools) throws(Failure) -> Result) throws(Failure) -> Result {
        let own = tools.withLock { $0.popLast().map { Box($0) } }?.tools ?? Tools()
        defer {
            let box = Box(own)
            tools.withLock { $0.append(box.tools) }
        }
        return try body(own)
    }

    /// `@unchecked Sendable`: its tools are out of the list or not yet in it, so one thread has them.
    private struct Box: @unchecked Sendable {
        let tools: Tools

        init(_ tools: Tools) { self.tools = tools }
    }

    // MARK: The answer

    private func one(_ found: BSONSequence, _ request: WebRequest) throws(Refused) -> RequestAnswer {
        guard found.count > 0 else {
            throw Refused(404, "there is no such record at \(request.facts.path.cut(toBytes: 200))")
        }
        let body = try shown(found, 0)
        if let template = shape.template { return try page(template, body) }
        return RequestAnswer(status: 200, json: body)
    }

    /// One that is kept, or a new one.
    private func answer(
        _ found: BSONSequence, _ list: ReadShape.List, _ request: WebRequest
    ) throws(Refused) -> ListAnswers.Answer {
        let target = request.facts.path + "?" + (request.facts.query ?? "")
        if !isTimed.load(ordering: .relaxed), let known = lists.withLock({ $0.answer(to: target, with: found.bytes) }) {
            return known
        }
        let answer = try self.list(found, list, request)
        let new = ListAnswers.Answer(answer: answer, tag: answer.tag())
        if !isTimed.load(ordering: .relaxed) { lists.withLock { $0.keep(new, to: target, with: found.bytes) } }
        return new
    }

    private func list(
        _ found: BSONSequence, _ list: ReadShape.List, _ request: WebRequest
    ) throws(Refused) -> RequestAnswer {
        var body = [UInt8(ascii: "[")]
        var last = -1
        while last + 1 < min(found.count, list.limit), body.count < Self.mostBytes {
            last += 1
            if last > 0 { body.append(UInt8(ascii: ",")) }
            body += try shown(found, last)
        }
        body.append(UInt8(ascii: "]"))
        var next: String?
        // Where the read ended early, more may follow.
        let hasMore = last + 1 < found.count || found.bytes.count > RecordQuery.mostBytes
        if hasMore, last >= 0, let place = place(found, last, list) {
            let others = request.facts.parameters.filter { $0.name != ReadShape.cursorParameter }
            let isQuery = Set((request.facts.query ?? "").split(separator: "&").map { $0.prefix { $0 != "=" } })
            let query = others.filter { isQuery.contains($0.name[...]) }.map {
                PercentEncoding.encoded($0.name) + "=" + PercentEncoding.encoded($0.value)
            }
            let target = request.facts.path + "?" + (query + ["cursor=" + place.text]).joined(separator: "&")
            next = target
        }
        var answer: RequestAnswer
        if let template = shape.template {
            var object = JSONObjectText()
            object.add("items", raw: String(decoding: body, as: UTF8.self))
            if let next { object.add("next", next) }
            answer = try page(template, Array(object.text.utf8))
        } else {
            answer = RequestAnswer(status: 200, json: body)
        }
        if let next { answer.headers.append(.init(name: "link", value: "<\(next)>; rel=\"next\"")) }
        return answer
    }

    private func page(_ template: Template, _ json: [UInt8]) throws(Refused) -> RequestAnswer {
        do throws(Fault) {
            return RequestAnswer(
                status: 200, headers: [.init(name: "content-type", value: template.contentType)],
                body: try with { tools throws(Fault) in try tools.pages.page(template, of: json) })
        } catch {
            throw Refused(500, "expected \(error.expected), found \(error.found); \(error.remedy)")
        }
    }

    private func place(_ found: BSONSequence, _ index: Int, _ list: ReadShape.List) -> RecordQuery.Place? {
        found.withDocument(index) { document in
            let fields = BSONElements(document)
            guard let id = fields.first(named: "_id") else { return nil }
            let value = list.order.map { order in
                fields.first(at: FieldPath(order)).map { BSONValue(copying: $0) } ?? .null
            }
            return RecordQuery.Place(value: value, id: BSONValue(copying: id))
        }
    }

    private func shown(_ found: BSONSequence, _ index: Int) throws(Refused) -> [UInt8] {
        let text: [UInt8]
        do throws(BSONText.Unrenderable) {
            text = try found.withDocument(index) { document in
                Result { () throws(BSONText.Unrenderable) in
                    try BSONText.published(document: document, dates: .milliseconds)
                }
            }.get()
        } catch {
            throw Refused(500, "\(error.pointer): \(error.what) cannot be written as JSON; fix the document")
        }
        let mapped = with { tools in
            let mapped = tools.mapper.map(text, with: shape.document, now: now())
            if tools.mapper.hasReadFacts { isTimed.store(true, ordering: .relaxed) }
            return mapped
        }
        switch mapped {
        case .body(let body): return body
        case .skipped: return Array("null".utf8)
        case .failed(let field, let fault):
            throw Refused(
                500,
                "field '\(field)': '\(fault.step)' expected \(fault.expected), found \(fault.found); \(fault.remedy)")
        }
    }
}
