package import JSON

/// All routes of all mapping files, compiled and immutable.
package struct RouteTable: Sendable, Equatable {
    package var routes: [RouteMapping]
    package var feeds: [FeedMapping]

    package init(routes: [RouteMapping], feeds: [FeedMapping] = []) {
        self.routes = routes
        self.feeds = feeds
    }

    /// The table without mapping files: catalog messages from `rabbitMQ.endpointName`.
    package static let catalogs = RouteTable(routes: [
        RouteMapping(
            name: "catalogs", from: .queue(.setting("rabbitMQ.endpointName")), file: "built in",
            position: TextPosition(line: 1, column: 1))
    ])
}

/// A route: messages of one source, in one or more shapes.
package struct RouteMapping: Sendable, Equatable {
    package var name: String
    /// What it is for, in the words of its author.
    package var description: String?
    package var from: RouteSource
    /// The field that orders updates: an item older than its record changes nothing.
    package var versionField: String?
    /// What its requests are answered.
    package var answers: AnswerTable
    package var file: String
    /// Position of the source.
    package var position: TextPosition
    /// Shapes of its messages; none if it takes none.
    package var shapes: [MessageShape]
    /// What its requests read; nil if they are messages.
    package var read: ReadShape?
    /// How clients subscribe to its topic; nil if it serves none.
    package var subscription: SubscriptionShape?
    /// Whether every matching shape maps the message, each as a part; otherwise only the first.
    package var takesAll: Bool
    /// Whether a message without a matching shape is acknowledged; otherwise it is a dead letter.
    package var ignoresOthers: Bool
    /// The route's source text. Equal texts mean equal routes.
    package var source: String

    /// Whether what comes in is messages; others answer from what is there.
    package var takesMessages: Bool { !shapes.isEmpty }

    package init(
        name: String, from: RouteSource, versionField: String? = nil, answers: AnswerTable = .usual, file: String,
        position: TextPosition, shapes: [MessageShape] = [.catalog], read: ReadShape? = nil,
        subscription: SubscriptionShape? = nil, takesAll: Bool = false,
        ignoresOthers: Bool = false, source: String = ""
    ) {
        self.name = name
        self.from = from
        self.versionField = versionField
        self.answers = answers
        self.file = file
        self.position = position
        self.shapes = shapes
        self.read = read
        self.subscription = subscription
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
