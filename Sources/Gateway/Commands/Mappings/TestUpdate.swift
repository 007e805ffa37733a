internal import Contracts
internal import DryRun
internal import Foundation
internal import Glibc
internal import JSON
internal import Mappings
internal import Operations

/// Writes actual results as expectations into a test file; every other byte of the file stays as it is.
enum TestUpdate {
    /// Why a file was left as it is.
    struct Refusal: Error {
        let message: String
    }

    /// False if nothing had to be written. Written at once and only if the new text reads as intended.
    static func write(_ result: MappingTesting.Result) throws -> Bool {
        guard result.findings.isEmpty else { return false }
        // Through a link, so that it stays one.
        let url = URL(fileURLWithPath: result.file).resolvingSymlinksInPath()
        guard let data = FileManager.default.contents(atPath: url.path),
            let whole = String(validating: data, as: UTF8.self), data == result.content
        else {
            throw Refusal(message: "\(result.file): the file was changed meanwhile; run it again")
        }
        // YAML is read without its byte order mark.
        let mark = whole.unicodeScalars.first == "\u{FEFF}" ? "\u{FEFF}" : ""
        let text = String(whole.unicodeScalars.dropFirst(mark.unicodeScalars.count))
        guard let changed = try self.changed(text, result), changed != text else { return false }
        let (tests, mistakes) = MappingTestReader.read(changed, file: result.file) {
            MappingFiles.read($0, beside: result.file)
        }
        guard tests?.tests.count == result.tests.count, mistakes.isEmpty else {
            throw Refusal(message: "\(result.file): not updated: the file would not be a test file any more")
        }
        try replace(url, with: Data((mark + changed).utf8))
        return true
    }

    /// At once, and with the file's rights.
    private static func replace(_ url: URL, with data: Data) throws {
        let manager = FileManager.default
        let new = url.deletingLastPathComponent().appendingPathComponent(".\(url.lastPathComponent).\(UUID())")
        do {
            try data.write(to: new)
            if let rights = try manager.attributesOfItem(atPath: url.path)[.posixPermissions] {
                try manager.setAttributes([.posixPermissions: rights], ofItemAtPath: new.path)
            }
            guard rename(new.path, url.path) == 0 else { throw Refusal(message: "\(url.path): cannot be replaced") }
        } catch {
            try? manager.removeItem(at: new)
            throw error
        }
    }

    /// The text with actual results.
    static func changed(_ text: String, _ result: MappingTesting.Result) throws -> String? {
        guard let before = try YAMLEdit.json(text, file: result.file) else { return nil }
        let target = try JSONParser().parse(before).withRoot { root in Self.target(root, result) }
        do throws(YAMLEdit.Refusal) {
            return try YAMLEdit.change(text, file: result.file, to: target)
        } catch {
            throw Refusal(
                message: "\(result.file):\(error.position): not updated, the file is as it was: \(error.message);"
                    + " write the expectation by hand")
        }
    }

    /// The whole file's value, with the results of failed tests.
    private static func target(_ root: JSONNode, _ result: MappingTesting.Result) -> String {
        var file = JSONObjectText()
        for (name, value) in root.members {
            guard name.string == "tests" else {
                file.add(name.string ?? "", raw: raw(value))
                continue
            }
            file.add(
                "tests",
                objects: zip(value.elements, zip(result.tests, result.outcomes)).map { node, pair in
                    pair.1.differences.isEmpty || !pair.1.found.isComplete
                        ? raw(node) : test(node, pair.0, pair.1.found)
                })
        }
        return file.text
    }

    private static func test(_ node: JSONNode, _ test: MappingTest, _ found: TestRunner.Found) -> String {
        var members: [(name: String, value: String)] = node.members.map { ($0.name.string ?? "", raw($0.value)) }
        func set(_ name: String, _ value: String) {
            if let index = members.firstIndex(where: { $0.name == name }) {
                members[index].value = value
            } else {
                members.append((name, value))
            }
        }
        if let message = node["message"], let result = found.messages.first {
            set("message", self.message(message, result))
        }
        if let messages = node["messages"] {
            let all = messages.elements.enumerated().map { index, message in
                found.messages.indices.contains(index) ? self.message(message, found.messages[index]) : raw(message)
            }
            set("messages", "[\(all.joined(separator: ","))]")
        }
        if test.documents == nil, node["records"] != nil || !found.records.isEmpty {
            set("records", records(node["records"], found.records))
        }
        if node["deadLetters"] != nil || !found.deadLetters.isEmpty {
            set("deadLetters", list(found.deadLetters, like: node["deadLetters"]) { letter($0, like: $1) })
        }
        if node["postings"] != nil || !found.postings.isEmpty {
            set("postings", list(found.postings, like: node["postings"]) { posting($0, like: $1) })
        }
        return object(members)
    }

    private static func message(_ node: JSONNode, _ found: TestRunner.Message) -> String {
        var members: [(name: String, value: String)] = node.members.map { ($0.name.string ?? "", raw($0.value)) }
        /// `value`: nil for no such member.
        func set(_ name: String, _ value: String?, isAdded: Bool) {
            if let index = members.firstIndex(where: { $0.name == name }) {
                if let value { members[index].value = value } else { members.remove(at: index) }
            } else if isAdded, let value {
                members.append((name, value))
            }
        }
        let outcomes = "[\(found.outcomes.map(JSONText.quoted).joined(separator: ","))]"
        set("outcomes", outcomes, isAdded: !found.outcomes.isEmpty)
        set("key", found.key.map(JSONText.quoted), isAdded: true)
        if let expected = node["answer"] {
            set("answer", found.answer.map { answer($0, like: expected) }, isAdded: false)
        }
        set("pushes", found.isClient ? "[\(found.pushes.joined(separator: ","))]" : nil, isAdded: false)
        return object(members)
    }

