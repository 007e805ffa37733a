/// Reconciles running with desired routes. No I/O; ``RouteSupervisor`` acts on its decisions.
///
/// A route that is no longer desired in its form drains first. Its successor, and any other route with the same queue,
/// waits for that: two readers of one queue would break the order of its messages.
struct RouteReconciler {
    enum Action {
        case start(Int, RouteConfiguration)
        case drain(Int)
    }

    private struct Entry {
        /// Unique: successive routes may have the same name.
        let number: Int
        let form: RouteConfiguration
        var isDraining = false
    }

    private var running: [Entry] = []
    private var wanted: [RouteConfiguration] = []
    private var nextNumber = 1
    private var isClosed = false

    /// Nothing runs, and nothing will start.
    var isFinished: Bool { isClosed && running.isEmpty }

    /// Sets the desired routes.
    mutating func want(_ forms: [RouteConfiguration]) -> [Action] {
        if !isClosed { wanted = forms }
        return next()
    }

    /// A route has ended, on request or not; it restarts if still desired.
    mutating func ended(_ number: Int) -> [Action] {
        running.removeAll { $0.number == number }
        return next()
    }

    /// Drains all routes and starts no more.
    mutating func close() -> [Action] {
        isClosed = true
        wanted = []
        return next()
    }

    private mutating func next() -> [Action] {
        var actions: [Action] = []
        for index in running.indices where !running[index].isDraining {
            guard !wanted.contains(where: { $0.terms == running[index].form.terms }) else { continue }
            running[index].isDraining = true
            actions.append(.drain(running[index].number))
        }
        for form in wanted
        where !running.contains(where: { $0.form.name == form.name || $0.form.sharesSource(with: form) }) {
            running.append(Entry(number: nextNumber, form: form))
            actions.append(.start(nextNumber, form))
            nextNumber += 1
        }
        return actions
    }
}
