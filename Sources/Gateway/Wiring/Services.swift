internal import Console
internal import CoreMetrics
internal import Logging
internal import MongoStore
internal import Pipeline
internal import Records
internal import ServiceLifecycle

/// Connects to the store, for ever, then keeps this instance's heartbeat and counts the dead letters.
struct StoreService: Service {
    let mongo: MongoDeployment
    let status: ProcessStatus
    let logger: Logger

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await live() }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
        }
        await mongo.close()
    }

    private func live() async {
        var backOff = BackOff(least: .milliseconds(200), most: .seconds(5))
        var told: String?
        while !Task.isCancelled {
            do throws(StoreError) {
                try await mongo.connect()
                logger.notice(
                    "connected to the store",
                    metadata: ["database": "\(mongo.database)", "guarantee": "\(mongo.guarantee?.rawValue ?? "?")"])
                break
            } catch {
                // The same reason again is no news.
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

    /// Keeps `gateway_dead_letters` in step with the store, whoever changes it there.
    private func countDeadLetters() async {
        let reader = mongo.makeReader()
        while !Task.isCancelled {
            let began = ContinuousClock.now
            let counts = (try? await reader.countDeadLettersByState()) ?? [:]
            if !counts.isEmpty {
                status.deadLetters = counts.map { ($0.key.rawValue, $0.value) }.sorted { $0.0 < $1.0 }
            }
            for (state, count) in counts {
                Gauge(label: "gateway_dead_letters", dimensions: [("state", state.rawValue)]).record(count)
            }
            // Less often where there are so many that counting takes long.
            try? await Task.sleep(for: max(.seconds(5), began.duration(to: .now) * 10))
        }
        await reader.close()
    }
}

/// The console's server as a service.
struct ConsoleService: Service {
    let server: ConsoleServer
    let desk: ConsoleDesk

    func run() async throws {
        let result: Result<Void, any Error>
        do { result = .success(try await server.run()) } catch { result = .failure(error) }
        await desk.close()
        do {
            try result.get()
        } catch {
            throw StartFailure(
                exitCode: 69,
                message: "console.host, console.port: cannot listen on \(server.address.host):\(server.address.port):"
                    + " \(ConsoleServer.reason(error)); choose a free port with CONSOLE_PORT")
        }
    }
}
