internal import ArgumentParser

/// Output formats of data.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

struct FormatOption: ParsableArguments {
    @Option(help: "Output format: text for people, json for programs.")
    var format: OutputFormat = .text
}
