internal import Mappings
internal import Operations
internal import Output
internal import RabbitMQ
package import Settings

/// Reads all that a gateway runs on: the layers of settings, the definitions, the mappings. Touches files, so it may block.
package struct ConfigurationReader: Sendable {
    package let settings: SettingsReader

    package init(settings: SettingsReader) {
        self.settings = settings
    }

    package struct Reading {
        /// Nil where something is wrong.
        package var configuration: Configuration?
        /// What is wrong, and hints: a line each, with its place.
        package var errors: [String] = []
        package var hints: [String] = []
        /// Tests of the mappings that fail, a line each.
        package var failedTests: [String] = []
        /// All of them, where the mappings can be used.
        package var tests = MappingTestRun()
        /// What the collection says and cannot be used.
        package var collectionMistakes: [SettingDiagnostic] = []
    }

    /// `collection`: what the collection says; nil where it has not been read, and may then still give what is missing.
    /// `previous`: what has been in force so far; nil where nothing has.
    package func read(collection: CollectionSettings?, previous: Settings? = nil) -> Reading {
        let layers = settings.read(collection: collection, previous: previous, needing: [.consumer])
        let definitions = CatalogLoader.check(directory: layers.settings[.definitionsDirectory])
        let log = MappingFiles.Log()
        let mappings = MappingLoader.check(
            directory: layers.settings[.mappingsDirectory], settings: layers.settings,
            catalogs: definitions.catalogs, log: log)

        var reading = Reading()
        reading.collectionMistakes = layers.collectionMistakes
        var missing: [String] = []
        func sort(_ line: String, _ severity: SettingDiagnostic.Severity, _ rule: String) {
            switch severity {
            case .hint: reading.hints.append(line)
            case .error where Self.rulesOfTheQueue.contains(rule): missing.append(line)
            case .error: reading.errors.append(line)
            }
        }
        // Of a running gateway they are followed one by one.
        let files = previous == nil ? ListenerFiles(layers.settings).mistakes : []
        for mistake in layers.mistakes + files { sort(mistake.description, mistake.severity, mistake.rule) }
        for finding in definitions.findings + mappings.findings {
            sort(finding.description, finding.severity, finding.rule)
        }
        // The collection was read, so nothing more can come.
        if collection != nil { reading.errors += missing }

        var routes: [RouteConfiguration] = []
        if let table = mappings.table, missing.isEmpty, reading.errors.isEmpty {
            let (forms, findings) = RouteConfiguration.all(of: table, settings: layers.settings)
            routes = layers.settings.stops.contains(.consuming) ? [] : forms
            reading.errors += findings.map(\.description)
        }
        var publishing: PublishingConfiguration?
        let mayPublish =
            layers.settings[.rabbitMQProducerEnabled] && !layers.settings.stops.contains(.publishing)
        if let table = mappings.table, mayPublish, reading.errors.isEmpty {
            do throws(AMQPError) {
                publishing = try PublishingConfiguration(table, settings: layers.settings)
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
    package func testStamps(_ configuration: Configuration) -> FileStamps {
        FileStamps(
            files: configuration.lookups + [settings.variablesPath],
            directories: Self.directories(configuration.settings))
    }

    /// How the files are that `read` looks at. `configuration`: the one in force, which names the directories.
    /// `snapshot`: the files read last, which may lie deeper, or in directories that are not in force because of a
    /// mistake in them.
    package func stamps(_ configuration: Configuration, lastRead snapshot: FileSnapshot) -> FileStamps {
        FileStamps(
            files: settings.watchedFiles + configuration.lookups + snapshot.paths,
            directories: Self.directories(configuration.settings))
    }

    private static func directories(_ settings: Settings) -> [String] {
        [settings[.definitionsDirectory], settings[.mappingsDirectory]].compactMap(\.self)
    }
}
