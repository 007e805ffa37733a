internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Output
internal import Schemas

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Validates JSON against a JSON Schema (draft 2020-12).",
        discussion: """
            Prints every violation with its place and what to write, and exits 1 if there is one. With --ndjson it reads \
            lines {"id": …, "schema": …, "instance": …} from standard input and writes a line {"id": …, "valid": …, \
            "errors": […]} for each, or {"id": …, "error": "…"} where the schema cannot be used.

            Nothing is ever fetched: a schema may refer to itself, to the files of --remotes (by their $id, or as \
            http://localhost:1234/ and their path in that directory), and to the meta-schemas.

            EXAMPLE
              gateway validate --schema order.schema.json --instance order*.json
              gateway validate --ndjson < cases.ndjson
            """)

    @Option(help: ArgumentHelp("The schema file.", valueName: "file"))
    var schema: String?

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Files to check; - for standard input.", valueName: "file"))
    var instance: [String] = []

    @Flag(help: "Read cases from standard input, one per line.")
    var ndjson = false

    @Option(help: ArgumentHelp("Directory of further schemas that may be referenced.", valueName: "dir"))
    var remotes: String?

    @Flag(help: "Assert 'format'; by default it is an annotation, as in the draft.")
    var assertFormats = false

    @OptionGroup var output: FormatOption

    func validate() throws {
        if ndjson {
            if schema != nil || !instance.isEmpty {
                throw ValidationError("--ndjson brings schemas and instances itself; leave --schema and --instance out")
            }
        } else if schema == nil || instance.isEmpty {
            throw ValidationError("give --schema and --instance, or --ndjson")
        }
    }

    func run() throws {
        let registry = try remotes.map { try RemoteSchemas.registry(directory: $0) } ?? SchemaRegistry()
        if ndjson {
            let cases = ValidationCases(registry: registry, assertFormats: assertFormats)
            while let line = readLine(strippingNewline: true) {
                if line.utf8.contains(where: { $0 > 0x20 }) { Terminal.line(cases.answer(to: line)) }
            }
            return
        }
        guard let schema else { return }
        let program = try compile(schema, registry: registry)
        var hasFindings = false
        for file in instance { hasFindings = try check(file, program) || hasFindings }
        if hasFindings { throw ExitCode.failure }
    }

    private func compile(_ path: String, registry: SchemaRegistry) throws -> SchemaProgram {
        let document = try read(path)
        var registry = registry
        do throws(SchemaError) {
            try registry.add(document, retrievalURI: ValidationCases.uri, file: path)
            for error in try registry.metaSchemaErrors(of: ValidationCases.uri) { throw error }
            return try registry.compile(ValidationCases.uri, assertFormats: assertFormats)
        } catch {
            Terminal.error("\(error)")
            throw ExitCode.failure
        }
    }

    /// Returns whether there were violations.
    private func check(_ path: String, _ program: SchemaProgram) throws -> Bool {
        let document = try read(path)
        let violations = document.withRoot { program.validate($0, limit: 1000) }
        switch output.format {
        case .text:
            if violations.isEmpty { Terminal.line("\(path): valid") }
            for violation in violations {
                let place = document.withRoot { violation.pointer.resolve(in: $0)?.byteOffset }
                let position = document.position(ofByte: place ?? 0)
                Terminal.line("\(path):\(position): \(violation.text) [\(violation.keyword)]")
            }
        case .json:
            var answer = JSONObjectText()
            answer.add("file", path)
            answer.add("valid", violations.isEmpty)
            answer.add("errors", objects: violations.map(ValidationCases.json))
            Terminal.line(answer.text)
        }
        return !violations.isEmpty
    }

    private func read(_ path: String) throws -> JSONDocument {
        let content =
            path == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
        guard let content else {
            Terminal.error("\(path): cannot read the file; give the path of a JSON text")
            throw ExitCode.failure
        }
        do throws(JSONSyntaxError) {
            return try JSONParser().parse(Array(content))
        } catch {
            Terminal.error("\(path):\(error.position): \(error.message)")
            throw ExitCode.failure
        }
    }
}
