internal import ArgumentParser
internal import Documents
internal import Foundation
internal import Mappings
internal import MongoStore
internal import Pipeline
internal import Records
internal import Rehearsal
internal import Schemas

/// The options of the verbs that look at message files without sending them.
struct MessageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The route; without it the first one that can read the message.", valueName: "name"))
    var route: String?

    @Option(
        help: ArgumentHelp(
            "Records that are there before, as YAML or JSON by catalog: catalogItem: [{companyId: napse, code: ...}].",
            valueName: "file"))
    var given: String?

    @Flag(help: "Read the records that are there from the store (mongoDB.uri); nothing is written.")
    var live = false

    @Option(name: .customLong("message-id"), help: "The AMQP message-id.")
    var messageId: String?

    @Option(name: .customLong("header"), help: ArgumentHelp("An AMQP header, as name=value.", valueName: "name=value"))
    var headers: [String] = []

    func validate() throws {
        if live, given != nil {
            throw ValidationError("--live and --given exclude each other: records come from one of them")
        }
        for header in headers where !header.contains("=") {
            throw ValidationError("--header takes name=value, found '\(header)'")
        }
    }

    var headerPairs: [(name: String, value: String)] {
        headers.compactMap { header in
            header.firstIndex(of: "=").map { (String(header[..<$0]), String(header[header.index(after: $0)...])) }
        }
    }

    /// A message file, or standard input for `-`.
    static func read(_ file: String) throws -> [UInt8] {
        if file == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        guard let data = FileManager.default.contents(atPath: file) else {
            Terminal.error("\(file): cannot read the file; give the path of a message in JSON")
            throw ExitCode.failure
        }
        return Array(data)
    }

    /// The route for a message: the one that is named, or the first one that can read it.
    func route(for body: [UInt8], in table: RouteTable, catalogs: Catalogs) throws -> RouteMapping {
        if let route {
            if let found = table.routes.first(where: { $0.name == route }) { return found }
            let known = table.routes.map(\.name).joined(separator: ", ")
            Terminal.error("--route: there is no route '\(route)'; there are \(known)")
            throw ExitCode.failure
        }
        return MessageTrial.route(for: body, messageId: messageId, headers: headerPairs, in: table.routes, catalogs)
            ?? table.routes[0]
    }
}

/// Message files tried out one after another, on one starting state.
struct MessageTrial {
    let options: MessageOptions
    let settings: Settings
    let catalogs: Catalogs
    let table: RouteTable

    struct Result {
        var file: String
        var route: RouteMapping
        var delivery: Delivery
        var report: Rehearsal.Report
        var items: [Rehearsal.ItemStep]
        /// What would be posted.
        var postings: [PostingRow]
    }

    /// The first route that can read a message; nil where none can.
    static func route(
        for body: [UInt8], messageId: String?, headers: [(name: String, value: String)], in routes: [RouteMapping],
        _ catalogs: Catalogs
    ) -> RouteMapping? {
        routes.first { candidate in
            let rehearsal = Rehearsal(candidate, catalogs: catalogs, now: WallClock.now())
            let messages = rehearsal.prepare(rehearsal.delivery(body, messageId: messageId, headers: headers))
            return messages.contains { prepared in
                switch prepared.message.content {
                case .catalog: true
                case .ignored: false
                // Only these say that the message is of another shape.
                case .unreadable(let reasons, _, _, _):
                    !reasons.contains { [.notEnvelope, .mappingFailed].contains($0.code) }
                }
            }
        }
    }

    /// What a message does, a result for each case that takes it. `known`: postings of messages before it.
    static func results(
        of delivery: Delivery, named file: String, on route: RouteMapping, _ rehearsal: Rehearsal,
        known: Set<ByteString> = []
    ) async throws(StoreError) -> [Result] {
        var results: [Result] = []
        for (report, items) in try await rehearsal.steps(delivery) {
            results.append(
                Result(file: file, route: route, delivery: delivery, report: report, items: items, postings: []))
        }
        // All parts of a message are settled together.
        if !results.isEmpty {
            results[results.count - 1].postings = rehearsal.postings.filter { !known.contains($0.id) }
        }
        return results
    }

    init(_ options: MessageOptions, _ settingsOptions: SettingsOptions) throws {
        self.options = options
        settings = try settingsOptions.load(needing: options.live ? [.store] : [])
        catalogs = try CatalogLoader.load(directory: settings.text("definitions.directory"))
        let mapped = MappingLoader.check(offline: settings.text("mappings.directory"), catalogs: catalogs)
        for finding in mapped.findings where finding.severity == .error { Terminal.error(finding.description) }
        guard let table = mapped.table else { throw ExitCode(78) }
        guard !table.routes.isEmpty else {
            Terminal.error(
                "these mappings have no route that takes messages; what a feed publishes, its tests tell: 'gateway test'"
            )
            throw ExitCode(78)
        }
        self.table = table
    }

    func run(_ files: [String]) async throws -> [Result] {
        if !options.live { return try await run(files, loading: nil) }
        return try await StoreReading.with(settings) { reader in
            try await run(files) { collection, ids throws(StoreError) in
                try await reader.documents(in: collection, ids)
            }
        }
    }

    private func run(_ files: [String], loading: Rehearsal.Loading?) async throws -> [Result] {
        let store = InMemoryStore()
        var results: [Result] = []
        for (number, file) in files.enumerated() {
            let body = try MessageOptions.read(file)
            let route = try options.route(for: body, in: table, catalogs: catalogs)
            let rehearsal = Rehearsal(
                route, catalogs: catalogs, now: WallClock.now(), store: store,
                companies: settings.list("companies.allowed"), limits: settings.limits, first: UInt64(number) << 20,
                setting: settings.text, loading: loading)
            if number == 0, let given = options.given { try await give(given, to: rehearsal) }
            let delivery = rehearsal.delivery(body, messageId: options.messageId, headers: options.headerPairs)
            results += try await Self.results(
                of: delivery, named: file, on: route, rehearsal, known: Set(results.flatMap(\.postings).map(\.id)))
        }
        return results
    }

    private func give(_ file: String, to rehearsal: Rehearsal) async throws {
        guard let text = MappingFileSet.text(of: file) else {
            Terminal.error("\(file): cannot read the file as UTF-8 text; give records by catalog")
            throw ExitCode.failure
        }
        let (records, mistakes) = MappingTestReader.records(text, file: file)
        for mistake in mistakes { Terminal.error(Finding(mistake).description) }
        guard mistakes.isEmpty else { throw ExitCode.failure }
        for (catalog, all) in records {
            for record in all {
                for problem in try await rehearsal.give(record, catalog: catalog) {
                    Terminal.error("\(file): \(catalog): \(problem)")
                    throw ExitCode.failure
                }
            }
        }
    }
}
