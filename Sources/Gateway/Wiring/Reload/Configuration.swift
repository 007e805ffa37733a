internal import Mappings
internal import Schemas

/// All that a gateway runs on, read at one time and compiled: a value that is put into force as a whole.
struct Configuration: Sendable {
    let settings: Settings
    /// From the binary and the definitions directory, without the dynamic ones.
    let catalogs: Catalogs
    /// All routes of the mappings.
    let mappings: [RouteMapping]
    /// The routes that run; while `rabbitMQ.enabled` is false, only those that need no broker.
    let routes: [RouteForm]
    /// What keeps routes from running and may still come from the collection `configuration`: a queue's name.
    let missing: [String]
    /// The files that mappings name beside them, tables say.
    let lookups: [String]
    /// What is published; nil while `rabbitMQ.producer.enabled` is false.
    let publishing: PublishingForm?

    /// Why nothing is consumed, a line each: settings of the collection that cannot be read.
    var stopped: [String] { settings.reasons(for: .consuming) }

    var isEnabled: Bool { settings.bool("rabbitMQ.enabled") }
}
