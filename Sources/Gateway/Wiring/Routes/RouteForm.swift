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
        let queue: String
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
        terms = Terms(
            mapping: unplaced, queue: mapping.queueName(settings),
            prefetch: mapping.prefetch ?? settings.integer("rabbitMQ.prefetch") ?? settings.limits.prefetch,
            broker: broker,
            lanes: settings.number("lanes"), limits: settings.limits, companies: settings.list("companies.allowed"),
            resultQueue: settings.text("rabbitMQ.result.endpointName"))
    }

    /// Whether both take from the same queue: never at the same time, or its order is lost.
    func sharesQueue(with other: RouteForm) -> Bool {
        terms.queue == other.terms.queue && terms.broker.host == other.terms.broker.host
            && terms.broker.port == other.terms.broker.port
            && terms.broker.virtualHost == other.terms.broker.virtualHost
    }

    /// The routes of a table under these settings, and what is wrong with them.
    static func all(of table: RouteTable, settings: Settings) -> (forms: [RouteForm], findings: [Finding]) {
        let broker: BrokerAddress
        do throws(AMQPError) {
            broker = try BrokerSettings.consumer(settings)
        } catch {
            return ([], [Finding(file: "rabbitMQ", position: nil, rule: "broker-address", message: error.message)])
        }
        var forms: [RouteForm] = []
        var findings: [Finding] = []
        for mapping in table.routes {
            let form = RouteForm(mapping, broker: broker, settings: settings)
            if let other = forms.first(where: form.sharesQueue(with:)) {
                findings.append(
                    Finding(
                        file: mapping.file, position: mapping.position, rule: "queue-twice",
                        message:
                            "route '\(other.name)' reads the queue '\(form.terms.queue)' already; two readers would"
                            + " break the order of its messages"))
            } else {
                forms.append(form)
            }
        }
        return (forms, findings)
    }
}
