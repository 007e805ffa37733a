internal import BSON
internal import Console
internal import Contracts
internal import Ingest
internal import JSON
internal import Mappings
internal import MongoStore
internal import Operations
internal import Publishing
internal import Schemas
internal import Settings

/// Engines, catalogs and mappings: read-only.
extension ConsoleResponder {
    private static let mostEngines = 5000

    /// The rows of the collection `engine`, ONLINE or OFFLINE as the shipped feed engine-status tells it.
    package func engines() async throws -> String {
        let settings = try await inForce()
        let age = Int64(settings[.rabbitMQEnginestatusOfflineAfter] / .milliseconds(1))
        let found = try await reader().find(
            in: "engine", filter: [:], sort: ["engineId": 1], limit: Self.mostEngines)
        let now = WallClock.now()
        let own = OwnConsole(settings)
        var rows = (0..<found.count).map { index in
            found.withDocument(index) { EngineRow(bson: $0, now: now, offlineAfter: age) }
        }
        rows.append(own.document(at: now).withUnsafeBytes { EngineRow(bson: $0, now: now, offlineAfter: age) })
        var object = JSONObjectText()
        object.add("engines", objects: rows.map(\.text))
        object.add("offlineAfterSeconds", raw: age % 1000 == 0 ? "\(age / 1000)" : "\(Double(age) / 1000)")
        return object.text
    }

    package func catalogRows() async throws -> String {
        let reader = try reader()
        var rows: [String] = []
        for definition in catalogs.current.all {
            let count = try await reader.count(in: definition.collection, filter: [:])
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
    package func mappings() async throws -> String {
        let settings = try await inForce()
        let directory = settings[.mappingsDirectory]
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
        object.add("inForceSince", WallClock.text(milliseconds: board.since))
        object.add("lastReading", raw: board.last.map(Self.text) ?? "null")
        return object.text
    }

    private static func text(_ reading: ConfigurationBoard.Reading) -> String {
        var object = JSONObjectText()
        object.add("at", WallClock.text(milliseconds: reading.at))
        object.add("refusals", objects: reading.refusals.map(JSONText.quoted))
        object.add(
            "tests",
            objects: reading.tests.files.map { file in
                var own = JSONObjectText()
                own.add("file", file.path)
                own.add("problems", objects: file.problems.map(JSONText.quoted))
                own.add(
                    "tests",
                    objects: file.tests.map { test in
                        var one = JSONObjectText()
                        one.add("name", test.name)
                        one.add("line", test.line)
                        one.add("problem", test.problem)
                        return one.text
                    })
                return own.text
            })
        return object.text
    }

    /// The record whose key the query gives, as it is in the store; fields that are secret are not shown.
    package func record(of catalog: String, _ query: [String: String]) async throws -> String {
        guard let definition = catalogs.current.all.first(where: { $0.catalog == catalog }) else {
            let names = catalogs.current.all.map(\.catalog)
            let hint = Spelling.nearest(to: catalog, in: names).map { "did you mean '\($0)'? " } ?? ""
            throw ConsoleProblem.notFound(
                "no catalog is named '\(catalog)'", remedy: hint + "the list shows those there are")
        }
        let names = ["companyId"] + definition.key
        guard Set(query.keys) == Set(names) else {
            throw ConsoleProblem.invalid(
                "a record of \(catalog) is found by all parts of its key, and nothing else",
                remedy: "give \(names.joined(separator: ", "))")
        }
        var id: [UInt8] = []
        for name in names {
            if name != names.first { id.append(RecordKey.separator) }
            RecordKey.append(part: Array((query[name] ?? "").utf8), to: &id)
        }
        let key = ByteString(id)
        let found = try await reader().find(
            in: definition.collection, filter: ["_id": .value(key)], limit: 1)
        var object = JSONObjectText()
        object.add("id", "\(key)")
        object.add(
            "record",
            raw: found.isEmpty
                ? "null" : found.withDocument(0) { BSONText.text(document: $0, hiding: definition.secretNames) })
        return object.text
    }

    package func inForce() async throws -> Settings { try await stored().inForce }

    package func stored() async throws -> StoredSettings {
        StoredSettings(try await ConfigurationCollection.documents(reader()), reader: settings)
    }
}
