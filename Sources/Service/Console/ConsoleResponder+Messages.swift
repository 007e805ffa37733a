internal import Console
internal import Contracts
internal import DryRun
internal import Ingest
internal import JSON
internal import Mappings
internal import MongoStore
internal import Operations
internal import Schemas
internal import Settings

/// Explains messages, as `gateway explain --live`: on the stored records, without writing.
extension ConsoleResponder {
    /// Maximum number of items in an explanation.
    private static let mostExplained = 200

    package func explain(_ number: Int) async throws -> String {
        guard let settled = tail.message(number) else { throw ConsoleProblem.messageGone }
        guard let body = settled.body else {
            throw ConsoleProblem.conflict(
                "the message has \(settled.byteCount) bytes, and was not kept",
                remedy: "'gateway explain FILE --live' takes messages of any size")
        }
        return try await explain(
            body, route: settled.route, messageId: settled.messageId, headers: settled.headers, settled: settled,
            named: "message \(number)")
    }

    /// `query`: `route`, without which the first one is taken that can read it, and `messageId`.
    package func explain(_ message: [UInt8], _ query: [String: String]) async throws -> String {
        if let name = query.keys.first(where: { $0 != "route" && $0 != "messageId" }) {
            throw ConsoleProblem.invalid("'\(name)' is unknown here", remedy: "there are route and messageId")
        }
        if message.isEmpty {
            throw ConsoleProblem.invalid("there is no message", remedy: "send one as the request's body")
        }
        return try await explain(
            message, route: query["route"], messageId: query["messageId"], headers: [], named: "message")
    }

    private func explain(
        _ body: [UInt8], route name: String?, messageId: String?, headers: [(name: String, value: String)],
        settled: SettledMessage? = nil, named file: String
    ) async throws -> String {
        let now = board.configuration
        let routes = now.mappings.filter(\.takesMessages)
        let found =
            if let name, !name.isEmpty {
                routes.first { $0.name == name }
            } else {
                MessageTrial.route(for: body, messageId: messageId, headers: headers, in: routes, catalogs.current)
                    ?? routes.first
            }
        guard let route = found else {
            let names = routes.map(\.name)
            let hint = name.flatMap { Spelling.nearest(to: $0, in: names) }.map { "did you mean '\($0)'? " } ?? ""
            throw ConsoleProblem.notFound(
                name.map { "there is no route '\($0)'" } ?? "there is no route that takes messages",
                remedy: "\(hint)there are \(names.joined(separator: ", "))")
        }
        let reader = try reader()
        let first = Self.dryRun(of: route, now.settings, catalogs.current, reader, withLedger: true)
        var properties = first.delivery(body, messageId: messageId, headers: headers).properties
        properties.appId = settled?.appId.map { ByteString($0) }
        // Deduplicated as a redelivery, also without a message-id.
        let delivery = first.delivery(
            body, properties: properties, queue: settled?.queue, isRedelivered: settled != nil)
        var results = try await MessageTrial.results(of: delivery, named: file, on: route, first)
        let isKnown = results.contains { $0.report.kind == .duplicate }
        if isKnown {
            results = try await MessageTrial.results(
                of: delivery, named: file, on: route,
                Self.dryRun(of: route, now.settings, catalogs.current, reader, withLedger: false))
        }
        var object = JSONObjectText()
        object.add("route", route.name)
        object.add(
            "text",
            results.map { ExplainText.page($0, most: Self.mostExplained, isKnown: isKnown) }.joined(separator: "\n\n"))
        object.add("isRefused", results.contains(where: \.hasRejections))
        return object.text
    }

    /// Uses the stored records. Without the ledger, a settled message is explained as if it were new.
    private static func dryRun(
        of route: RouteMapping, _ settings: Settings, _ catalogs: Catalogs, _ reader: MongoReader, withLedger: Bool
    ) -> RouteDryRun {
        RouteDryRun(
            route, catalogs: catalogs, now: WallClock.now(), companies: settings[.companiesAllowed],
            limits: settings.limits, setting: settings.text,
            loading: { collection, ids throws(StoreError) in
                if collection == StoreCollections.ledger, !withLedger { return [] }
                return try await reader.documents(in: collection, ids)
            })
    }
}
