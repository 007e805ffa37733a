internal import ArgumentParser
internal import DryRun
internal import Ingest
internal import JSON
internal import Operations
internal import Output

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Prints what message files would do, item by item; nothing is sent or written.",
        discussion: """
            The messages go through the route as they would in the running gateway, one file after another, on an empty \
            store, on given records, or (--live) on what the store holds, which is only read. Exits 1 where an item would \
            be rejected.

            EXAMPLE
              gateway plan samples/catalogs/catalogBrand.json
              gateway plan --mappings mappings samples/catalogs/catalogItem.json
              gateway plan --given records.yaml samples/catalogs/catalogBrand.json
              gateway plan --live samples/catalogs/catalogBrand.json
            """)

    @Argument(help: ArgumentHelp("Message files; - for standard input.", valueName: "file"))
    var files: [String]

    @OptionGroup var message: MessageOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var options: ProjectOptions

    func run() async throws {
        let results = try await MessageFiles(message, options).run(files)
        switch output.format {
        case .text: for result in results { Terminal.line(PlanText.page(result)) }
        case .json: Terminal.line("[" + results.map { PlanJSON.text($0) }.joined(separator: ",\n ") + "]")
        }
        if results.contains(where: \.hasRejections) { throw ExitCode.failure }
    }
}
