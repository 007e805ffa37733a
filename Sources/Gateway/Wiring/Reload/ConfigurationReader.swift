internal import Mappings
internal import RabbitMQ

/// Reads all that a gateway runs on: the layers of settings, the definitions, the mappings. Touches files, so it may block.
struct ConfigurationReader: Sendable {
    let settings: SettingsReader

    struct Reading {
        /// Nil where something is wrong.
        var configuration: Configuration?
        /// What is wrong, and hints: a line each, with its place.
        var errors: [String] = []
        var hints: [String] = []
        /// Tests of the mappings that fail, a line each.
        var failedTests: [String] = []
        /// All of them, where the mappings can be used.
        var tests = MappingTestRun()
        /// What the collection says and cannot be used.
        var collectionMistakes: [SettingMistake] = []
    }

    /// `collection`: what the collection says; nil where it has not been read, and may then still give what is missing.
    /// `previous`: what has been in force so far; nil where nothing has.
    func read(collection: CollectionSettings?, previous: Settings? = nil) -> Reading {
        let layers = settings.read(collection: collection, previous: previous, needing: [.consumer])
        let definitions = CatalogLoader.check(directory: layers.settings.text("definitions.directory"))
        let log = MappingFiles.Log()
        let mappings = MappingLoader.check(
            directory: layers.settings.text("mappings.directory"), settings: layers.settings,
            catalogs: definitions.catalogs, log: log)

        var reading = Reading()
        reading.collectionMistakes = layers.collectionMistakes
        var missing: [String] = []
        func sort(_ line: String, _ severity: SettingMistake.Severity, _ rule: String) {
            switch severity {
            case .hint: reading.hints.append(line)
            case .error where Self.rulesOfTheQueue.contains(rule): missing.append(line)
            case .error: reading.errors.append(line)
            }
        }
        for mistake in layers.mistakes { sort(mistake.description, mistake.severity, mistake.rule) }
        for finding in definitions.findings + mappings.findings {
            sort(finding.description, finding.severity, finding.rule)
        }
        // Where the collection was read, nothing more can come.
        if collection != nil { reading.errors += missing }

        var routes: [RouteForm] = []
        if let table = mappings.table, missing.isEmpty, reading.errors.isEmpty {
            let (forms, findings) = RouteForm.all(of: table, settings: layers.settings)
            routes = layers.settings.stops.contains(.consuming) ? [] : forms
            reading.errors += findings.map(\.description)
        }
        var publishing: PublishingForm?
        let mayPublish =
            layers.settings.bool("rabbitMQ.producer.enabled") && !layers.settings.stops.contains(.publishing)
        if let table = mappings.table, mayPublish, reading.errors.isEmpty {
            do throws(AMQPError) {
                publishing = try PublishingForm(table, settings: layers.settings)
            } catch {
                reading.errors.append("rabbitMQ.producer: \(error.message)")
            }
        }
        if let catalogs = definitions.catalogs, reading.errors.isEmpty {
            reading.configuration = Configuration(
                settings: layers.settings, catalogs: catalogs, mappings: mappings.table?.routes ?? [], routes: routes,
                missing: missing, lookups: log.paths, publishing: publishing)
        } else {
            reading.errors += missing.filter { !reading.errors.contains($0) }
        }
        return reading
    }

    private static let rulesOfTheQueue = [SettingRules.endpointMissing, MappingLoader.queueNotSet]

    /// How the files are that tests of mappings look at.
    func testStamps(_ configuration: Configuration) -> FileStamps {
        FileStamps(files: configuration.lookups, directories: Self.directories(configuration.settings))
    }

    /// How the files are that `read` looks at. `configuration`: the one in force, which names the directories, and the
    /// files that lie too deep in them to be seen there.
    func stamps(_ configuration: Configuration) -> FileStamps {
        FileStamps(
            files: settings.watchedFiles + configuration.lookups, directories: Self.directories(configuration.settings))
    }

    private static func directories(_ settings: Settings) -> [String] {
        ["definitions.directory", "mappings.directory"].compactMap { settings.text($0) }
    }
}
