/// The response of `/readyz`.
package struct Readiness: Sendable, Equatable {
    /// Shutting down: not ready, whatever the parts' health.
    package var isDraining: Bool
    /// Delivery guarantee of the store, in words: "exactly once", or the weaker mode.
    package var guarantee: String
    package var parts: [PartHealth]
    /// Problems that need attention but do not affect readiness.
    package var warnings: [Warning]

    package struct Warning: Sendable, Equatable {
        /// Subject: "configuration".
        package var name: String
        /// Milliseconds since 1970.
        package var since: Int64
        /// Problem, location and remedy. Without secrets.
        package var detail: String
        /// Number of occurrences, if countable.
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
