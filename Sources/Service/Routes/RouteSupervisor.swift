internal import Contracts
internal import Logging
internal import ServiceLifecycle
internal import Web

/// Runs the desired routes concurrently and follows changes. Drains all at shutdown.
struct RouteSupervisor: Service {
    let orders: RouteInbox
    let status: ProcessStatus
    let dynamic: DynamicCatalogs
    let router: WebRouter
    let logger: Logger
    /// Creates a route, which connects at once.
    let make: @Sendable (RouteConfiguration) -> RunningRoute

    /// Delay before a route that ended by itself restarts.
    private static let restBeforeRestart = Duration.seconds(1)

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await gracefulShutdown()
                status.drain()
                router.end()
                DrainDeadline.start(logger: logger)
                orders.close()
                await dynamic.close()
            }
            var reconciler = RouteReconciler()
            var running: [Int: RunningRoute] = [:]
            for await _ in orders.news {
                let pending = orders.take()
                var actions: [RouteReconciler.Action] = []
                for number in pending.ended {
                    running[number] = nil
                    status.remove(number)
                    actions += reconciler.ended(number)
                }
                if let wanted = pending.wanted {
                    router.declare(
                        wanted.compactMap { form in form.endpoint.map { (form.name, $0) } },
                        sockets: wanted.compactMap { form in form.sockets.map { (form.name, $0) } })
                    actions += reconciler.want(wanted)
                }
                if pending.isClosing { actions += reconciler.close() }
                for action in actions { perform(action, on: &running, &group) }
                status.routesAreStarted()
                if reconciler.isFinished { break }
            }
        }
    }

    private func perform(
        _ action: RouteReconciler.Action, on running: inout [Int: RunningRoute], _ group: inout TaskGroup<Void>
    ) {
        switch action {
        case .start(let number, let form):
            let route = make(form)
            running[number] = route
            status.add(number, route.parts)
            logger.notice("route \(form.name) starts", metadata: ["source": "\(form.sourceWords)"])
            group.addTask {
                await route.run()
                if route.isDraining {
                    logger.notice("route \(form.name) has ended")
                } else {
                    logger.error("route \(form.name) ended by itself")
                    try? await Task.sleep(for: Self.restBeforeRestart)
                }
                orders.ended(number)
            }
        case .drain(let number):
            running[number]?.drain()
        }
    }
}
