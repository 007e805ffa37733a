internal import JSON
internal import Yams

/// Parses a test file; reports every mistake.
package struct MappingTestReader {
    private let reader: NodeReader
    private let read: (String) -> Result<String, MappingContext.Failure>

    /// `read`: reads a file relative to the test file.
    package static func read(
        _ text: String, file: String, read: @escaping (String) -> Result<String, MappingContext.Failure>
    ) -> (tests: MappingTestFile?, mistakes: [MappingDiagnostic]) {
        let own = MappingTestReader(reader: NodeReader(file: file), read: read)
        do throws(MappingDiagnostic) {
            guard let root = try YAMLText.compose(text, file: file) else {
                let place = TextPosition(line: 1, column: 1)
                throw MappingDiagnostic(
                    file: file, position: place, rule: "missing-field", message: "a test file needs 'tests:'")
            }
            let tests = own.file(root, file: file)
            return (own.reader.mistakes.isEmpty ? tests : nil, own.reader.mistakes)
        } catch {
            return (nil, [error])
        }
    }

    /// Records by catalog, as in `given:` of a test.
    package static func records(
        _ text: String, file: String
    ) -> (records: [(catalog: String, records: [String])], mistakes: [MappingDiagnostic]) {
        let own = MappingTestReader(
            reader: NodeReader(file: file), read: { .failure(MappingContext.Failure($0)) })
        do throws(MappingDiagnostic) {
            guard let root = try YAMLText.compose(text, file: file) else { return ([], []) }
            let records = own.reader.pairs(root, what: "the records").map { catalog, _, list in
                (catalog: catalog, records: own.reader.elements(list, what: catalog).map { own.json($0) })
            }
            return (records, own.reader.mistakes)
        } catch {
            return ([], [error])
        }
    }

    private func file(_ root: Node, file: String) -> MappingTestFile? {
        guard let members = reader.members(root, Language.testFile, what: "a test file") else { return nil }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let usual = name.replacing(".test.", with: ".")
        let mapping = members["mapping"].flatMap { reader.text($0, what: "mapping") } ?? usual
        let definitions = members["definitions"].flatMap { reader.text($0, what: "definitions") }
        let clock = members["clock"].flatMap { reader.text($0, what: "clock") }
        let tests = (members["tests"].map { reader.elements($0, what: "tests") } ?? []).compactMap { test($0) }
        return MappingTestFile(file: file, mapping: mapping, definitions: definitions, clock: clock, tests: tests)
    }

    private func test(_ node: Node) -> MappingTest? {
        guard let members = reader.members(node, Language.testCase, what: "a test"),
            let name = members["name"].flatMap({ reader.text($0, what: "name") })
        else { return nil }
        var test = MappingTest(name: name, position: reader.position(node))
        if let given = members["given"] {
            for (catalog, _, list) in reader.pairs(given, what: "given") {
                test.given.append((catalog, reader.elements(list, what: catalog).map { json($0) }))
            }
        }
        if let records = members["records"] {
            for (collection, _, list) in reader.pairs(records, what: "records") {
                test.records.append((collection, reader.elements(list, what: collection).map { json($0) }))
            }
        }
        var messages: [Node] = []
        if let one = members["message"] { messages.append(one) }
        if let several = members["messages"] { messages += reader.elements(several, what: "messages") }
        test.feed = members["feed"].flatMap { reader.text($0, what: "feed") }
        if let documents = members["documents"] {
            let query = QueryCompiler(reader: reader)
            test.documents = reader.elements(documents, what: "documents").compactMap { query.document($0) }
            if let one = messages.first {
                reader.add(one, "test", "a test has messages, or the documents of a feed, and not both")
            }
            for name in ["given", "records", "deadLetters"] {
                guard let key = members.key(name) else { continue }
                reader.add(
                    key, "misplaced-field",
                    "'\(name):' goes with messages, and would be ignored; of a feed's documents 'postings:' are expected"
                )
            }
        } else if messages.isEmpty {
            reader.add(node, "missing-field", "a test needs 'message:' or 'messages:', or of a feed 'documents:'")
        }
        if test.documents == nil, let key = members.key("feed") {
            reader.add(
                key, "misplaced-field", "'feed:' goes with 'documents:'; a message names its route with 'route:'")
        }
        if let postings = members["postings"] {
            test.postings = reader.elements(postings, what: "postings").compactMap { posting($0) }
        }
        for message in messages {
            guard let own = self.message(message) else { continue }
            test.messages.append(own)
        }
        if let letters = members["deadLetters"] {
            test.deadLetters = reader.elements(letters, what: "deadLetters").compactMap { deadLetter($0) }
        }
        return test
    }

    private func message(_ node: Node) -> MappingTest.Message? {
        guard let members = reader.members(node, Language.testMessage, what: "a message") else { return nil }
        var message = MappingTest.Message(position: reader.position(node))
        message.route = members["route"].flatMap { reader.text($0, what: "route") }
        message.messageId = members["messageId"].flatMap { reader.text($0, what: "messageId") }
        message.isRedelivered = members["redelivered"].flatMap { reader.bool($0, what: "redelivered") } ?? false
        if let headers = members["headers"] {
            for (name, _, value) in reader.pairs(headers, what: "headers") {
                message.headers.append((name, value.scalar?.string ?? ""))
            }
        }
        if let parameters = members["parameters"] {
            for (name, _, value) in reader.pairs(parameters, what: "parameters") {
                message.parameters.append((name, value.scalar?.string ?? ""))
            }
        }
        message.principal = members["principal"].flatMap { reader.text($0, what: "principal") }
        message.answer = members["answer"].flatMap { answer($0) }
        message.key = members["key"].flatMap { reader.text($0, what: "key") }
        message.pushes = members["pushes"].map { reader.elements($0, what: "pushes").map { json($0) } }
        let bodies = members.all.filter { ["body", "text", "file"].contains($0.name) }
        let isRequest = message.answer != nil || !message.parameters.isEmpty
        guard let body = bodies.first, bodies.count == 1 else {
            // A request may have none.
            if bodies.isEmpty, isRequest { return withOutcomes(members, message) }
            reader.add(node, "missing-field", "a message has one of 'body:', 'text:' and 'file:'")
            return nil
        }
        switch body.name {
        case "body": message.body = Array(json(body.value).utf8)
        case "text": message.body = Array((reader.text(body.value, what: "text", allowsEmpty: true) ?? "").utf8)
        default:
            guard let path = reader.text(body.value, what: "file") else { return nil }
            switch read(path) {
            case .success(let text): message.body = Array(text.utf8)
            case .failure(let failure): reader.add(body.value, "message-file", failure.message)
            }
        }
        return withOutcomes(members, message)
    }

    private func withOutcomes(_ members: NodeReader.Members, _ message: MappingTest.Message) -> MappingTest.Message {
        var message = message
        if let outcomes = members["outcomes"] {
            let words = ["inserted", "updated", "unchanged", "deleted", "absent", "rejected"]
            message.outcomes = reader.elements(outcomes, what: "outcomes").compactMap {
                reader.word($0, of: words, what: "outcomes")
            }
        }
        return message
    }

    private func answer(_ node: Node) -> MappingTest.Answer? {
        guard let members = reader.members(node, Language.testAnswer, what: "an answer") else { return nil }
        var answer = MappingTest.Answer()
        answer.status = members["status"].flatMap { reader.integer($0, in: 200...599, what: "status") }
        if let headers = members["headers"] {
            for (name, _, value) in reader.pairs(headers, what: "headers") {
                answer.headers.append((name, value.scalar?.string ?? ""))
            }
        }
        answer.body = members["body"].map { json($0) }
        answer.text = members["text"].flatMap { reader.text($0, what: "text", allowsEmpty: true) }
        return answer
    }

    private func posting(_ node: Node) -> MappingTest.Posting? {
        guard let members = reader.members(node, Language.testPosting, what: "a posting") else { return nil }
        func text(_ name: String) -> String? {
            members[name].flatMap { reader.text($0, what: name, allowsEmpty: true) }
        }
        var posting = MappingTest.Posting()
        posting.queue = text("queue")
        posting.exchange = text("exchange")
        posting.routingKey = text("routingKey")
        posting.file = text("file")
        posting.topic = text("topic")
        posting.key = text("key")
        posting.headers = members["headers"].map { node in
            reader.pairs(node, what: "headers").map { ($0.name, $0.value.scalar?.string ?? "") }
        }
        posting.body = members["body"].map { json($0) }
        posting.text = text("text")
        posting.failed = text("failed")
        return posting
    }

    private func deadLetter(_ node: Node) -> MappingTest.DeadLetter? {
        guard let members = reader.members(node, Language.deadLetter, what: "a dead letter") else { return nil }
        var letter = MappingTest.DeadLetter()
        letter.message = members["message"].map { json($0) }
        if let reasons = members["reasons"] {
            letter.reasons = reader.elements(reasons, what: "reasons").compactMap { reason($0) }
        }
        return letter
    }

    private func reason(_ node: Node) -> MappingTest.Reason? {
        guard let members = reader.members(node, Language.reason, what: "a reason"),
            let code = members["code"].flatMap({ reader.text($0, what: "code") })
        else { return nil }
        return MappingTest.Reason(
            code: code, item: members["item"].flatMap { reader.integer($0, in: 0...1_000_000_000, what: "item") },
            pointer: members["pointer"].flatMap { reader.text($0, what: "pointer", allowsEmpty: true) },
            text: members["text"].flatMap { reader.text($0, what: "text") })
    }

    private func json(_ node: Node) -> String {
        var out: [UInt8] = []
        YAMLValue.appendJSON(node, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}
