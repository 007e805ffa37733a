internal import JSON
internal import Yams

/// Compiles a route whose source is a MongoDB collection.
struct FeedCompiler {
    let reader: NodeReader
    let context: MappingContext

    func feed(_ name: String, _ body: Node, _ members: NodeReader.Members, from node: Node) -> FeedMapping? {
        let othersBefore = reader.otherFiles.count
        for other in ["definition", "cases", "else", "versionField"] {
            if let key = members.key(other) {
                reader.add(
                    key, "misplaced-field", "a feed has no '\(other):'; documents are published as they are stored")
            }
        }
        let values = ValueCompiler(reader: reader, context: context, slots: nil, parents: 1)
        let when = members["when"].flatMap { ConditionCompiler(values: values).condition($0, what: "when") }
        let policy = members["onError"].flatMap { MessageCompiler.policy($0, reader) } ?? .reject
        let document = document(members, when: when, policy: policy, name: name)
        let target = self.target(members, name: name)
        guard let options = reader.members(node, Language.feed, what: "'mongodb'"),
            let collectionNode = options["collection"],
            let collection = reader.text(collectionNode, what: "collection"), let progress = progress(options)
        else { return nil }
        if collection.hasPrefix("system.") || collection.contains("$") {
            reader.add(collectionNode, "collection", "'\(collection.prefix(60))' is not a readable collection")
        }
        let schedules = schedules(options)
        let watches = options["watch"].flatMap { reader.bool($0, what: "watch") } ?? false
        if schedules.isEmpty, !watches, options["every"] == nil, options["cron"] == nil {
            reader.add(
                node, "trigger",
                "a feed needs 'every:', 'cron:' or 'watch: true', which say when documents are published")
        }
        if watches, progress == .snapshot {
            reader.add(
                options.key("watch") ?? node, "watch",
                "'watch:' publishes what changes; with 'progress: snapshot' nothing tells what has")
        }
        let isShared = options["share"].flatMap { reader.bool($0, what: "share") } ?? false
        if isShared, case .flag = progress {
        } else if isShared {
            reader.add(options.key("share") ?? node, "share", "'share:' needs 'progress: { flag: … }'")
        }
        guard let document, let target else { return nil }
        return FeedMapping(
            name: name, description: members["description"]?.scalar?.string, file: reader.file,
            position: reader.position(collectionNode), collection: collection,
            filter: options["filter"].flatMap { QueryCompiler(reader: reader).query($0) } ?? QueryCompiler.everything,
            order: options["order"].flatMap { fieldName($0, what: "order") }, progress: progress,
            version: options["version"].flatMap { fieldName($0, what: "version") }, schedules: schedules,
            watches: watches,
            batch: options["batch"].flatMap { reader.integer($0, in: 1...10_000, what: "batch") } ?? 500,
            jitterMilliseconds: options["jitter"].flatMap { reader.milliseconds($0, what: "jitter", context: context) }
                ?? 0,
            tellsEmptyRuns: options["whenEmpty"].flatMap {
                reader.word($0, of: ["nothing", "log"], what: "whenEmpty")
            } == "log", isShared: isShared,
            addsConsole: options["console"].flatMap { reader.bool($0, what: "console") } ?? false, document: document,
            target: target, source: source(body, othersBefore))
    }

