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
            name: "catalogs", from: .queue(.setting("rabbitMQ.endpointName")), file: "built in",
            position: TextPosition(line: 1, column: 1))
    ])
}

/// One route: messages of one source, in one shape or in several.
package struct RouteMapping: Sendable, Equatable {
    package var name: String
    package var from: RouteSource
    /// The field that says how new a record is: an item older than its record changes nothing.
    package var versionField: String?
    package var file: String
    /// Where the source is named.
    package var position: TextPosition
    /// The shapes of its messages.
    package var shapes: [MessageShape]
    /// Whether each shape that takes a message reads it, and makes a part of it; otherwise the first one does.
    package var takesAll: Bool
    /// Whether a message that no shape takes is let go; otherwise it is a dead letter.
    package var ignoresOthers: Bool
    /// All that the route was made of, as text: the same text is the same route.
    package var source: String

    package init(
        name: String, from: RouteSource, versionField: String? = nil, file: String,
        position: TextPosition, shapes: [MessageShape] = [.catalog], takesAll: Bool = false,
        ignoresOthers: Bool = false, source: String = ""
    ) {
        self.name = name
        self.from = from
        self.versionField = versionField
        self.file = file
        self.position = position
        self.shapes = shapes
        self.takesAll = takesAll
        self.ignoresOthers = ignoresOthers
        self.source = source
    }

    package static func == (a: RouteMapping, b: RouteMapping) -> Bool {
        a.name == b.name && a.from == b.from && a.versionField == b.versionField && a.file == b.file
            && a.position == b.position && a.takesAll == b.takesAll && a.ignoresOthers == b.ignoresOthers
            && a.source == b.source
    }
}
