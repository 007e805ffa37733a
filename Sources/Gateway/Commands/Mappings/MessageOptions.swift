internal import ArgumentParser
internal import BSON
internal import Contracts
internal import DryRun
internal import Foundation
internal import JSON
internal import Mappings
internal import MongoStore
internal import Operations
internal import Output
internal import Schemas
internal import Service
internal import Settings

/// Options of the verbs that examine message files without sending them.
struct MessageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The route; default: the first one that can decode the message.", valueName: "name"))
    var route: String?

    @Option(
        help: ArgumentHelp(
            "Existing records, as YAML or JSON by catalog: catalogItem: [{companyId: napse, code: ...}].",
            valueName: "file"))
    var given: String?

    @Flag(help: "Read existing records from the store (mongoDB.uri); nothing is written.")
    var live = false

    @Option(name: .customLong("message-id"), help: "The AMQP message-id.")
    var messageId: String?

    @Option(name: .customLong("header"), help: ArgumentHelp("An AMQP header, as name=value.", valueName: "name=value"))
    var headers: [String] = []

    @Option(
        name: .customLong("parameter"),
        help: ArgumentHelp("A parameter of a request, of its path or its query.", valueName: "name=value"))
    var parameters: [String] = []

    func validate() throws {
        if live, given != nil {
            throw ValidationError("--live and --given exclude each other: records come from one of them")
        }
        for header in headers where !header.contains("=") {
            throw ValidationError("--header takes name=value, found '\(header)'")
        }
        for parameter in parameters where !parameter.contains("=") {
            throw ValidationError("--parameter takes name=value, found '\(parameter)'")
        }
    }

    var headerPairs: [(name: String, value: String)] { Self.pairs(headers) }
    var parameterPairs: [(name: String, value: String)] { Self.pairs(parameters) }

    private static func pairs(_ texts: [String]) -> [(name: String, value: String)] {
        texts.compactMap { text in
            text.firstIndex(of: "=").map { (String(text[..<$0]), String(text[text.index(after: $0)...])) }
        }
    }

    /// Reads a message file, or standard input for `-`.
    static func read(_ file: String) throws -> [UInt8] {
        if file == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        guard let data = FileManager.default.contents(atPath: file) else {
            Terminal.error("\(file): cannot read the file; give the path of a message in JSON")
            throw ExitCode.failure
        }
        return Array(data)
    }

    /// The named route, or the first one that can decode the message.
    func route(for body: [UInt8], in table: RouteTable, catalogs: Catalogs) throws -> RouteMapping {
        if let route {
            if let found = table.routes.first(where: { $0.name == route }) {
                guard found.takesMessages else {
                    Terminal.error(
                        "--route: '\(route)' answers requests with records or files, or serves sockets, and takes no"
                            + " messages; name another")
                    throw ExitCode.failure
                }
                return found
            }
            let known = table.routes.map(\.name).joined(separator: ", ")
            Terminal.error("--route: there is no route '\(route)'; there are \(known)")
            throw ExitCode.failure
        }
        let routes = table.routes.filter(\.takesMessages)
        guard !routes.isEmpty else {
            Terminal.error("none of the routes takes messages; name mappings with such a route")
            throw ExitCode.failure
        }
        return MessageTrial.route(
            for: body, messageId: messageId, headers: headerPairs, in: routes, catalogs) ?? routes[0]
    }
}
