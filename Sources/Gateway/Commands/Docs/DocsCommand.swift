internal import ArgumentParser

struct DocsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs",
        abstract: "Describes the routes for others: OpenAPI of HTTP requests, AsyncAPI of queues.",
        discussion: """
            Made from mappings and definitions; no server is needed. What cannot be known from them is left open.

            EXAMPLE
              gateway docs openapi -c gateway.yaml > openapi.json
              gateway docs asyncapi mappings > asyncapi.json
            """,
        subcommands: [OpenAPICommand.self, AsyncAPICommand.self])
}
