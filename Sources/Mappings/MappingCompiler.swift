internal import JSON
internal import Schemas
internal import Yams

/// Compiles mapping files into a route table, or reports every mistake in them.
package struct MappingCompiler {
    private var routes: [RouteCompiler.Compiled] = []
    private var feeds: [FeedMapping] = []
    private var mistakes: [MappingDiagnostic] = []
    private var declared: [DeclaredThing] = []
    private let context: MappingContext

    private init(context: MappingContext) { self.context = context }

    /// The table is nil if there is any mistake other than hints.
    package static func compile(
        files: [(path: String, text: String)], context: MappingContext
    ) -> (table: RouteTable?, mistakes: [MappingDiagnostic]) {
        var compiler = MappingCompiler(context: context)
        for file in files { compiler.read(file.text, file: file.path) }
        compiler.crossCheck()
        compiler.crossCheckFiles()
        compiler.crossCheckFeeds()
        compiler.locateRecords()
        compiler.crossCheckDeclared()
        compiler.crossCheckSockets()
        let isSound = compiler.mistakes.allSatisfy { $0.severity != .error }
        let table = RouteTable(routes: compiler.routes.map(\.route), feeds: compiler.feeds)
        return (isSound ? table : nil, compiler.mistakes)
    }

    /// Compiles with only the settings' names known.
    package static func compile(
        files: [(path: String, text: String)], settings: [String]
    ) -> (table: RouteTable?, mistakes: [MappingDiagnostic]) {
        compile(files: files, context: MappingContext(settings: settings))
    }

    private mutating func read(_ text: String, file: String) {
        do throws(MappingDiagnostic) {
            guard let composed = try YAMLText.compose(text, file: file) else {
                let isBlank = text.unicodeScalars.allSatisfy { $0.properties.isWhitespace || $0 == "\u{FEFF}" }
                throw MappingDiagnostic(
                    file: file, position: TextPosition(line: 1, column: 1), rule: "empty-file",
                    message: isBlank
                        ? "the file is empty; write 'routes:' with a route, or remove the file"
                        : "the file has only comments; write a route, or remove the file",
                    severity: isBlank ? .error : .hint)
            }
            let reader = NodeReader(file: file)
            let root = VariableReplacement(reader: reader, expand: context.expand).replaced(composed)
            if let top = reader.members(root, Language.file, what: "a mapping file"), let all = top["routes"] {
                guard all.mapping != nil else {
                    reader.add(all, "type", "'routes' holds routes by name, such as 'catalogs:'")
                    return mistakes += reader.mistakes
                }
                let pairs = reader.pairs(all, what: "routes")
                for (name, key, body) in pairs {
                    guard RouteName.isValid(name) else {
                        reader.add(key, "route-name", "a route's name has 1 to 64 letters, digits, '-' or '_'")
                        continue
                    }
                    let compiler = RouteCompiler(reader: reader, context: context)
                    if RouteCompiler.isFeed(body) {
                        if name == FeedMapping.leaseOfPostings {
                            reader.add(
                                key, "route-name",
                                "a feed cannot be named '\(name)': in gateway.feeds that row belongs to the publisher of"
                                    + " route postings, and one of the two would never publish; give the feed another name"
                            )
                        }
                        if let feed = compiler.feed(name, body) { feeds.append(feed) }
                    } else if let route = compiler.route(name, key, body) {
                        routes.append(route)
                    }
                }
            }
            mistakes += reader.mistakes
            declared += reader.declared
        } catch {
            mistakes.append(error)
        }
    }

    private mutating func crossCheck() {
        var names: [String: RouteMapping] = [:]
        var queues: [QueueName: RouteMapping] = [:]
        var files: [String: RouteMapping] = [:]
        var endpoints: [(endpoint: HTTPEndpoint, route: RouteMapping)] = []
        var writers: [String: (definition: Definition, route: RouteMapping)] = [:]
        for compiled in routes {
            let route = compiled.route
            if let other = names[route.name] {
                add(
                    route, route.position, "route-twice",
                    "route '\(route.name)' is in \(other.file) too; give it another name")
            }
            for (queue, position) in compiled.queues {
                guard let other = queues.updateValue(route, forKey: queue) else { continue }
                add(
                    route, position, "queue-twice",
                    "route '\(other.name)' (\(other.file):\(other.position)) reads this queue already; two readers would"
                        + " break the order of its messages. Make them 'cases:' of one route")
            }
            if case .file(let source) = route.from, let other = files.updateValue(route, forKey: source.path) {
                add(
                    route, route.position, "files-twice",
                    "route '\(other.name)' (\(other.file):\(other.position)) reads these files already, and would also consume"
                        + " them away. Make them 'cases:' of one route")
            } else if case .file(let source) = route.from {
                for other in files.values where other.name != route.name {
                    guard case .file(let others) = other.from, source.mayShareFiles(with: others) else { continue }
                    mistakes.append(
                        MappingDiagnostic(
                            file: route.file, position: route.position, rule: "files-twice",
                            message:
                                "route '\(other.name)' (\(other.file):\(other.position)) reads files of this directory"
                                + " too; a file that both read is renamed by the one that finishes first: make sure that no"
                                + " name fits both", severity: .hint))
                }
            }
            if case .http(let endpoint) = route.from {
                let other = endpoints.first { $0.endpoint.isSame(as: endpoint) }
                if let other {
                    add(
                        route, route.position, "endpoint-twice",
                        "route '\(other.route.name)' (\(other.route.file):\(other.route.position)) takes"
                            + " \(other.endpoint.method.rawValue) \(other.endpoint.path.text) already; make them 'cases:' of one route"
                    )
                }
                endpoints.append((endpoint, route))
            }
            names[route.name] = route
            for (collection, definition, position) in compiled.targets + compiled.further {
                guard let other = writers.updateValue((definition, route), forKey: collection),
                    other.definition.key != definition.key
                else { continue }
                mistakes.append(
                    MappingDiagnostic(
                        file: route.file, position: position, rule: "collection-keys",
                        message: "route '\(other.route.name)' writes the collection '\(collection)' too, with the key"
                            + " \(other.definition.key.joined(separator: " + ")), and this one with"
                            + " \(definition.key.joined(separator: " + ")); name another collection"))
            }
        }
    }

    /// Checks that connections have one route, and that what is pushed has some.
    private mutating func crossCheckSockets() {
        var sockets: [(endpoint: SocketEndpoint, route: RouteMapping)] = []
        for compiled in routes {
            let route = compiled.route
            guard case .webSocket(let endpoint) = route.from else { continue }
            let other =
                sockets.first { $0.endpoint.isSame(as: endpoint) }?.route
                ?? routes.lazy.map(\.route).first { other in
                    guard case .http(let http) = other.from, let path = endpoint.path, http.method == .get else {
                        return false
                    }
                    return http.listener == endpoint.listener && http.path.isSame(as: path)
                }
            if let other {
                add(
                    route, route.position, "endpoint-twice",
                    "route '\(other.name)' (\(other.file):\(other.position)) takes \(endpoint.path.map { "GET \($0.text)" } ?? "all other paths")"
                        + " of the listener '\(endpoint.listener)' already; give this one a path of its own")
            }
            sockets.append((endpoint, route))
        }
        let topics = Set(sockets.map(\.endpoint.topic))
        for compiled in routes {
            for posting in compiled.route.shapes.flatMap(\.postings) {
                guard case .webSocket(let topic) = posting.destination, !topics.contains(topic) else { continue }
                let hint = Spelling.nearest(to: topic, in: topics.sorted()).map { " (did you mean '\($0)'?)" } ?? ""
                mistakes.append(
                    MappingDiagnostic(
                        file: compiled.route.file, position: posting.position, rule: "topic-without-sockets",
                        message:
                            "no route serves the topic '\(topic)'\(hint); write one with from: { websocket: { topic: \(topic), … } }, or"
                            + " let another gateway have it", severity: .hint))
            }
        }
    }

    /// Routes with a parameter where the files of another one have their names.
    private mutating func crossCheckFiles() {
        let endpoints = routes.compactMap { compiled -> (route: RouteMapping, endpoint: HTTPEndpoint)? in
            if case .http(let endpoint) = compiled.route.from { (compiled.route, endpoint) } else { nil }
        }
        for (route, endpoint) in endpoints where endpoint.method == .get && endpoint.files == nil {
            guard
                let other = endpoints.first(where: {
                    $0.endpoint.files != nil && $0.endpoint.listener == endpoint.listener
                        && endpoint.path.hidesNames(below: $0.endpoint.path)
                })
            else { continue }
            mistakes.append(
                MappingDiagnostic(
                    file: route.file, position: route.position, rule: "files-hidden",
                    message:
                        "\(endpoint.path.text) goes before the files of route '\(other.route.name)'"
                        + " (\(other.route.file):\(other.route.position)) and takes their names; give one of the two"
                        + " another path", severity: .hint))
        }
    }

    /// Tells each route that inserts records by requests where they can be read.
    private mutating func locateRecords() {
        for index in routes.indices {
            guard case .http(let own) = routes[index].route.from, routes[index].route.read == nil else { continue }
            let collections = Set(routes[index].targets.map(\.collection))
            let location = routes.lazy.compactMap { other -> RecordLocation? in
                guard case .http(let endpoint) = other.route.from, endpoint.listener == own.listener,
                    let read = other.route.read, collections.contains(read.collection)
                else { return nil }
                return read.location(at: endpoint.path)
            }.first
            if let location { routes[index].route.answers = routes[index].route.answers.reading(at: location) }
        }
    }

    /// Checks that names are unique across routes and feeds, and that nothing feeds itself.
    private mutating func crossCheckFeeds() {
        var names = Dictionary(routes.map { ($0.route.name, $0.route.file) }) { first, _ in first }
        for feed in feeds {
            if let other = names.updateValue(feed.file, forKey: feed.name) {
                mistakes.append(
                    MappingDiagnostic(
                        file: feed.file, position: feed.position, rule: "route-twice",
                        message: "route '\(feed.name)' is in \(other) too; give it another name"))
            }
        }
        mistakes += LoopCheck(routes: routes, feeds: feeds, context: context).mistakes
    }

    /// Checks that no queue and no exchange is declared in two ways.
    private mutating func crossCheckDeclared() {
        // Without an address of its own the producer uses the consumer's.
        let own = ["uri", "host", "port", "virtualHost"].map { "rabbitMQ.producer." + $0 }
        let hasOneBroker = own.allSatisfy { context.setting($0) == nil }
        mistakes += DeclaredThing.contradictions(in: declared, hasOneBroker: hasOneBroker)
        let plain = QueueDeclaration(policy: .declare, isDurable: true, arguments: []).properties
        for compiled in routes {
            guard case .amqp(let source) = compiled.route.from, source.declaration == nil else { continue }
            for (queue, position) in compiled.queues {
                let name = context.resolved(queue)
                guard
                    let other = declared.first(where: {
                        $0.kind == "queue" && $0.name == name && ($0.isConsumed || hasOneBroker)
                    }), other.properties != plain
                else { continue }
                mistakes.append(
                    MappingDiagnostic(
                        file: compiled.route.file, position: position, rule: "declared-otherwise",
                        message:
                            "the queue '\(name)' is declared at \(other.file):\(other.position), and without 'declare:'"
                            + " this route creates it durable and classic if it comes first; write the same 'declare:' here",
                        severity: .hint))
            }
        }
    }

    private mutating func add(
        _ route: RouteMapping, _ position: TextPosition, _ rule: String, _ message: String
    ) {
        mistakes.append(MappingDiagnostic(file: route.file, position: position, rule: rule, message: message))
    }
}