    private func source(_ body: Node, _ othersBefore: Int) -> String {
        var text: [UInt8] = []
        YAMLValue.appendJSON(body, to: &text)
        for other in reader.otherFiles[othersBefore...] { text.append(contentsOf: other.utf8) }
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: When, and how far

    private func schedules(_ options: NodeReader.Members) -> [Schedule] {
        var all: [Schedule] = []
        func add(_ node: Node, _ what: String, _ make: () throws(ScheduleError) -> Schedule) {
            do throws(ScheduleError) {
                all.append(try make())
            } catch {
                reader.add(error.isAboutZone ? options["zone"] ?? node : node, "schedule", "\(what): \(error.message)")
            }
        }
        if let node = options["every"], let text = reader.text(node, what: "every", context: context) {
            add(node, "every") { () throws(ScheduleError) in try Schedule.parse(every: text) }
        }
        let zone = options["zone"].flatMap { reader.text($0, what: "zone") } ?? "UTC"
        if let node = options["cron"] {
            for one in node.sequence.map({ Array($0) }) ?? [node] {
                guard let text = reader.text(one, what: "cron") else { continue }
                add(one, "cron") { () throws(ScheduleError) in try Schedule.parse(cron: text, zone: zone) }
            }
        } else if let key = options.key("zone") {
            reader.add(key, "misplaced-field", "'zone:' goes with 'cron:'; 'every:' needs none")
        }
        return all
    }

    private func progress(_ options: NodeReader.Members) -> FeedMapping.Progress? {
        guard let node = options["progress"] else { return nil }
        if node.scalar != nil {
            return reader.word(node, of: ["snapshot"], what: "progress").map { _ in .snapshot }
        }
        guard let members = reader.members(node, Language.progress, what: "'progress'") else { return nil }
        switch (members["field"], members["flag"]) {
        case (let field?, nil):
            guard let name = fieldName(field, what: "field") else { return nil }
            let overlap = members["overlap"].flatMap { reader.milliseconds($0, what: "overlap", context: context) }
            return .field(name, overlapMilliseconds: overlap ?? 60_000)
        case (nil, let flag?):
            if let key = members.key("overlap") {
                reader.add(key, "misplaced-field", "'overlap:' goes with 'field:'; a flag needs none")
            }
            guard let name = fieldName(flag, what: "flag") else { return nil }
            guard name != "_id" else {
                reader.add(flag, "flag", "flag: '_id' cannot be changed; name a field of its own, such as exported")
                return nil
            }
            return .flag(name)
        default:
            reader.add(node, "progress", "progress: expected 'snapshot', { field: … } or { flag: … }")
            return nil
        }
    }

    private func fieldName(_ node: Node, what: String) -> String? {
        guard let name = reader.text(node, what: what) else { return nil }
        guard !name.hasPrefix("$"), !name.hasPrefix("."), !name.contains("\0") else {
            reader.add(
                node, "field-name",
                "\(what): expected the name of a field such as lastUpdate, found '\(name.prefix(60))'")
            return nil
        }
        return name
    }

    // MARK: What, and where to

    func document(
        _ members: NodeReader.Members, when: Condition?, policy: FieldProgram.Policy, name: String
    ) -> DocumentShape? {
        let pointsBefore = reader.branchPoints.count
        func whole() -> DocumentShape {
            DocumentShape(when: when, fields: nil, slots: [], fillsNull: false, keepsOthers: true, dropped: [])
        }
        guard let node = members["message"] else {
            reader.add(members.node, "missing-field", "route '\(name)' needs 'message: document', or its fields")
            return nil
        }
        if node.scalar != nil { return reader.word(node, of: ["document"], what: "message").map { _ in whole() } }
        guard let body = reader.members(node, Language.document, what: "message") else { return nil }
        let slots = SlotNames()
        let fillsNull =
            body["missing"].flatMap { reader.word($0, of: ["null", "leaveOut"], what: "missing") } == "null"
        var values = ValueCompiler(reader: reader, context: context, slots: slots, parents: 1)
        values.fillsNull = fillsNull
        let keeps = body["keep"].flatMap { reader.word($0, of: ["all"], what: "keep") } != nil
        if let drop = body.key("drop"), !keeps {
            reader.add(
                drop, "misplaced-field", "'drop:' goes with 'keep: all'; without that only 'fields' are published")
        }
        guard body["fields"] != nil || keeps else {
            reader.add(node, "missing-field", "message needs 'fields:', 'keep: all', or to be 'document'")
            return nil
        }
        let compiler = MessageCompiler(reader: reader, context: context)
        let fields = (body["fields"].map { reader.pairs($0, what: "fields") } ?? []).compactMap { name, _, node in
            compiler.field(name, node, values, policy: policy)
        }
        return DocumentShape(
            when: when, fields: fields.map { .init(name: $0.name, value: $0.value, policy: $0.policy) },
            slots: slots.names, fillsNull: fillsNull, keepsOthers: keeps,
            dropped: body["drop"].map { reader.texts($0, what: "drop") } ?? [],
            branchPoints: Array(reader.branchPoints[pointsBefore...]))
    }

    private func target(_ members: NodeReader.Members, name: String) -> PostingShape? {
        guard let node = members["to"] else {
            reader.add(members.node, "missing-field", "route '\(name)' needs 'to: { amqp: { queue: … } }'")
            return nil
        }
        let before = reader.mistakes.count
        let all = TargetCompiler(reader: reader, context: context).targets(node)
        guard let only = all.postings.first, all.postings.count == 1, all.stored == nil, all.records.isEmpty else {
            if reader.mistakes.count == before {
                reader.add(node, "target", "a feed has one target: to: { amqp: { queue: … } }")
            }
            return nil
        }
        switch only.destination {
        case .queue, .exchange: break
        case .file, .log, .webSocket: reader.add(node, "target", "a feed publishes to 'amqp:'")
        }
        if only.looksIntoItem {
            reader.add(node, "target", "the target of a feed is the same for all its documents: write texts, not paths")
        }
        let one = node.sequence?.first ?? node
        for (key, _) in one.mapping?["amqp"]?.mapping ?? [:]
        where ["outcomes", "body", "when"].contains(key.scalar?.string) {
            reader.add(
                key, "misplaced-field",
                "a feed has no '\(key.scalar?.string ?? "")' in its target; 'message:' says what is published")
        }
        return only
    }
}
