/// An event's id for those who follow: the run of the gateway and the number, so that whoever comes back after a restart is told
/// that something is missing.
struct EventNumbering: Sendable {
    /// Tells runs of the gateway apart.
    let run: String

    /// Where somebody begins.
    enum Start: Sendable, Equatable {
        /// With what is new from now on.
        case now
        case after(Int)
        /// As now, but told of a gap: the id is of another run, or is none.
        case lost
    }

    func id(_ number: Int) -> String { "\(run)-\(number)" }

    /// `id`: the last one that somebody has seen; nil or empty: none.
    func start(_ id: String?) -> Start {
        guard let id, !id.isEmpty else { return .now }
        guard let dash = id.lastIndex(of: "-"), id[..<dash] == run, let number = Int(id[id.index(after: dash)...]),
            number >= 0
        else { return .lost }
        return .after(number)
    }
}
