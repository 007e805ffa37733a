/// Which routes run, which ones should, and what to do about the difference. Decides only; ``RouteSupervisor`` does it.
///
/// A route that is no longer wanted in its form drains first. Its successor, and any other route that takes from the same
/// queue, waits for that: two that read one queue side by side would break the order of its messages.
struct RouteRoster {
    enum Action {
        case start(Int, RouteForm)
        case drain(Int)
    }

    private struct Entry {
        /// Given once: routes of one name follow one another.
        let number: Int
        let form: RouteForm
        var isDraining = false
    }

    private var running: [Entry] = []
    private var wanted: [RouteForm] = []
    private var nextNumber = 1
    private var isClosed = false

    /// Nothing runs, and nothing will any more.
    var isFinished: Bool { isClosed && running.isEmpty }

    /// These routes shall run, and no others.
    mutating func want(_ forms: [RouteForm]) -> [Action] {
        if !isClosed { wanted = forms }
        return next()
    }

    /// A route has ended, asked for or not; one that is still wanted starts again.
    mutating func ended(_ number: Int) -> [Action] {
        running.removeAll { $0.number == number }
        return next()
    }

    /// All routes drain, and none starts any more.
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
