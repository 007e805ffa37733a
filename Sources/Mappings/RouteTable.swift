package import Documents

/// All routes of all mapping files, compiled: a value that only runs.
package struct RouteTable: Sendable, Equatable {
    package var routes: [RouteMapping]

    package init(routes: [RouteMapping]) { self.routes = routes }

    /// What runs where no mapping is given: catalog messages from `rabbitMQ.endpointName`.
    package static let catalogs = RouteTable(routes: [
        RouteMapping(
            name: "catalogs", queue: .setting("rabbitMQ.endpointName"), prefetch: nil, file: "built in",
            position: TextPosition(line: 1, column: 1))
    ])
}

/// One route: catalog messages from one queue.
package struct RouteMapping: Sendable, Equatable {
    package enum QueueName: Sendable, Equatable, Hashable {
        case literal(String)
        /// The value of the setting with this name.
        case setting(String)
    }

    package var name: String
    package var queue: QueueName
    /// Messages taken before one is settled; nil for the setting `rabbitMQ.prefetch`.
    package var prefetch: Int?
    /// The field that says how new a record is: an item older than its record changes nothing.
    package var versionField: String?
    package var file: String
    /// Where the queue is named.
    package var position: TextPosition

    package init(
        name: String, queue: QueueName, prefetch: Int?, versionField: String? = nil, file: String,
        position: TextPosition
    ) {
        self.name = name
        self.queue = queue
        self.prefetch = prefetch
        self.versionField = versionField
        self.file = file
        self.position = position
    }
}
