internal import ArgumentParser
internal import Mappings
internal import Output

struct SchemaMappingCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case json, markdown }

    static let configuration = CommandConfiguration(
        commandName: "mapping",
        abstract: "Prints the JSON Schema of the mapping language, for editors.",
        discussion: """
            Put it beside the mappings and name it in their first line; an editor with yaml-language-server then completes \
            and explains keys.

            EXAMPLE
              gateway schema mapping > mappings/mapping.schema.json
              # yaml-language-server: $schema=mapping.schema.json
            """)

    @Flag(name: .customLong("test"), help: "The schema of test files (*.test.yaml) instead.")
    var isTest = false

    @Option(help: "json for editors, markdown for the reference.")
    var format: Format = .json

    func run() {
        switch format {
        case .json: Terminal.line(isTest ? LanguageSchema.test : LanguageSchema.mapping)
        case .markdown: Terminal.line(LanguageReference.markdown)
        }
    }
}
