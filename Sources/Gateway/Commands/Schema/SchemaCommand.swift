internal import Settings
internal import ArgumentParser
internal import Operations
internal import Output
internal import Schemas

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Shows the catalogs' definitions: fields, keys, types, and a sample message.",
        discussion: """
            EXAMPLE
              gateway schema list
              gateway schema show catalogItem
              gateway schema show catalogItem --format json     the definition file itself
              gateway schema show catalogItem --sample          a message to begin with
              gateway schema mapping                            the mapping language, for editors
            """,
        subcommands: [SchemaListCommand.self, SchemaShowCommand.self, SchemaMappingCommand.self],
        defaultSubcommand: SchemaListCommand.self)
}

struct SchemaListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the catalogs with collection and key.")

    @OptionGroup var output: FormatOption
    @OptionGroup var options: DefinitionsOptions

    func run() throws {
        let settings = try options.load(needing: [])
        let catalogs = try CatalogLoader.load(directory: settings[.definitionsDirectory])
        switch output.format {
        case .text:
            let rows = catalogs.all.map { [$0.catalog, $0.collection, $0.key.joined(separator: ", "), $0.title ?? ""] }
            Terminal.line(TextTable.render(header: ["catalog", "collection", "key", "what"], rows: rows))
        case .json:
            Terminal.line("[" + catalogs.all.map { DefinitionText.json($0) }.joined(separator: ",\n ") + "]")
        }
    }
}

struct SchemaShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one catalog: its fields as a table, and a sample message.")

    @Argument(help: "The catalog's name, such as catalogItem.")
    var catalog: String

    @Flag(help: "Print only the sample message.")
    var sample = false

    @OptionGroup var output: FormatOption
    @OptionGroup var options: DefinitionsOptions

    func run() throws {
        let settings = try options.load(needing: [])
        let catalogs = try CatalogLoader.load(directory: settings[.definitionsDirectory])
        guard let definition = catalogs[catalog] else {
            let hint = catalogs.nearest(to: catalog).map { " (did you mean '\($0)'?)" } ?? ""
            Terminal.error("no catalog is named '\(catalog)'\(hint); 'gateway schema list' shows those there are")
            throw ExitCode.failure
        }
        if sample { return Terminal.line(SampleMessage.text(for: definition)) }
        switch output.format {
        case .json: Terminal.line(definition.text)
        case .text: Terminal.line(DefinitionText.page(definition))
        }
    }
}