    /// The answer with the members that are expected.
    private static func answer(_ found: TestRunner.Answer, like expected: JSONNode) -> String {
        let body = String(decoding: found.body, as: UTF8.self)
        var all: [(name: String, value: String)] = []
        if let status = found.status {
            all.append(("status", String(status)))
            let headers = (expected["headers"]?.members).map { Array($0) } ?? []
            all.append(
                (
                    "headers",
                    object(
                        headers.compactMap { header in
                            let name = header.name.string ?? ""
                            return found.headers.first { $0.name == name.lowercased() }.map {
                                (name, JSONText.quoted($0.value))
                            }
                        })
                ))
        }
        // Of a body that is not JSON only the text can be expected.
        let isJSON = (try? JSONParser().parse(body)) != nil
        if isJSON { all.append(("body", body)) }
        all.append(("text", JSONText.quoted(body)))
        var names = expected.members.map { $0.name.string ?? "" }
        if !isJSON, names.contains("body") { names.append("text") }
        return object(all.filter { names.contains($0.name) })
    }

    private static func records(
        _ node: JSONNode?, _ found: [(collection: String, records: [StoredRecord])]
    ) -> String {
        object(
            found.map { collection, records in
                (collection, list(records, like: node?[collection]) { $0.text(like: $1) })
            })
    }

    /// `like`: the expected elements, one after the other.
    private static func list<Element>(
        _ elements: [Element], like node: JSONNode?, _ text: (Element, JSONNode?) -> String
    ) -> String {
        let expected = node?.isArray == true ? node.map { Array($0.elements) } ?? [] : []
        let all = elements.enumerated().map { index, element in
            text(element, expected.indices.contains(index) ? expected[index] : nil)
        }
        return "[\(all.joined(separator: ","))]"
    }

    /// `{ queue: …, body: … }` of a posting; with an expected one, the same members.
    private static func posting(_ report: FeedDryRun.Report, like expected: JSONNode?) -> String {
        guard let row = report.row else {
            let reason = report.failure ?? ""
            // A part of the reason is enough.
            if let failed = expected?["failed"]?.string, reason.contains(failed), let expected { return raw(expected) }
            return object([("failed", JSONText.quoted(reason))])
        }
        var all: [(name: String, value: String)] = []
        switch row.target {
        case .amqp(let exchange, let routingKey):
            if exchange.isEmpty { all.append(("queue", JSONText.quoted(routingKey))) }
            all.append(("exchange", JSONText.quoted(exchange)))
            all.append(("routingKey", JSONText.quoted(routingKey)))
        case .file(let path): all.append(("file", JSONText.quoted(path)))
        case .log: break
        case .webSocket(let topic, let key):
            all += [("topic", JSONText.quoted(topic)), ("key", JSONText.quoted(key))]
        }
        let headers = row.headers.map { ($0.name, JSONText.quoted($0.value.comparedText)) }
        all.append(("headers", object(headers)))
        let text = String(decoding: row.body, as: UTF8.self)
        all.append(("body", text))
        all.append(("text", JSONText.quoted(text)))
        let isDirect = all.first?.name == "queue"
        return members(
            of: all, like: expected,
            otherwise: ["queue", "file", "topic", "key", "body"] + (isDirect ? [] : ["exchange", "routingKey"]))
    }

    /// `{ reasons: […], message: … }` of a stored dead letter; with an expected one, the same members.
    private static func letter(_ text: String, like expected: JSONNode?) -> String {
        guard let document = try? JSONParser().parse(text) else { return "{}" }
        return document.withRoot { letter in
            let reasons = (letter["reasons"]?.elements).map { Array($0) } ?? []
            let known = (expected?["reasons"]?.elements).map { Array($0) } ?? []
            let all = reasons.enumerated().map { index, reason in
                members(
                    of: ["code", "item", "pointer", "text"].compactMap { name in
                        reason[name].flatMap { $0.isNull ? nil : (name, raw($0)) }
                    }, like: known.indices.contains(index) ? known[index] : nil,
                    otherwise: ["code", "item", "pointer"])
            }
            var own: [(name: String, value: String)] = [("reasons", "[\(all.joined(separator: ","))]")]
            own.append(("message", letter["message"].map { raw($0) } ?? "null"))
            return members(
                of: own, like: expected,
                otherwise: letter["message"]?.isNull == false ? ["reasons", "message"] : ["reasons"])
        }
    }

    private static func members(
        of all: [(name: String, value: String)], like expected: JSONNode?, otherwise usual: [String]
    ) -> String {
        let names = expected.map { $0.members.map { $0.name.string ?? "" } } ?? usual
        return object(all.filter { names.contains($0.name) })
    }

    private static func object(_ members: [(name: String, value: String)]) -> String {
        var object = JSONObjectText()
        for member in members { object.add(member.name, raw: member.value) }
        return object.text
    }

    private static func raw(_ node: JSONNode) -> String { String(decoding: node.rawText, as: UTF8.self) }
}
