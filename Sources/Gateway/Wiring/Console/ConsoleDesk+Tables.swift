internal import Console
internal import Documents
internal import Mappings
internal import MongoStore
internal import Pipeline
internal import Records
internal import Schemas

/// Engines, catalogs and mappings: what is only looked at.
extension ConsoleDesk {
    private static let mostEngines = 5000

    /// The rows of the collection `engine`, ONLINE or OFFLINE as the shipped feed engine-status tells it.
    func engines() async throws -> String {
        let settings = try await inForce()
        let age = Int64(try Schedule.seconds(settings.text("rabbitMQ.enginestatus.offlineAfter") ?? "10m"))
        let found = try await reader().find(
            in: "engine", filter: .filter { _ in }, sort: .filter { $0.append("engineId", int64: 1) },
            limit: Self.mostEngines)
        let now = WallClock.now()
        let own = OwnConsole(
            id: settings.text("console.engineId") ?? "promo-gateway",
            name: settings.text("console.engineName") ?? "Promo Gateway")
        var rows = (0..<found.count).map { index in
            found.withDocument(index) { EngineRow(bson: $0, now: now, offlineAfter: age) }
        }
        rows.append(own.document(at: now).withUnsafeBytes { EngineRow(bson: $0, now: now, offlineAfter: age) })
        var object = JSONObjectText()
        object.add("engines", objects: rows.map(\.text))
        object.add("offlineAfterSeconds", Int(age))
        return object.text
    }

    func catalogRows() async throws -> String {
        let reader = try reader()
        var rows: [String] = []
        for definition in catalogs.current.all {
            let count = try await reader.count(in: definition.collection, filter: .filter { _ in })
            var row = JSONObjectText()
            row.add("definition", raw: DefinitionText.json(definition))
            row.add("records", count)
            row.add("sample", SampleMessage.text(for: definition))
            rows.append(row.text)
        }
        var object = JSONObjectText()
        object.add("catalogs", objects: rows)
        return object.text
    }

    /// The files as they are now, with what `gateway check` says of them.
    func mappings() async throws -> String {
        let settings = try await inForce()
        let directory = settings.text("mappings.directory")
        let checked = MappingLoader.check(directory: directory, settings: settings, catalogs: catalogs.current)
        let files =
            directory.map { MappingLoader.files(in: $0) } ?? ShippedFeeds.files.map { ($0.path, $0.text) }
        var object = JSONObjectText()
        object.add("directory", directory)
        object.add(
            "files",
            objects: files.map { path, text in
                var file = JSONObjectText()
                file.add("path", path)
                file.add("text", text)
                return file.text
            })
        object.add("findings", objects: checked.findings.map(\.json))
        object.add("routes", checked.table?.routes.count)
        object.add("feeds", checked.table?.feeds.count)
        return object.text
    }

    func inForce() async throws -> Settings { try await stored().inForce }

    func stored() async throws -> StoredSettings {
        StoredSettings(try await ConfigurationCollection.documents(reader()), reader: settings)
    }
}
