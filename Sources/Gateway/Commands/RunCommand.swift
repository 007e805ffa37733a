internal import ArgumentParser
internal import BSON
internal import Contracts
internal import Operations
internal import Output
internal import Service
internal import Settings
internal import ThreadExecutors

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the service until it is stopped.",
        discussion: """
            Consumes rabbitMQ.endpointName (or the queues that the mappings name), applies what comes to MongoDB and \
            acknowledges it once it is durable. While the broker or the store cannot be reached it waits and tries again, \
            forever; nothing is lost.

            It follows its settings: the settings file, mappings and definitions are read again when they change and at \
            SIGHUP, and so is the collection 'configuration' of the store ('gateway config --help'). What cannot be used is \
            reported with its place, and the previous version stays in force. \
            So it is with mappings whose tests (*.test.yaml beside them) fail.

            SIGTERM and Ctrl-C drain and exit 0 within ten seconds.
            The console is at http://console.host:console.port/; health at /livez /readyz /version /metrics there. Where \
            other machines reach that address it needs console.operatorToken.

            EXAMPLE
              export RABBITMQ_URI=amqp://guest:guest@localhost/
              export RABBITMQ_ENDPOINT_NAME=promo.catalog
              export MONGODB_URI='mongodb://localhost/?replicaSet=rs0'
              gateway run --mappings mappings
            """)

    @OptionGroup var options: ProjectOptions

    func run() async throws {
        StartupSignals.take()
        Terminal.useLog()
        Arenas.configure()
        let reader = ConfigurationReader(settings: options.reader)
        let (reading, files) = try await read(reader)
        for line in options.hints.map(\.description) + reading.hints + reading.errors { Terminal.error(line) }
        guard let configuration = reading.configuration else { throw ExitCode(78) }
        if !configuration.missing.isEmpty { try await askCollection(reader, configuration, files) }
        try await GatewayProcess(configuration, hints: reading.hints, reader: reader, files: files).run()
    }

    /// Retries for a while: a recently written file with a mistake may be incomplete.
    private func read(
        _ reader: ConfigurationReader
    ) async throws -> (ConfigurationReader.Reading, FileSnapshot) {
        let end = ContinuousClock.now + .seconds(5)
        while true {
            let files = FileSnapshot()
            let reading = Files.reading(files) { reader.read(collection: nil) }
            let isWhole = files.isCurrent() && (reading.configuration != nil || !files.isYoung(at: WallClock.now()))
            if isWhole || ContinuousClock.now >= end { return (reading, files) }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Missing settings may be in the collection: exit 78 if the store says they are not. Waits if no store answers.
    private func askCollection(
        _ reader: ConfigurationReader, _ configuration: Configuration, _ files: FileSnapshot
    ) async throws {
        let documents: BSONSequence
        do {
            documents = try await StoreReading.documents(configuration.settings)
        } catch {
            for line in configuration.missing { Terminal.error("\(line) (or in the collection 'configuration')") }
            return
        }
        let reading = Files.reading(files) { reader.read(collection: CollectionSettings(documents)) }
        for mistake in reading.collectionMistakes { Terminal.error(mistake.description) }
        guard reading.configuration != nil else {
            for line in reading.errors { Terminal.error(line) }
            throw ExitCode(78)
        }
    }
}
