import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Web
import WebSockets

/// The console's WebSocket, answering every message with itself, on a port of the loopback interface that it prints. With
/// arguments: bytes of the longest message, milliseconds between pings, milliseconds that a stall may take; the files of a
/// certificate and of its key, for TLS.
@main
struct WebSocketEcho {
    private struct Echo: WebSocketConversation {
        mutating func hear(_ message: WebSocketMessage) -> WebSocketAnswer { WebSocketAnswer([message]) }
        mutating func news() -> WebSocketAnswer { WebSocketAnswer() }
        func objection() -> WebSocketAnswer.End? { nil }
    }

    static func main() async throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        var terms = WebSocketConfiguration()
        if let most = numbers.first { terms.mostBytes = most }
        if numbers.count > 1 { terms.pingInterval = .milliseconds(Int64(numbers[1])) }
        if numbers.count > 2 { terms.stallLimit = .milliseconds(Int64(numbers[2])) }
        terms.tick = .milliseconds(50)
        let chosen = terms
        let files = CommandLine.arguments.dropFirst().filter { Int($0) == nil }
        let certificate = ServerCertificate()
        if let key = files.last {
            try certificate.load(certificate: files.first ?? key, key: key, now: 1000 * Int64(time(nil)))
        }
        let isSecure = !files.isEmpty
        let application = Application(
            router: Router(),
            server: HTTPServerBuilder { responder in
                let channel = UpgradableChannel(
                    responder: responder, idleTimeout: .seconds(2), terms: chosen, places: ConnectionPlaces(most: 1000)
                ) {
                    request, _ in
                    guard request.path == "/ws" else { return nil }
                    // A signal that never fires: there are no events.
                    return WebSocketOpening(talk: Echo(), signal: AsyncStream { _ in })
                }
                return isSecure ? SecureChannel(base: channel, certificate: certificate) : channel
            },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                print(channel.localAddress?.port ?? 0)
                fflush(nil)
            })
        try await application.run()
    }
}
