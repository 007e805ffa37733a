/// WebSockets and event streams that a route serves: where clients connect, and whose pushes they get.
package struct SocketEndpoint: Sendable, Equatable {
    package static let usualKeep: Int64 = 300_000
    /// Milliseconds for which pushes can be kept.
    package static let keepRange: ClosedRange<Int64> = 1000...3_600_000

    /// Name of its listener in the settings.
    package var listener: String
    /// Nil: any path that no other route of the listener takes.
    package var path: PathTemplate?
    package var topic: String
    /// Origins of other pages that may connect; `*` for all.
    package var origins: [String] = []
    /// Who may connect; nil for everybody.
    package var access: EndpointAccess?
    /// How long pushes are kept for clients that come back, in milliseconds.
    package var keep = Self.usualKeep

    package init(topic: String, listener: String = HTTPEndpoint.usualListener, path: PathTemplate? = nil) {
        self.topic = topic
        self.listener = listener
        self.path = path
    }

    /// Whether both take the same connections.
    func isSame(as other: SocketEndpoint) -> Bool {
        guard listener == other.listener else { return false }
        switch (path, other.path) {
        case (nil, nil): return true
        case (let own?, let others?): return own.isSame(as: others)
        default: return false
        }
    }

    /// Whether a topic may have this name.
    package static func isTopic(_ name: String) -> Bool { RouteName.isValid(name) }
}
