internal import Settings
internal import ArgumentParser
internal import Console
internal import JSON
internal import Output

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Prints a running gateway's status: banner, routes with rates and backlog, feeds, postings.",
        discussion: """
            Asks the console of the gateway that these settings name (console.host, console.port), with \
            console.viewerToken or console.operatorToken where it asks for one. Exits 1 while the \
            banner says something, 69 where no gateway answers.

            EXAMPLE
              gateway status
              gateway status --watch           anew every two seconds, until Ctrl-C
              gateway status --format json
            """)

    @Flag(help: "Refresh every two seconds.")
    var watch = false

    @OptionGroup var output: FormatOption
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try options.load(needing: [])
        let address = ConsoleServer.Address(host: settings[.consoleHost], port: settings[.consolePort])
        let token = settings[.consoleViewerToken] ?? settings[.consoleOperatorToken]
        // What waits in the queues is counted only while the status is watched.
        _ = try? await ConsoleClient.get("/api/status", from: address, token: token, within: .seconds(5))
        try await Task.sleep(for: .milliseconds(500))
        while true {
            let hasBanner = try await tell(address, token: token)
            guard watch else {
                if hasBanner { throw ExitCode.failure }
                return
            }
            try await Task.sleep(for: .seconds(2))
        }
    }

    /// Returns whether there are problems.
    private func tell(_ address: ConsoleServer.Address, token: String?) async throws -> Bool {
        let answer: ConsoleClient.Answer
        do {
            answer = try await ConsoleClient.get("/api/status", from: address, token: token, within: .seconds(5))
        } catch {
            Terminal.error(
                "no gateway answers at \(address.host):\(address.port); start it with 'gateway run', or name its address"
                    + " with console.host and console.port")
            throw ExitCode(69)
        }
        if answer.status == 401 || answer.status == 429 {
            Terminal.error(
                "the console at \(address.host):\(address.port) asks for a token (HTTP \(answer.status)); set"
                    + " CONSOLE_VIEWER_TOKEN as that gateway has it")
            throw ExitCode(69)
        }
        guard answer.status == 200, let document = try? JSONParser().parse(answer.body) else {
            Terminal.error(
                "the server at \(address.host):\(address.port) is not a gateway's console (HTTP \(answer.status)); name"
                    + " another port with console.port")
            throw ExitCode(69)
        }
        return document.withRoot { status in
            switch output.format {
            case .json: Terminal.line(String(decoding: answer.body, as: UTF8.self))
            case .text:
                if watch, Terminal.outputIsTerminal { Terminal.line("\u{1B}[2J\u{1B}[H") }
                Terminal.line(StatusText.page(status))
            }
            return (status["banner"]?.count ?? 0) > 0
        }
    }
}
