internal import ArgumentParser
internal import DryRun
internal import JSON
internal import Mappings
internal import Operations
internal import Output
internal import Schemas

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explains one message: route, validation, mapping of each field, plan.",
        discussion: """
            The result comes first, then each step. Nothing is sent or written.

            EXAMPLE
              gateway explain samples/bad/wrongType.json
              gateway explain --live --message-id erp-4711 samples/catalogs/catalogBrand.json
              gateway explain --mappings mappings samples/catalogs/catalogItem.json
            """)

    @Argument(help: ArgumentHelp("The message file; - for standard input.", valueName: "file"))
    var file: String

    @OptionGroup var message: MessageOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var options: ProjectOptions

    func run() async throws {
        let results = try await MessageFiles(message, options).run([file])
        switch output.format {
        case .text: Terminal.line(results.map { ExplainText.page($0) }.joined(separator: "\n\n"))
        case .json: Terminal.line(results.map { PlanJSON.text($0, withFields: true) }.joined(separator: "\n"))
        }
        if results.contains(where: \.hasRejections) { throw ExitCode.failure }
    }
}
