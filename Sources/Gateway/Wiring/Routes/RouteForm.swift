internal import Documents
internal import Mappings
internal import Pipeline
internal import RabbitMQ

/// A route with all that its running depends on.
struct RouteForm: Sendable {
    let mapping: RouteMapping
    let terms: Terms

    /// Two routes of equal terms run alike: one need not be restarted to become the other.
    struct Terms: Sendable, Equatable {
        /// Where in which file it stands, does not matter: a comment above it is no change.
        fileprivate let mapping: RouteMapping
        /// Those that it consumes from; none where it consumes from none.
        let queues: [String]
        let prefetch: Int
        let broker: BrokerAddress
        let lanes: Int
        let limits: Limits
        let companies: [String]
        /// The queue that results go to, beside those that ask for one.
        let resultQueue: String?
    }

    var name: String { mapping.name }

    init(_ mapping: RouteMapping, broker: BrokerAddress, settings: Settings) {
        self.mapping = mapping
        var unplaced = mapping
        unplaced.file = ""
        unplaced.position = TextPosition(line: 1, column: 1)
        var limits = settings.limits
        var prefetch: Int?
        switch mapping.from {
        case .amqp(let source): prefetch = source.prefetch
        case .timer: break
        case .file(let files):
            prefetch = files.prefetch
            limits.messageBytes = min(limits.messageBytes, files.lineBytes ?? .max)
        }
        terms = Terms(
            mapping: unplaced, queues: mapping.queueNames(settings),
            prefetch: prefetch ?? settings.integer("rabbitMQ.prefetch") ?? limits.prefetch, broker: broker,
            lanes: settings.number("lanes"), limits: limits, companies: settings.list("companies.allowed"),
            resultQueue: settings.text("rabbitMQ.result.endpointName"))
    }

    /// Where its messages come from, for people.
    var sourceWords: String {
        switch mapping.from {
        case .amqp: terms.queues.joined(separator: ", ")
        case .timer: RouteSource.timerQueue(of: name)
        case .file(let files): files.path
        }
    }

    /// Each place that its messages come from.
    var sourceNames: [String] { terms.queues.isEmpty ? [sourceWords] : terms.queues }

    /// Whether both take from the same queue, or the same files: never at the same time, or their order is lost.
    func sharesSource(with other: RouteForm) -> Bool {
        if case .file(let own) = mapping.from, case .file(let others) = other.mapping.from, own.path == others.path {
            return true
        }
        return sharedQueue(with: other) != nil
    }

    private func sharedQueue(with other: RouteForm) -> String? {
        let (own, others) = (terms.broker, other.terms.broker)
        guard own.isSamePlace(as: others) else { return nil }
        return terms.queues.first { other.terms.queues.contains($0) }
    }

    /// The routes of a table under these settings, and what is wrong with them. While `rabbitMQ.enabled` is false, those
    /// that consume from the broker are left out.
    static func all(of table: RouteTable, settings: Settings) -> (forms: [RouteForm], findings: [Finding]) {
        let broker: BrokerAddress
        do throws(AMQPError) {
            broker = try BrokerSettings.consumer(settings)
        } catch {
            return ([], [Finding(file: "rabbitMQ", position: nil, rule: "broker-address", message: error.message)])
        }
        var forms: [RouteForm] = []
        var findings: [Finding] = []
        let isEnabled = settings.bool("rabbitMQ.enabled")
        for mapping in table.routes where isEnabled || mapping.from.queues.isEmpty {
            let form = RouteForm(mapping, broker: broker, settings: settings)
            func twice(_ reader: String, _ queue: String) {
                findings.append(
                    Finding(
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
    private static func resultLoops(_ forms: [RouteForm], settings: Settings) -> [Finding] {
        guard let first = forms.first, let queue = first.terms.resultQueue,
            let producer = try? BrokerSettings.producer(settings), producer.isSamePlace(as: first.terms.broker),
            let reader = forms.first(where: { $0.terms.queues.contains(queue) })
        else { return [] }
        return [
            Finding(
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
