/// Health of one part of the gateway: the broker, the store, a route.
package struct PartHealth: Sendable, Equatable {
    package var name: String
    package var ok: Bool
    /// Start of this state, milliseconds since 1970.
    package var since: Int64
    /// The problem and its remedy, or what it is connected to. Without secrets.
    package var detail: String
    /// Switched off by a setting: neither up nor down, and no obstacle to readiness.
    package var isOff: Bool

    /// What a page shows: up, down, or off.
    var word: String { isOff && ok ? "off" : ok ? "up" : "down" }

    package init(name: String, ok: Bool, since: Int64, detail: String, isOff: Bool = false) {
        self.name = name
        self.ok = ok
        self.since = since
        self.detail = detail
        self.isOff = isOff
    }
}
