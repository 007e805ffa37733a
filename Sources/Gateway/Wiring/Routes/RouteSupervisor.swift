internal import Logging
internal import ServiceLifecycle

/// Runs the routes that are wanted, side by side, and follows when others are. At shutdown all drain at once.
struct RouteSupervisor: Service {
    let orders: RouteOrders
    let status: ProcessStatus
    let dynamic: DynamicCatalogs
    let logger: Logger
    /// Makes a route, which connects at once.
    let make: @Sendable (RouteForm) -> RunningRoute

    /// Before a route that ended by itself is looked at again.
    private static let restBeforeRestart = Duration.seconds(1)

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await gracefulShutdown()
                status.drain()
                DrainDeadline.start(logger: logger)
                orders.close()
                await dynamic.close()
            }
            var roster = RouteRoster()
            var running: [Int: RunningRoute] = [:]
            for await _ in orders.news {
                let pending = orders.take()
                var actions: [RouteRoster.Action] = []
                for number in pending.ended {
                    running[number] = nil
                    status.remove(number)
                    actions += roster.ended(number)
                }
                if let wanted = pending.wanted { actions += roster.want(wanted) }
                if pending.isClosing { actions += roster.close() }
                for action in actions { perform(action, on: &running, &group) }
                if roster.isFinished { break }
            }
        }
    }

    private func perform(
        _ action: RouteRoster.Action, on running: inout [Int: RunningRoute], _ group: inout TaskGroup<Void>
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
