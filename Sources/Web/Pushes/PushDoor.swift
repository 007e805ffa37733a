internal import Contracts
package import Mappings
internal import Synchronization

/// Serves the clients of one route.
package final class PushDoor: Sendable {
    package let route: String
    package let endpoint: SocketEndpoint
    let hub: PushHub
    private let shape: SubscriptionShape
    private let reader = Mutex(SubscriptionReader())
    private let sentOf: @Sendable (Int) -> Void
    private let state = Mutex(State())

    private struct State {
        var isEnding = false
        var next: UInt64 = 1
        var connections: [UInt64: Weak] = [:]
    }

    private struct Weak {
        weak var connection: PushConnection?
    }

    /// `sent`: called with the number of pushes that were given to a connection, on any thread; must be quick.
    package init(
        route: String, endpoint: SocketEndpoint, shape: SubscriptionShape, hub: PushHub,
        sent: @escaping @Sendable (Int) -> Void
    ) {
        self.route = route
        self.endpoint = endpoint
        self.shape = shape
        self.hub = hub
        sentOf = sent
    }

    var isEnding: Bool { state.withLock { $0.isEnding } || hub.isEnding }

    /// Whether connections can be taken now.
    var isOpen: Bool { !isEnding && hub.isLive && hub.hasRoom }

    func sent(_ count: Int) { sentOf(count) }

    func read(
        _ message: [UInt8], _ facts: MessageFacts
    ) throws(PushFollowing.Refusal) -> SubscriptionReader.Subscription {
        let result = reader.withLock { reader in
            Result { () throws(SubscriptionReader.Problem) in try reader.read(message, as: shape, facts: facts) }
        }
        do throws(SubscriptionReader.Problem) {
            return try result.get()
        } catch {
            throw PushFollowing.Refusal(detail: error.detail)
        }
    }

    /// A new connection. `facts`: of its request. `until`: when its caller's token expires, in milliseconds since 1970.
    func connect(_ facts: MessageFacts, until expiry: Int64? = nil) -> PushConnection {
        let connection = PushConnection(self, facts: facts, until: expiry)
        state.withLock { state in
            state.connections[state.next] = Weak(connection: connection)
            state.next += 1
            // Those that are gone.
            if state.next.isMultiple(of: 1024) {
                state.connections = state.connections.filter { $0.value.connection != nil }
            }
        }
        return connection
    }

    /// The route ends, and with it its connections.
    package func end() {
        let all = state.withLock { state in
            state.isEnding = true
            defer { state.connections = [:] }
            return state.connections.values.compactMap(\.connection)
        }
        for connection in all { connection.end() }
    }
}
