internal import Lanes

/// Reads configurations and looks at their files on a thread of its own: a file system that hangs, or a thousand routes to
/// compile, hold up nobody else.
///
/// It keeps the files in force, and those read last where they were refused. A change of the collection is read beside these;
/// the disk is looked at when files have changed, and have been left alone since.
actor ConfigurationFiles {
    nonisolated let lane = Lane(named: "configuration")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    /// What was read from the disk, before it is known whether it counts.
    struct Reread {
        let reading: ConfigurationReader.Reading
        /// How the files are that the configuration in force names, and those of the one that was read.
        let stampsBefore: FileStamps
        let stampsAfter: FileStamps
        /// Whether the files were left alone meanwhile; otherwise the reading is worth nothing.
        let isCurrent: Bool
        fileprivate let snapshot: FileSnapshot
    }

    private let reader: ConfigurationReader
    private var inForce: FileSnapshot
    private var latest: FileSnapshot
    /// The tests as they were run last, of which files, and how these were then: a change elsewhere runs none again.
    private var tested: [(snapshot: FileSnapshot, stamps: FileStamps, run: MappingTestRun)] = []

    /// `first`: what was read at the start.
    init(_ reader: ConfigurationReader, first: FileSnapshot) {
        self.reader = reader
        inForce = first
        latest = first
    }

    /// Whether the files read last were refused.
    var areRefused: Bool { latest !== inForce }

    /// Reads all files anew, but for those that are `unfinished`, and runs the tests of the mappings where these can be used.
    func reread(
        collection: CollectionSettings?, previous: Settings?, current: Configuration, unfinished: Set<String>
    ) async -> Reread {
        let snapshot = FileSnapshot(keeping: unfinished, of: inForce)
        let reading = await read(snapshot, collection: collection, previous: previous)
        return Reread(
            reading: reading, stampsBefore: reader.stamps(current),
            stampsAfter: reader.stamps(reading.configuration ?? current),
            isCurrent: snapshot.isCurrent(but: unfinished), snapshot: snapshot)
    }

    /// What was read counts as the files read last, and, `isTaken`, is in force.
    func note(_ reread: Reread, isTaken: Bool) {
        latest = reread.snapshot
        if isTaken { inForce = latest }
        tested.removeAll { $0.snapshot !== latest && $0.snapshot !== inForce }
    }

    /// The collection beside the files read last.
    func readBesideLatest(collection: CollectionSettings?, previous: Settings?) async -> ConfigurationReader.Reading {
        await read(latest, collection: collection, previous: previous)
    }

    /// The collection beside the files in force.
    func readBesideInForce(collection: CollectionSettings?, previous: Settings?) async -> ConfigurationReader.Reading {
        await read(inForce, collection: collection, previous: previous)
    }

    /// The files read last are in force.
    func takeLatest() { inForce = latest }

    func stamps(_ configuration: Configuration) -> FileStamps { reader.stamps(configuration) }

    /// It cannot be used afterwards.
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
                directory: settings.text("mappings.directory"), settings: settings, catalogs: configuration.catalogs)
        }
        tested.append((snapshot, stamps, run))
        return run
    }
}
