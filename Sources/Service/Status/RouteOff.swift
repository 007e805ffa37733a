internal import Mappings
internal import Operations

/// A route of the mappings that does not run.
struct RouteOff: Sendable {
    let name: String
    let sources: [String]
    let hasQueues: Bool
}

extension Configuration {
    /// Routes of the mappings that do not run.
    var routesOff: [RouteOff] {
        mappings.filter { mapping in !routes.contains { $0.name == mapping.name } }.map { mapping in
            RouteOff(
                name: mapping.name, sources: mapping.queueNames(settings), hasQueues: !mapping.from.queues.isEmpty)
        }
    }
}
