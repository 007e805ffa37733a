/// The source of a route's messages.
package enum RouteSource: Sendable, Equatable {
    case amqp(QueueSource)
    case timer(Schedule)
    case file(LineFiles)
    case http(HTTPEndpoint)
    case webSocket(SocketEndpoint)

    /// One existing queue.
    package static func queue(_ name: QueueName, prefetch: Int? = nil) -> RouteSource {
        .amqp(QueueSource(queues: [name], prefetch: prefetch))
    }

    /// Queue name of deliveries from a timer, a file or HTTP requests: `timer:opening`, `file:replay`, `http:tasks`.
    package static func timerQueue(of route: String) -> String { "timer:" + route }
    package static func fileQueue(of route: String) -> String { "file:" + route }
    package static func httpQueue(of route: String) -> String { "http:" + route }

    /// Whether a delivery's queue name denotes a broker queue, to which it can be sent again.
    package static func isQueue(_ name: String) -> Bool {
        !["timer:", "file:", "http:"].contains { name.hasPrefix($0) }
    }

    /// The listener of its requests or connections, by name; nil for other sources.
    package var listener: String? {
        switch self {
        case .http(let endpoint): endpoint.listener
        case .webSocket(let endpoint): endpoint.listener
        case .amqp, .timer, .file: nil
        }
    }

    /// Who may send requests or connect; nil for everybody, and for other sources.
    package var access: EndpointAccess? {
        switch self {
        case .http(let endpoint): endpoint.access
        case .webSocket(let endpoint): endpoint.access
        case .amqp, .timer, .file: nil
        }
    }

    /// The consumed queues; empty for other sources.
    package var queues: [QueueName] { if case .amqp(let source) = self { source.queues } else { [] } }
}

/// A queue, by name or by the setting that holds its name.
package enum QueueName: Sendable, Equatable, Hashable {
    case literal(String)
    /// The value of a setting.
    case setting(String)
}

/// Broker queues. Each has its own consumer and its own order.
package struct QueueSource: Sendable, Equatable {
    /// At least one.
    package var queues: [QueueName]
    /// Unsettled messages per queue; nil: the setting `rabbitMQ.prefetch`.
    package var prefetch: Int?
    /// Nil: use the queue as it is, create it if missing.
    package var declaration: QueueDeclaration?
    /// What is declared beside the queues.
    package var topology: DeclaredTopology

    package init(
        queues: [QueueName], prefetch: Int? = nil, declaration: QueueDeclaration? = nil,
        topology: DeclaredTopology = .init()
    ) {
        self.queues = queues
        self.prefetch = prefetch
        self.declaration = declaration
        self.topology = topology
    }
}

/// Files of lines, one message per line.
package struct LineFiles: Sendable, Equatable {
    /// A directory (its `*.ndjson` files), or a path whose last component may contain `*` and `?`.
    package var path: String
    /// Maximum bytes of a line; nil: the message limit. A longer line becomes a dead letter.
    package var lineBytes: Int?
    /// Unsettled lines; nil: the queue prefetch.
    package var prefetch: Int?

    /// Whether both patterns can match the same file, as far as the paths show.
    func mayShareFiles(with other: LineFiles) -> Bool {
        let (own, others) = (Self.directory(of: path), Self.directory(of: other.path))
        return own == others || own == other.path || others == path
    }

    private static func directory(of path: String) -> String {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return directory.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : directory
    }

    package init(path: String, lineBytes: Int? = nil, prefetch: Int? = nil) {
        self.path = path
        self.lineBytes = lineBytes
        self.prefetch = prefetch
    }
}
