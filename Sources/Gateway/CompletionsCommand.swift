internal import ArgumentParser
internal import Output

struct CompletionsCommand: ParsableCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Prints the completion script of a shell.",
        discussion: """
            With it the shell completes verbs and options.

            EXAMPLE
              gateway completions bash > /etc/bash_completion.d/gateway
              gateway completions zsh > "${fpath[1]}/_gateway"
              gateway completions fish > ~/.config/fish/completions/gateway.fish
            """)

    @Argument(help: "The shell.")
    var shell: Shell

    func run() {
        let own: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Terminal.line(GatewayCommand.completionScript(for: own))
    }
}
