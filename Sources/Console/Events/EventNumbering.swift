/// Event ids for clients: the gateway's run and the sequence number, so that a client that resumes after a restart is
/// sent a gap.
struct EventNumbering: Sendable {
    /// Identifies this run of the gateway.
    let run: String

    /// Where a subscription starts.
    enum Start: Sendable, Equatable {
        /// At the next event.
        case now
        case after(Int)
        /// At the next event, after a gap: the id is malformed or from another run.
        case lost
    }

    func id(_ number: Int) -> String { "\(run)-\(number)" }

    /// `id`: the last event the client saw; nil or empty: none.
    func start(_ id: String?) -> Start {
        guard let id, !id.isEmpty else { return .now }
        guard let dash = id.lastIndex(of: "-"), id[..<dash] == run, let number = Int(id[id.index(after: dash)...]),
            number >= 0
        else { return .lost }
        return .after(number)
    }
}
