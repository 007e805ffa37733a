internal import ArgumentParser
internal import BSON
internal import Contracts
internal import DryRun
internal import Foundation
internal import JSON
internal import Mappings
internal import MongoStore
internal import Operations
internal import Output
internal import Schemas
internal import Service
internal import Settings

/// Tries message files in sequence, on one initial state.
struct MessageFiles {
    let options: MessageOptions
    let settings: Settings
    /// All layers beside the collection.
    private let reader: SettingsReader
    let catalogs: Catalogs
    let table: RouteTable

    init(_ options: MessageOptions, _ settingsOptions: some SettingsLayers) throws {
        self.options = options
        reader = settingsOptions.reader
        settings = try settingsOptions.load(needing: options.live ? [.store] : [])
        // Those that 'gateway check FILE' takes too.
        let mappings = settings[.mappingsDirectory].map { [$0] } ?? []
        let directories = MappingFileSet.definitions(settings[.definitionsDirectory], beside: mappings)
        catalogs = try CatalogLoader.load(directories: directories)
        let mapped = MappingLoader.check(
            offline: settings[.mappingsDirectory], catalogs: catalogs, variables: settings.variables)
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

    func run(_ files: [String]) async throws -> [MessageTrial.Result] {
        if !options.live { return try await run(files, settings, loading: nil) }
        return try await StoreReading.with(settings) { reader in
            // A queue may be named in the collection; the ledger knows messages by it.
            let stored = CollectionSettings(try await ConfigurationCollection.documents(reader))
            return try await run(files, self.reader.read(collection: stored).settings) {
                collection, ids throws(StoreError) in
                try await reader.documents(in: collection, ids)
            }
        }
    }

    private func run(
        _ files: [String], _ settings: Settings, loading: RouteDryRun.Loading?
    ) async throws -> [MessageTrial.Result] {
        let store = InMemoryStore()
        var results: [MessageTrial.Result] = []
        for (number, file) in files.enumerated() {
            let body = try MessageOptions.read(file)
            let route = try options.route(for: body, in: table, catalogs: catalogs)
            let dryRun = RouteDryRun(
                route, catalogs: catalogs, now: WallClock.now(), store: store,
                companies: settings[.companiesAllowed], limits: settings.limits, first: UInt64(number) << 20,
                setting: settings.text, loading: loading)
            if number == 0, let given = options.given { try give(given, to: dryRun) }
            let delivery = dryRun.delivery(
                body, messageId: options.messageId, headers: options.headerPairs,
                parameters: options.parameterPairs, principal: options.principal)
            results += try await MessageTrial.results(
                of: delivery, named: file, on: route, dryRun, known: Set(results.flatMap(\.postings).map(\.id)))
        }
        return results
    }

    private func give(_ file: String, to dryRun: RouteDryRun) throws {
        guard let text = MappingFileSet.text(of: file) else {
            Terminal.error("\(file): cannot read the file as UTF-8 text; give records by catalog")
            throw ExitCode.failure
        }
        let (records, mistakes) = MappingTestReader.records(text, file: file)
        for mistake in mistakes { Terminal.error(Diagnostic(mistake).description) }
        guard mistakes.isEmpty else { throw ExitCode.failure }
        for (catalog, all) in records {
            for record in all {
                for problem in dryRun.give(record, catalog: catalog) {
                    Terminal.error("\(file): \(catalog): \(problem)")
                    throw ExitCode.failure
                }
            }
        }
    }
}
