/// How one part of the gateway is doing: the broker, the store, a route.
package struct PartHealth: Sendable, Equatable {
    package var name: String
    package var ok: Bool
    /// Milliseconds since 1970, when it became so.
    package var since: Int64
    /// What a person should know: what is wrong and what to do, or where it is connected. No secrets.
    package var detail: String

    package init(name: String, ok: Bool, since: Int64, detail: String) {
        self.name = name
        self.ok = ok
        self.since = since
        self.detail = detail
    }
}

/// The answer of `/readyz`.
package struct Readiness: Sendable, Equatable {
    /// Shutting down: no new work, whatever the parts say.
    package var isDraining: Bool
    /// What the store lets the gateway promise, in words: "exactly once", or the weaker mode.
    package var guarantee: String
    package var parts: [PartHealth]
    /// What a person should do something about. The gateway works all the same, so it is ready with them.
    package var warnings: [Warning]

    package struct Warning: Sendable, Equatable {
        /// What it is about: "configuration".
        package var name: String
        /// Milliseconds since 1970.
        package var since: Int64
        /// What, where, and what to do. No secrets.
        package var detail: String
        /// How many of it, where it can be counted.
        package var count: Int?

        package init(name: String, since: Int64, detail: String, count: Int? = nil) {
            self.name = name
            self.since = since
            self.detail = detail
            self.count = count
        }
    }

    package init(isDraining: Bool, guarantee: String, parts: [PartHealth], warnings: [Warning] = []) {
        self.isDraining = isDraining
        self.guarantee = guarantee
        self.parts = parts
        self.warnings = warnings
    }

    package var isReady: Bool { !isDraining && parts.allSatisfy(\.ok) }
}
