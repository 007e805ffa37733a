internal import Contracts
internal import Logging
internal import MongoStore
internal import ServiceLifecycle
internal import Web

/// Follows the pushes of all gateways while routes serve some, for the sockets of this one.
struct PushService: Service {
    let hub: PushHub
    let mongo: MongoDeployment
    let logger: Logger

    /// How long a call waits for pushes.
    private static let patience = Duration.seconds(1)
    private static let pause = Duration.milliseconds(200)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if hub.keep != nil, mongo.guarantee != nil { await follow() }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Until no route serves any.
    private func follow() async {
        let log = mongo.makePushLog(now: { WallClock.now() })
        var backOff = Backoff(least: .milliseconds(100), most: .seconds(2))
        var isOpen = false
        while !Task.isCancelled, let keep = hub.keep {
            do throws(StoreError) {
                if !isOpen { hub.begin(at: try await log.open(keeping: keep)) }
                isOpen = true
                hub.add(try await log.next(atMost: Self.patience), now: WallClock.now())
                hub.note(nil, now: WallClock.now())
                backOff.reset()
            } catch {
                if hub.trouble?.words != error.message {
                    logger.warning("pushes cannot be read, trying again: \(error.message)")
                }
                hub.note(error.message, now: WallClock.now())
                isOpen = false
                try? await Task.sleep(for: backOff.wait())
            }
        }
        await log.close()
    }
}
