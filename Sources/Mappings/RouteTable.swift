package import Documents

/// All routes of all mapping files, compiled: a value that only runs.
package struct RouteTable: Sendable, Equatable {
    package var routes: [RouteMapping]
    package var feeds: [FeedMapping]

    package init(routes: [RouteMapping], feeds: [FeedMapping] = []) {
        self.routes = routes
        self.feeds = feeds
    }

    /// What runs where no mapping is given: catalog messages from `rabbitMQ.endpointName`.
    package static let catalogs = RouteTable(routes: [
        RouteMapping(
            name: "catalogs", queue: .setting("rabbitMQ.endpointName"), prefetch: nil, file: "built in",
            position: TextPosition(line: 1, column: 1))
    ])
}

/// One route: messages of one queue, in one shape or in several.
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
    /// The shapes of its messages: the first that takes one reads it.
    package var shapes: [MessageShape]
    /// Whether a message that no shape takes is let go; otherwise it is a dead letter.
    package var ignoresOthers: Bool
    /// All that the route was made of, as text: the same text is the same route.
    package var source: String

    package init(
        name: String, queue: QueueName, prefetch: Int?, versionField: String? = nil, file: String,
        position: TextPosition, shapes: [MessageShape] = [.catalog], ignoresOthers: Bool = false, source: String = ""
    ) {
        self.name = name
        self.queue = queue
        self.prefetch = prefetch
        self.versionField = versionField
        self.file = file
        self.position = position
        self.shapes = shapes
        self.ignoresOthers = ignoresOthers
        self.source = source
    }

    package static func == (a: RouteMapping, b: RouteMapping) -> Bool {
        a.name == b.name && a.queue == b.queue && a.prefetch == b.prefetch && a.versionField == b.versionField
            && a.file == b.file
            && a.position == b.position && a.ignoresOthers == b.ignoresOthers && a.source == b.source
    }
}
