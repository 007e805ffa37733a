/// Where a route's messages come from.
package enum RouteSource: Sendable, Equatable {
    case amqp(QueueSource)
    case timer(Schedule)
    case file(LineFiles)

    /// One queue of the broker, taken as it is.
    package static func queue(_ name: QueueName, prefetch: Int? = nil) -> RouteSource {
        .amqp(QueueSource(queues: [name], prefetch: prefetch))
    }

    /// What the deliveries of a route without a queue name as theirs: `timer:opening`, `file:replay`.
    package static func timerQueue(of route: String) -> String { "timer:" + route }
    package static func fileQueue(of route: String) -> String { "file:" + route }

    /// Whether deliveries that name this as their queue came from one, and so can be sent there again.
    package static func isQueue(_ name: String) -> Bool { !name.hasPrefix("timer:") && !name.hasPrefix("file:") }

    /// The queues that it consumes from; none where it consumes from none.
    package var queues: [QueueName] { if case .amqp(let source) = self { source.queues } else { [] } }
}

/// A queue, by its name or by the setting that holds it.
package enum QueueName: Sendable, Equatable, Hashable {
    case literal(String)
    /// The value of the setting with this name.
    case setting(String)
}

/// Queues of the broker. Each has a consumer and an order of its own.
package struct QueueSource: Sendable, Equatable {
    /// At least one.
    package var queues: [QueueName]
    /// Messages taken of each queue before one is settled; nil for the setting `rabbitMQ.prefetch`.
    package var prefetch: Int?
    /// Nil: a queue is taken as it is, and made where there is none.
    package var declaration: QueueDeclaration?

    package init(queues: [QueueName], prefetch: Int? = nil, declaration: QueueDeclaration? = nil) {
        self.queues = queues
        self.prefetch = prefetch
        self.declaration = declaration
    }
}

/// What a route says about the queues it consumes from.
package struct QueueDeclaration: Sendable, Equatable {
    package enum Policy: String, Sendable, CaseIterable {
        /// It is taken as it is; where there is none, until somebody makes one nothing is consumed.
        case passive
        /// It must be there, and be so.
        case assert
        /// It is made where there is none, and must be so where there is.
        case declare
    }

    package var policy: Policy
    package var isDurable: Bool
    package var arguments: [(name: String, value: QueueArgument)]

    package static func == (a: QueueDeclaration, b: QueueDeclaration) -> Bool {
        a.policy == b.policy && a.isDurable == b.isDurable && a.arguments.count == b.arguments.count
            && zip(a.arguments, b.arguments).allSatisfy { $0.name == $1.name && $0.value == $1.value }
    }
}

/// A value of a queue's arguments, with the type that it has in YAML.
package indirect enum QueueArgument: Sendable, Equatable {
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case text(String)
    case list([QueueArgument])
}

/// Files of lines, each of which is a message.
package struct LineFiles: Sendable, Equatable {
    /// A directory, whose `*.ndjson` are meant, or a path whose last part may hold `*` and `?`.
    package var path: String
    /// Bytes of a line; nil for what a message may have. A longer one is a dead letter.
    package var lineBytes: Int?
    /// Lines taken before one is settled; nil for as many as messages of a queue.
    package var prefetch: Int?

    /// Whether a file may be meant by both, as far as that can be told from the paths.
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
