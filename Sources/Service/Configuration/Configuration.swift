package import Mappings
package import Schemas
package import Settings

/// All that a gateway runs on, read at one time and compiled: a value that is put into force as a whole.
package struct Configuration: Sendable {
    package let settings: Settings
    /// From the binary and the definitions directory, without the dynamic ones.
    package let catalogs: Catalogs
    /// All routes of the mappings.
    package let mappings: [RouteMapping]
    /// The routes that run; while `rabbitMQ.enabled` is false, only those that need no broker.
    package let routes: [RouteConfiguration]
    /// What keeps routes from running and may still come from the collection `configuration`: a queue's name.
    package let missing: [String]
    /// The files that mappings name beside them, tables say.
    package let lookups: [String]
    /// What is published; nil while `rabbitMQ.producer.enabled` is false.
    package let publishing: PublishingConfiguration?

    /// Why nothing is consumed, a line each: settings of the collection that cannot be read.
    package var stopped: [String] { settings.reasons(for: .consuming) }

    package var isEnabled: Bool { settings[.rabbitMQEnabled] }
}
