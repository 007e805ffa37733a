internal import ArgumentParser
internal import Interfaces
internal import Output
internal import Settings

struct OpenAPICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi",
        abstract: "Prints an OpenAPI 3.1 document of the HTTP routes.",
        discussion: """
            Paths, parameters, bodies and every answer, from routes and definitions; the listeners of the settings are the \
            servers.

            EXAMPLE
              gateway docs openapi -c gateway.yaml
              gateway docs openapi --listener api mappings/orders.yaml
            """)

    @Argument(
        help: ArgumentHelp("Mapping files or directories; default: mappings.directory.", valueName: "file"))
    var files: [String] = []

    @Option(help: ArgumentHelp("The only listener to describe; default: all.", valueName: "name"))
    var listener: String?

    @OptionGroup var options: ProjectOptions

    func run() throws {
        let project = try DescribedProject(files, options)
        let listeners = project.settings.listeners.map {
            OpenAPIDocument.Listener(name: $0.name, address: $0.address)
        }
        do throws(OpenAPIDocument.Problem) {
            DescribedProject.print(
                try OpenAPIDocument.make(
                    project.table, catalogs: project.catalogs, listeners: listeners, listener: listener,
                    version: Version.text))
        } catch {
            Terminal.error(error.message)
            throw ExitCode.failure
        }
    }
}

extension ListenerSettings {
    /// The address that clients on this machine can use; nil if its port is chosen at the start.
    var address: String? {
        guard port != 0 else { return nil }
        let isAny = host == "0.0.0.0" || host == "::"
        let scheme = tls == nil ? "http" : "https"
        return "\(scheme)://\(isAny ? "localhost" : host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
