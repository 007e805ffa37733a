internal import Operations
internal import Settings
internal import ThreadExecutors

/// Reads configurations and file stamps on its own thread, so that a hanging file system or a thousand routes to
/// compile block nothing else.
///
/// Holds the files in force, and those read last if they were refused. Collection changes are combined with these; the
/// disk is read only after files have changed and settled (debounce).
actor ConfigurationFiles {
    nonisolated let lane = ThreadExecutor(named: "configuration")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    /// The result of reading the disk, before it is accepted.
    struct Reread {
        let reading: ConfigurationReader.Reading
        /// Stamps of the files of the configuration in force, and of the new one.
        let stampsBefore: FileStamps
        let stampsAfter: FileStamps
        /// Whether the files were unchanged while reading; otherwise the result is discarded.
        let isCurrent: Bool
        fileprivate let snapshot: FileSnapshot
    }

    private let reader: ConfigurationReader
    private var inForce: FileSnapshot
    private var latest: FileSnapshot
    /// Last test results, with the files and their stamps: unrelated changes do not run tests again.
    private var tested: [(snapshot: FileSnapshot, stamps: FileStamps, run: MappingTestRun)] = []

    /// `first`: read at the start.
    init(_ reader: ConfigurationReader, first: FileSnapshot) {
        self.reader = reader
        inForce = first
        latest = first
    }

    /// Whether the files read last were refused.
    var areRefused: Bool { latest !== inForce }

    /// Reads all files except `unfinished` ones, and runs the mapping tests if the mappings are valid.
    func reread(
        collection: CollectionSettings?, previous: Settings?, current: Configuration, unfinished: Set<String>
    ) async -> Reread {
        let snapshot = FileSnapshot(keeping: unfinished, of: inForce)
        let reading = await read(snapshot, collection: collection, previous: previous)
        return Reread(
            reading: reading, stampsBefore: reader.stamps(current, lastRead: snapshot),
            stampsAfter: reader.stamps(reading.configuration ?? current, lastRead: snapshot),
            isCurrent: snapshot.isCurrent(but: unfinished), snapshot: snapshot)
    }

    /// Stores the files read last; `isTaken`: they are in force.
    func note(_ reread: Reread, isTaken: Bool) {
        latest = reread.snapshot
        if isTaken { inForce = latest }
        tested.removeAll { $0.snapshot !== latest && $0.snapshot !== inForce }
    }

    /// Combines the collection with the files read last.
    func readBesideLatest(collection: CollectionSettings?, previous: Settings?) async -> ConfigurationReader.Reading {
        await read(latest, collection: collection, previous: previous)
    }

    /// Combines the collection with the files in force.
    func readBesideInForce(collection: CollectionSettings?, previous: Settings?) async -> ConfigurationReader.Reading {
        await read(inForce, collection: collection, previous: previous)
    }

    /// Puts the files read last in force.
    func takeLatest() { inForce = latest }

    func stamps(_ configuration: Configuration) -> FileStamps { reader.stamps(configuration, lastRead: latest) }

    /// It must not be used afterwards.
    nonisolated func close() { lane.stop() }

    private func read(
        _ snapshot: FileSnapshot, collection: CollectionSettings?, previous: Settings?
    ) async -> ConfigurationReader.Reading {
        var reading = Files.reading(snapshot) { reader.read(collection: collection, previous: previous) }
        guard let configuration = reading.configuration else { return reading }
        let run = await run(snapshot, configuration)
        reading.tests = run
        reading.failedTests = run.failures
        reading.hints += run.hints
        return reading
    }

    private func run(_ snapshot: FileSnapshot, _ configuration: Configuration) async -> MappingTestRun {
        let stamps = reader.testStamps(configuration)
        if let known = tested.first(where: { $0.snapshot === snapshot })
            ?? tested.last(where: { $0.stamps == stamps && snapshot.isCurrent() })
        {
            if known.snapshot !== snapshot { tested.append((snapshot, stamps, known.run)) }
            return known.run
        }
        let settings = configuration.settings
        let run = await Files.reading(snapshot) {
            await MappingTestRun.run(
                directory: settings[.mappingsDirectory], settings: settings, catalogs: configuration.catalogs)
        }
        tested.append((snapshot, stamps, run))
        return run
    }
}
