internal import BSON
internal import Console
internal import Contracts
internal import CoreMetrics
internal import Logging
internal import MongoStore
internal import Output
internal import ServiceLifecycle
internal import Web

/// Connects to the store, retrying forever, then sends this instance's heartbeat and counts dead letters.
struct StoreService: Service {
    let mongo: MongoDeployment
    let status: ProcessStatus
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { await live() }
        await mongo.close()
    }

    private func live() async {
        var backOff = Backoff(least: .milliseconds(200), most: .seconds(5))
        var told: String?
        while !Task.isCancelled {
            do throws(StoreError) {
                try await mongo.connect()
                logger.notice(
                    "connected to the store",
                    metadata: ["database": "\(mongo.database)", "guarantee": "\(mongo.guarantee?.rawValue ?? "?")"])
                break
            } catch {
                // Repeated errors are not logged.
                if error.message != told {
                    logger.warning("the store cannot be reached, trying again: \(error.message)")
                }
                told = error.message
                try? await Task.sleep(for: backOff.wait())
            }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await mongo.run() }
            group.addTask { await countDeadLetters() }
        }
    }

    /// Keeps `gateway_dead_letters` in sync with the store.
    private func countDeadLetters() async {
        let reader = mongo.makeReader()
        while !Task.isCancelled {
            let began = ContinuousClock.now
            let counts = (try? await reader.countDeadLettersByState()) ?? [:]
            if !counts.isEmpty {
                status.deadLetters = counts.map { ($0.key, $0.value) }.sorted { $0.0.rawValue < $1.0.rawValue }
            }
            for (state, count) in counts {
                Gauge(label: "gateway_dead_letters", dimensions: [("state", state.rawValue)]).record(count)
            }
            // Less often if counting takes long.
            try? await Task.sleep(for: max(.seconds(5), began.duration(to: .now) * 10))
        }
        await reader.close()
    }
}

/// The console's server as a service.
struct ConsoleService: Service {
    let server: ConsoleServer
    let responder: ConsoleResponder

    func run() async throws {
        let result: Result<Void, any Error>
        do { result = .success(try await server.run()) } catch { result = .failure(error) }
        await responder.close()
        do {
            try result.get()
        } catch {
            let failure = StartFailure(exitCode: 69)
            // Printed now, and the exit status set for the deadline: the shutdown that follows may hang on the store.
            Terminal.error(
                "console.host, console.port: cannot listen on \(server.address.host):\(server.address.port):"
                    + " \(ConsoleServer.reason(error)); choose a free port with CONSOLE_PORT")
            DrainDeadline.endWith(status: failure.exitCode)
            throw failure
        }
    }
}

/// A listener of requests as a service.
struct ListenerService: Service {
    let server: WebServer

    func run() async throws {
        do {
            try await server.run()
        } catch {
            let (listener, failure) = (server.listener, StartFailure(exitCode: 69))
            Terminal.error(
                "http.listeners.\(listener.name): cannot listen on \(listener.host):\(listener.port):"
                    + " \(WebServer.reason(error)); choose a free port with HTTP_LISTENERS_\(listener.name.uppercased())_PORT"
            )
            DrainDeadline.endWith(status: failure.exitCode)
            throw failure
        }
    }
}
