internal import Hummingbird

/// The routes for everybody: liveness, readiness, version, metrics.
struct HealthAPI: Sendable {
    let content: ConsoleContent

    func add(to router: Router<ConsoleContext>) {
        let content = content
        router.get("/livez") { _, _ in Reply.json(HealthJSON.live()) }
        router.get("/readyz") { _, _ in
            let readiness = content.readiness()
            return Reply.json(HealthJSON.text(of: readiness), status: readiness.isReady ? .ok : .serviceUnavailable)
        }
        router.get("/version") { _, _ in Reply.json(HealthJSON.version(content.version)) }
        router.get("/metrics") { _, _ in
            Reply.text(content.metrics(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
    }
}
