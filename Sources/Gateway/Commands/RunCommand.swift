internal import ArgumentParser

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the service until it is told to stop.",
        discussion: """
            Consumes rabbitMQ.endpointName (or the queues that the mappings name), applies what comes to MongoDB and acknowledges it once it is durable. While \
            the broker or the store cannot be reached it waits and tries again, for ever; nothing is lost.

            SIGTERM and Ctrl-C drain and exit 0 within ten seconds; SIGHUP reads the definitions again.
            Health: /livez /readyz /version /metrics on console.host:console.port.

            EXAMPLE
              export RABBITMQ_URI=amqp://guest:guest@localhost/
              export RABBITMQ_ENDPOINT_NAME=promo.catalog
              export MONGODB_URI='mongodb://localhost/?replicaSet=rs0'
              gateway run --mappings mappings
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        EarlySignals.take()
        let settings = try options.load(needing: [.consumer])
        let catalogs = try CatalogLoader.load(directory: settings.text("definitions.directory"))
        let routes = try MappingLoader.load(settings: settings, catalogs: catalogs)
        try await GatewayProcess(settings: settings, catalogs: catalogs, routes: routes).run()
    }
}
