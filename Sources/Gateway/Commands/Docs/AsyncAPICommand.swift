internal import ArgumentParser
internal import Interfaces
internal import Mappings
internal import Output
internal import RabbitMQ
internal import Settings

struct AsyncAPICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "asyncapi",
        abstract: "Prints an AsyncAPI 3.0 document of every queue, exchange, WebSocket and message.",
        discussion: """
            What routes consume, publish and push, and what feeds publish, from routes and definitions; the brokers and listeners \
            of the settings are the servers. User and password are left out.

            EXAMPLE
              gateway docs asyncapi -c gateway.yaml
              gateway docs asyncapi mappings
            """)

    @Argument(
        help: ArgumentHelp("Mapping files or directories; default: mappings.directory.", valueName: "file"))
    var files: [String] = []

    @OptionGroup var options: ProjectOptions

    func run() throws {
        let project = try DescribedProject(files, options)
        let settings = project.settings
        DescribedProject.print(
            AsyncAPIDocument.make(
                project.table, catalogs: project.catalogs,
                consumer: Self.broker(try? BrokerSettings.consumer(settings)),
                producer: Self.broker(try? BrokerSettings.producer(settings)),
                listeners: settings.listeners.map { .init(name: $0.name, address: $0.address) }, version: Version.text,
                queueName: { queue in
                    switch queue {
                    case .literal(let name): name
                    case .setting(let key): settings.text(named: key)
                    }
                }))
    }

    private static func broker(_ address: BrokerAddress?) -> AsyncAPIDocument.Broker? {
        address.map { address in
            AsyncAPIDocument.Broker(
                host: "\(address.host.contains(":") ? "[\(address.host)]" : address.host):\(address.port)",
                virtualHost: address.virtualHost, isSecure: address.tls != nil)
        }
    }
}
