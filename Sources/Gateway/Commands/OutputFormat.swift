internal import ArgumentParser

/// How a verb prints data.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

struct FormatOption: ParsableArguments {
    @Option(help: "How to print: text for people, json for programs.")
    var format: OutputFormat = .text
}
