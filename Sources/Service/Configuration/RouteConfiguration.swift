package import Operations
package import Ingest
internal import JSON
package import Mappings
package import RabbitMQ
package import Settings

/// A route with all that its running depends on.
package struct RouteConfiguration: Sendable {
    package let mapping: RouteMapping
    package let terms: Terms

    /// Routes with equal terms run alike: no restart is needed.
    package struct Terms: Sendable, Equatable {
        /// Its position in a file does not matter.
        fileprivate let mapping: RouteMapping
        /// Consumed queues; empty for other sources.
        package let queues: [String]
        package let prefetch: Int
        package let broker: BrokerAddress
        package let lanes: Int
        package let limits: Limits
        package let companies: [String]
        /// The queue of results, in addition to reply queues.
        package let resultQueue: String?

        /// What the route declares beside this queue of its own.
        package func topology(of queue: String) -> [TopologyItem] {
            guard case .amqp(let source) = mapping.from else { return [] }
            return TopologyItem.all(of: [queue], source.declaration, source.topology).filter {
                if case .queue(queue, _) = $0 { false } else { true }
            }
        }

        /// What it declares beside all of them.
        package var topology: [TopologyItem] { TopologyItem.merged(queues.flatMap { topology(of: $0) }) }
    }

    package var name: String { mapping.name }

    package init(_ mapping: RouteMapping, broker: BrokerAddress, settings: Settings) {
        self.mapping = mapping
        var unplaced = mapping
        unplaced.file = ""
        unplaced.position = TextPosition(line: 1, column: 1)
        var limits = settings.limits
        var prefetch: Int?
        switch mapping.from {
        case .amqp(let source): prefetch = source.prefetch
        case .timer, .webSocket: break
        case .http(let endpoint): limits.messageBytes = min(limits.messageBytes, endpoint.bodyBytes * 6 + 2)
        case .file(let files):
            prefetch = files.prefetch
            limits.messageBytes = min(limits.messageBytes, files.lineBytes ?? .max)
        }
        terms = Terms(
            mapping: unplaced, queues: mapping.queueNames(settings),
            prefetch: prefetch ?? settings[.rabbitMQPrefetch] ?? limits.prefetch, broker: broker,
            lanes: settings[.lanes], limits: limits, companies: settings[.companiesAllowed],
            resultQueue: settings[.rabbitMQResultEndpointName])
    }

    /// Its source, for display.
    package var sourceWords: String {
        switch mapping.from {
        case .amqp: terms.queues.joined(separator: ", ")
        case .timer: RouteSource.timerQueue(of: name)
        case .file(let files): files.path
        case .http(let endpoint):
            "\(endpoint.method.rawValue) \(endpoint.path.text)\(endpoint.files.map { " (files of \($0))" } ?? "")"
        case .webSocket(let endpoint): "sockets of \(endpoint.topic)"
        }
    }

    /// The requests that it takes; nil for other sources.
    package var endpoint: HTTPEndpoint? { if case .http(let endpoint) = mapping.from { endpoint } else { nil } }

    /// The connections that it serves; nil for other sources.
    package var sockets: SocketEndpoint? {
        if case .webSocket(let endpoint) = mapping.from { endpoint } else { nil }
    }

    /// Each of its sources.
    package var sourceNames: [String] { terms.queues.isEmpty ? [sourceWords] : terms.queues }

    /// Whether both read the same queue or files: they must not run at the same time, or order would be lost.
    package func sharesSource(with other: RouteConfiguration) -> Bool {
        if case .file(let own) = mapping.from, case .file(let others) = other.mapping.from, own.path == others.path {
            return true
        }
        return sharedQueue(with: other) != nil
    }

    private func sharedQueue(with other: RouteConfiguration) -> String? {
        let (own, others) = (terms.broker, other.terms.broker)
        guard own.isSamePlace(as: others) else { return nil }
        return terms.queues.first { other.terms.queues.contains($0) }
    }

    /// The routes of a table under these settings, with findings. While `rabbitMQ.enabled` is false, without those that
    /// consume from the broker.
    package static func all(of table: RouteTable, settings: Settings) -> (
        forms: [RouteConfiguration], findings: [Diagnostic]
    ) {
        let broker: BrokerAddress
        do throws(AMQPError) {
            broker = try BrokerSettings.consumer(settings)
        } catch {
            return ([], [Diagnostic(file: "rabbitMQ", position: nil, rule: "broker-address", message: error.message)])
        }
        var forms: [RouteConfiguration] = []
        var findings: [Diagnostic] = []
        let isEnabled = settings[.rabbitMQEnabled]
        for mapping in table.routes where isEnabled || mapping.from.queues.isEmpty {
            let form = RouteConfiguration(mapping, broker: broker, settings: settings)
            func twice(_ reader: String, _ queue: String) {
                findings.append(
                    Diagnostic(
                        file: mapping.file, position: mapping.position, rule: "queue-twice",
                        message:
                            "\(reader) reads the queue '\(queue)' already; two readers would break the order of its"
                            + " messages"))
            }
            let counts = Dictionary(grouping: form.terms.queues) { $0 }
            if let queue = form.terms.queues.first(where: { counts[$0]?.count ?? 0 > 1 }) {
                twice("route '\(form.name)' itself", queue)
            } else if let other = forms.first(where: { form.sharedQueue(with: $0) != nil }) {
                twice("route '\(other.name)'", form.sharedQueue(with: other) ?? "")
            } else {
                forms.append(form)
            }
        }
        return (forms, findings + resultLoops(forms, settings: settings))
    }

    /// Results that would come back as messages.
    private static func resultLoops(_ forms: [RouteConfiguration], settings: Settings) -> [Diagnostic] {
        guard let first = forms.first, let queue = first.terms.resultQueue,
            let producer = try? BrokerSettings.producer(settings), producer.isSamePlace(as: first.terms.broker),
            let reader = forms.first(where: { $0.terms.queues.contains(queue) })
        else { return [] }
        return [
            Diagnostic(
                file: reader.mapping.file, position: reader.mapping.position, rule: "result-loop",
                message: "route '\(reader.name)' reads the queue '\(queue)', which rabbitMQ.result.endpointName names:"
                    + " results would be taken for messages; name another queue for one of them")
        ]
    }
}

extension BrokerAddress {
    /// Whether both have the same queues.
    fileprivate func isSamePlace(as other: BrokerAddress) -> Bool {
        host == other.host && port == other.port && virtualHost == other.virtualHost
    }
}
