package import Contracts
package import Mappings
internal import Synchronization

/// Takes the requests of one route.
package protocol WebDoor: AnyObject, Sendable {
    /// Returns once the answer is known.
    func answer(_ request: WebRequest) async -> RequestAnswer
}

/// The requests that routes take, by listener, path and method. Thread-safe.
package final class WebRouter: Sendable {
    /// Requests of a route, and whether it runs.
    private struct Place: Sendable {
        let route: String
        let endpoint: HTTPEndpoint
        /// Nil while the route does not run.
        var door: (any WebDoor)?
    }

    /// Connections that a route serves, and whether it runs.
    private struct SocketPlace: Sendable {
        let route: String
        let endpoint: SocketEndpoint
        /// Nil while the route does not run.
        var door: PushDoor?
    }

    /// Where a request goes.
    enum Found: Sendable {
        /// `values`: of the path's parameters; of files the segments below their path.
        case route(String, HTTPEndpoint, values: [String])
        /// Connections; the door is nil while the route does not run. `values`: of the path's parameters.
        case sockets(String, SocketEndpoint, PushDoor?, values: [String])
        /// The path is known, with these methods.
        case otherMethods([String], endpoints: [HTTPEndpoint])
        case nothing
        /// The routes are not known yet.
        case notDeclared
    }

    private struct State {
        var isDeclared = false
        var isEnding = false
        /// By listener; within each the paths that go before others first.
        var places: [String: [Place]] = [:]
        /// The same.
        var sockets: [String: [SocketPlace]] = [:]
    }

    /// What routes serve their connections.
    package let hub: PushHub
    private let state = Mutex(State())

    /// `mostConnections`: of all listeners. Some are left to requests.
    package init(mostConnections: Int = 12_000) {
        hub = PushHub(mostSockets: mostConnections - mostConnections / 12)
    }

    /// These are all routes with requests or connections. Those that run go on.
    package func declare(
        _ routes: [(name: String, endpoint: HTTPEndpoint)], sockets: [(name: String, endpoint: SocketEndpoint)]
    ) {
        state.withLock { state in
            let doors = Dictionary(
                state.places.values.joined().compactMap { place in place.door.map { (place.route, $0) } }
            ) { first, _ in first }
            (state.isDeclared, state.places) = (true, [:])
            for (name, endpoint) in routes {
                Self.insert(Place(route: name, endpoint: endpoint, door: doors[name]), &state.places)
            }
            let pushDoors = Dictionary(
                state.sockets.values.joined().compactMap { place in place.door.map { (place.route, $0) } }
            ) { first, _ in first }
            state.sockets = [:]
            hub.declare(
                Dictionary(sockets.map { ($0.endpoint.topic, $0.endpoint.keep) }) { first, second in max(first, second)
                })
            for (name, endpoint) in sockets {
                Self.insert(SocketPlace(route: name, endpoint: endpoint, door: pushDoors[name]), &state.sockets)
            }
        }
    }

    /// The route runs, and takes its requests by this door.
    package func open(_ route: String, _ endpoint: HTTPEndpoint, _ door: any WebDoor) {
        state.withLock { state in
            for listener in state.places.keys { state.places[listener]?.removeAll { $0.route == route } }
            Self.insert(Place(route: route, endpoint: endpoint, door: door), &state.places)
        }
    }

    /// The route runs no more, if it still has this door: its requests are asked to come again.
    package func close(_ route: String, _ door: any WebDoor) {
        state.withLock { state in
            for listener in state.places.keys {
                for index in (state.places[listener] ?? []).indices
                where state.places[listener]?[index].route == route && state.places[listener]?[index].door === door {
                    state.places[listener]?[index].door = nil
                }
            }
        }
    }

    /// The route runs, and serves its connections by this door.
    package func open(_ door: PushDoor) {
        state.withLock { state in
            for listener in state.sockets.keys { state.sockets[listener]?.removeAll { $0.route == door.route } }
            Self.insert(SocketPlace(route: door.route, endpoint: door.endpoint, door: door), &state.sockets)
        }
    }

    /// The route runs no more, if it still has this door.
    package func close(_ door: PushDoor) {
        state.withLock { state in
            for listener in state.sockets.keys {
                for index in (state.sockets[listener] ?? []).indices
                where state.sockets[listener]?[index].door === door { state.sockets[listener]?[index].door = nil }
            }
        }
    }

    /// No route will run again.
    package func end() {
        state.withLock { $0.isEnding = true }
        hub.end()
    }

    /// Whether no route will run again.
    var isEnding: Bool { state.withLock(\.isEnding) }

    /// The door of a route that runs; nil while it does not.
    func door(of route: String, on listener: String) -> (door: (any WebDoor)?, isEnding: Bool) {
        state.withLock { state in
            (state.places[listener]?.first { $0.route == route }?.door, state.isEnding)
        }
    }

    private static func insert(_ place: Place, _ places: inout [String: [Place]]) {
        var all = places[place.endpoint.listener] ?? []
        let index = all.firstIndex { place.endpoint.path.goesBefore($0.endpoint.path) } ?? all.count
        all.insert(place, at: index)
        places[place.endpoint.listener] = all
    }

    /// One for any path goes behind the others.
    private static func insert(_ place: SocketPlace, _ places: inout [String: [SocketPlace]]) {
        var all = places[place.endpoint.listener] ?? []
        let index = all.firstIndex { other in
            guard let path = place.endpoint.path else { return false }
            return other.endpoint.path.map { path.goesBefore($0) } ?? true
        }
        all.insert(place, at: index ?? all.count)
        places[place.endpoint.listener] = all
    }

    /// The connections at a path. `values`: of the path's parameters.
    func sockets(_ segments: [String], on listener: String) -> (
        route: String, endpoint: SocketEndpoint, door: PushDoor?, values: [String]
    )? {
        for place in state.withLock({ $0.sockets[listener] ?? [] }) {
            guard let path = place.endpoint.path else { return (place.route, place.endpoint, place.door, []) }
            if let values = path.match(segments) { return (place.route, place.endpoint, place.door, values) }
        }
        return nil
    }

    func find(_ method: String, _ segments: [String], on listener: String) -> Found {
        let (isDeclared, all) = state.withLock { ($0.isDeclared, $0.places[listener] ?? []) }
        var others: [HTTPEndpoint] = []
        for place in all where place.endpoint.files == nil {
            guard let values = place.endpoint.path.match(segments) else { continue }
            if place.endpoint.method.rawValue == method {
                return .route(place.route, place.endpoint, values: values)
            }
            others.append(place.endpoint)
        }
        // Files come last, of several directories those of the longest path.
        let files = all.compactMap { place in
            place.endpoint.files == nil ? nil : place.endpoint.path.rest(of: segments).map { (place: place, rest: $0) }
        }.max { $0.place.endpoint.path.segments.count < $1.place.endpoint.path.segments.count }
        let connections = sockets(segments, on: listener)
        // Connections to any path come behind the files.
        if let (route, endpoint, door, values) = connections, method == "GET", endpoint.path != nil || files == nil {
            return .sockets(route, endpoint, door, values: values)
        }
        if let (place, rest) = files {
            if place.endpoint.method.rawValue == method { return .route(place.route, place.endpoint, values: rest) }
            others.append(place.endpoint)
        }
        if others.isEmpty, connections != nil { return .otherMethods(["GET"], endpoints: []) }
        if others.isEmpty, !isDeclared { return .notDeclared }
        return others.isEmpty
            ? .nothing : .otherMethods(Set(others.map(\.method.rawValue)).sorted(), endpoints: others)
    }
}
