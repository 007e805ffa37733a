internal import Lanes

/// Reads configurations and looks at their files on a thread of its own: a file system that hangs, or a thousand routes to
/// compile, hold up nobody else.
actor ConfigurationFiles {
    nonisolated let lane = Lane(named: "configuration")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let reader: ConfigurationReader
    /// The tests as they were run last, and how the files were then: a change elsewhere runs none again.
    private var tested: (stamps: FileStamps, run: MappingTestRun)?

    init(_ reader: ConfigurationReader) { self.reader = reader }

    /// Reads everything, and runs the tests of the mappings where these can be used.
    func read(collection: CollectionSettings?) async -> ConfigurationReader.Reading {
        var reading = reader.read(collection: collection)
        guard let configuration = reading.configuration else { return reading }
        let settings = configuration.settings
        let stamps = reader.testStamps(configuration)
        if tested?.stamps != stamps {
            let run = await MappingTestRun.run(
                directory: settings.text("mappings.directory"), settings: settings, catalogs: configuration.catalogs)
            tested = (stamps, run)
        }
        reading.tests = tested?.run ?? MappingTestRun()
        reading.failedTests = tested?.run.failures ?? []
        reading.hints += tested?.run.hints ?? []
        return reading
    }

    func stamps(_ configuration: Configuration) -> FileStamps { reader.stamps(configuration) }

    /// It cannot be used afterwards.
    nonisolated func close() { lane.stop() }
}
