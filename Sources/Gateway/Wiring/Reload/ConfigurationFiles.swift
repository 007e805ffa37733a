internal import Lanes

/// Reads configurations and looks at their files on a thread of its own: a file system that hangs, or a thousand routes to
/// compile, hold up nobody else.
actor ConfigurationFiles {
    nonisolated let lane = Lane(named: "configuration")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let reader: ConfigurationReader

    init(_ reader: ConfigurationReader) { self.reader = reader }

    func read(collection: CollectionSettings?) -> ConfigurationReader.Reading { reader.read(collection: collection) }

    func stamps(_ settings: Settings) -> FileStamps { reader.stamps(settings) }

    /// It cannot be used afterwards.
    nonisolated func close() { lane.stop() }
}
