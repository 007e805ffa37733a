internal import BSON
internal import Contracts
internal import Ingest
package import JSON
package import Mappings
package import Schemas

/// Runs mapping tests.
package struct TestRunner {
    package struct Outcome: Sendable {
        package var name: String
        package var position: TextPosition
        /// Differences from the expectations, one line each; empty if the test passes.
        package var differences: [String]
        /// The actual results.
        package var found: Found
    }

    /// What a message was answered.
    package struct Answer: Sendable {
        /// Nil for a client of sockets.
        package var status: Int?
        package var headers: [(name: String, value: String)] = []
        package var body: [UInt8]
    }

    /// Actual results of a message.
    package struct Message: Sendable {
        package var outcomes: [String] = []
        package var answer: Answer?
        /// Whether it is that of a client of sockets.
        package var isClient: Bool { answer != nil && answer?.status == nil }
        /// The key that it subscribes to.
        package var key: String?
        /// What its client gets after the answer, as JSON texts.
        package var pushes: [String] = []
    }

    /// Actual results, for `--update`.
    package struct Found: Sendable {
        package var messages: [Message] = []
        package var records: [(collection: String, records: [StoredRecord])] = []
        package var deadLetters: [String] = []
        package var postings: [FeedDryRun.Report] = []
        /// False if the test ended early: an unknown route or feed, or a refusal of the store.
        package var isComplete = false
    }

    private let table: RouteTable
    private let catalogs: Catalogs
    private let now: Int64
    package private(set) var coverage: Coverage

    /// `now`: milliseconds since 1970.
    package init(table: RouteTable, catalogs: Catalogs, now: Int64) {
        self.table = table
        self.catalogs = catalogs
        self.now = now
        coverage = Coverage(table)
    }

    package mutating func run(_ test: MappingTest) async -> Outcome {
        var differences: [String] = []
        var found = Found()
        do throws(StoreError) {
            try await run(test, &differences, &found)
        } catch {
            differences.append("the store refused it: \(error.message)")
        }
        return Outcome(name: test.name, position: test.position, differences: differences, found: found)
    }

    private mutating func run(
        _ test: MappingTest, _ differences: inout [String], _ found: inout Found
    ) async throws(StoreError) {
        if let documents = test.documents {
            guard let feed = feed(of: test, &differences) else { return }
            found.postings = FeedDryRun(feed, now: now, trail: coverage.trail).run(documents)
            coverage.add(found.postings, of: documents.count, feed: feed.name)
            differences += PostingDifference.all(test.postings, found.postings)
            found.isComplete = true
            return
        }
        let store = InMemoryStore()
        var last: RouteDryRun?
        var sockets = SocketDryRun(now: now, trail: coverage.trail)
        /// Indices of the messages of clients.
        var clients: [Int] = []
        for (number, message) in test.messages.enumerated() {
            guard let route = route(of: message, &differences) else { return }
            let dryRun = RouteDryRun(
                route, catalogs: catalogs, now: now, store: store, first: UInt64(number) << 20, trail: coverage.trail)
            if number == 0 {
                for (catalog, records) in test.given {
                    for record in records {
                        let problems = dryRun.give(record, catalog: catalog)
                        differences += problems.map { "given \(catalog): \($0)" }
                    }
                }
            }
            last = dryRun
            if let shape = route.subscription, case .webSocket(let endpoint) = route.from {
                let report = sockets.receive(message, of: endpoint, shape, pushed: dryRun.pushCount)
                coverage.add(report, route: route.name)
                found.messages.append(Message(answer: Answer(body: report.answer), key: report.key))
                clients.append(number)
                continue
            }
            let reports = try await dryRun.receive(
                dryRun.delivery(
                    message.body, messageId: message.messageId, headers: message.headers,
                    parameters: message.parameters, principal: message.principal, isRedelivered: message.isRedelivered))
            for report in reports { coverage.add(report, route: route.name) }
            let outcomes = reports.flatMap(\.outcomes).map(\.word)
            let answer = reports.first?.answer.map { answer in
                Answer(status: answer.status, headers: answer.headers.map { ($0.name, $0.value) }, body: answer.body)
            }
            found.messages.append(Message(outcomes: outcomes, answer: answer))
            differences += MessageDifference.ofRoute(
                message, found.messages[number], note: Self.note(reports), place: Self.place(of: number, in: test))
        }
        guard let last else { return }
        for (number, report) in zip(clients, sockets.reports(last.postings)) {
            found.messages[number].pushes = report.pushes.map { String(decoding: $0, as: UTF8.self) }
            differences += MessageDifference.ofClient(
                test.messages[number], found.messages[number], place: Self.place(of: number, in: test))
        }
        let known =
            catalogs.all.map(\.collection)
            + table.routes.flatMap(\.shapes).flatMap { [$0.collection] + $0.records.map(\.collection) }
            .compactMap { $0 } + last.collections
        for (collection, expected) in test.records {
            if !known.contains(collection) {
                let hint = Spelling.nearest(to: collection, in: known).map { " (did you mean '\($0)'?)" } ?? ""
                differences.append("records: no collection is named '\(collection)'\(hint)")
                return
            }
            differences += Self.differences(expected, last.stored(in: collection), what: "records.\(collection)")
        }
        let named = test.records.isEmpty ? last.collections : test.records.map(\.collection)
        found.records = named.map { ($0, last.stored(in: $0)) }
        found.deadLetters = last.deadLetters
        differences += DeadLetterDifference.all(test.deadLetters, last.deadLetters)
        found.postings = last.postings.map { FeedDryRun.Report(row: $0) }
        differences += PostingDifference.all(test.postings, found.postings)
        found.isComplete = true
    }

    private static func differences(_ expected: [String], _ found: [StoredRecord], what: String) -> [String] {
        (0..<max(expected.count, found.count)).flatMap { index -> [String] in
            let place = "\(what)[\(index)]"
            if index >= found.count { return ["\(place): expected \(expected[index]), found no more"] }
            if index >= expected.count { return ["\(place): expected no more, found \(found[index].text)"] }
            return found[index].differences(from: expected[index], what: place)
        }
    }

    private func feed(of test: MappingTest, _ differences: inout [String]) -> FeedMapping? {
        if let name = test.feed {
            if let feed = table.feeds.first(where: { $0.name == name }) { return feed }
            let hint = Spelling.nearest(to: name, in: table.feeds.map(\.name)).map { " (did you mean '\($0)'?)" } ?? ""
            differences.append("the mapping has no feed '\(name)'\(hint)")
            return nil
        }
        guard table.feeds.count == 1 else {
            let names = table.feeds.map(\.name).joined(separator: ", ")
            differences.append(
                table.feeds.isEmpty
                    ? "the mapping has no feed; write 'message:' in place of 'documents:'"
                    : "the mapping has \(table.feeds.count) feeds; say 'feed:' in the test: \(names)")
            return nil
        }
        return table.feeds[0]
    }

    private func route(of message: MappingTest.Message, _ differences: inout [String]) -> RouteMapping? {
        if let name = message.route {
            if let route = table.routes.first(where: { $0.name == name }) { return route }
            let hint = Spelling.nearest(to: name, in: table.routes.map(\.name)).map { " (did you mean '\($0)'?)" } ?? ""
            differences.append("the mapping has no route '\(name)'\(hint)")
            return nil
        }
        guard table.routes.count == 1 else {
            differences.append(
                table.routes.isEmpty
                    ? "the mapping has no route; write 'documents:' in place of 'message:'"
                    : "the mapping has \(table.routes.count) routes; say 'route:' in the message: "
                        + table.routes.map(\.name).joined(separator: ", "))
            return nil
        }
        return table.routes[0]
    }

    private static func place(of number: Int, in test: MappingTest) -> String {
        test.messages.count == 1 ? "" : "message \(number + 1), "
    }

    private static func note(_ reports: [RouteDryRun.Report]) -> String {
        reports.map { report in
            let what = report.prepared.message.part.map { "case '\($0.name)'" } ?? "the message"
            return switch report.kind {
            case .applied: ""
            case .ignored: " (\(what) is ignored)"
            case .duplicate: " (\(what) was applied before)"
            case .deadLettered: " (\(what) is a dead letter as a whole)"
            case .refused: " (\(what) is refused as a whole)"
            }
        }.joined()
    }
}
