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

    /// Where a request goes.
    enum Found: Sendable {
        case route(String, HTTPEndpoint, values: [String])
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
    }

    private let state = Mutex(State())

    package init() {}

    /// These are all routes with requests. Those that run go on.
    package func declare(_ routes: [(name: String, endpoint: HTTPEndpoint)]) {
        state.withLock { state in
            let doors = Dictionary(
                state.places.values.joined().compactMap { place in place.door.map { (place.route, $0) } }
            ) { first, _ in first }
            (state.isDeclared, state.places) = (true, [:])
            for (name, endpoint) in routes {
                Self.insert(Place(route: name, endpoint: endpoint, door: doors[name]), &state.places)
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

    /// No route will run again.
    package func end() { state.withLock { $0.isEnding = true } }

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

    func find(_ method: String, _ segments: [String], on listener: String) -> Found {
        let (isDeclared, all) = state.withLock { ($0.isDeclared, $0.places[listener] ?? []) }
        var others: [HTTPEndpoint] = []
        for place in all {
            guard let values = place.endpoint.path.match(segments) else { continue }
            if place.endpoint.method.rawValue == method {
                return .route(place.route, place.endpoint, values: values)
            }
            others.append(place.endpoint)
        }
        if others.isEmpty, !isDeclared { return .notDeclared }
        return others.isEmpty
            ? .nothing : .otherMethods(Set(others.map(\.method.rawValue)).sorted(), endpoints: others)
    }
}
