internal import Contracts
internal import JSON

/// Backoff of failed destinations. Forgets destinations without rows. Pure.
struct RelayBackoff {
    private struct Pause {
        var backOff = Backoff(least: .milliseconds(500), most: Self.longest)
        var until: Int64 = 0

        static let longest = Duration.seconds(5)
    }

    /// Milliseconds after the end of a pause at which a destination without retries is forgotten: it has no rows.
    private static let memory: Int64 = 60_000

    private var pauses: [PostingTarget: Pause] = [:]

    var count: Int { pauses.count }

    func resting(at now: Int64) -> [String] {
        pauses.compactMap { isResting($0.key, at: now) ? $0.key.description : nil }
    }

    func isResting(all rows: [PostingRow], at now: Int64) -> Bool {
        rows.allSatisfy { isResting($0.target, at: now) }
    }

    /// A retry time beyond the maximum pause was set before the machine's clock was set back.
    private func isResting(_ target: PostingTarget, at now: Int64) -> Bool {
        guard let until = pauses[target]?.until else { return false }
        return until > now && until - now <= Int64(Pause.longest / .milliseconds(1))
    }

    func hasFailed(_ target: PostingTarget) -> Bool { pauses[target] != nil }

    func nextTry(_ target: PostingTarget) -> Int64? { pauses[target]?.until }

    /// `now`: milliseconds since 1970. `chance`: a random number from 0 up to 1.
    mutating func fail(_ target: PostingTarget, at now: Int64, chance: Double) {
        var pause = pauses[target] ?? Pause()
        // Several postings of one attempt fail together.
        guard !isResting(target, at: now) else { return }
        pause.until = now + Int64(pause.backOff.wait(chance: chance) / .milliseconds(1))
        pauses[target] = pause
    }

    /// It works again, or has no rows.
    mutating func forget(_ target: PostingTarget) { pauses[target] = nil }

    mutating func forgetOld(at now: Int64) {
        guard pauses.contains(where: { now.subtractingClamped($0.value.until).magnitude > Self.memory }) else { return }
        pauses = pauses.filter { now.subtractingClamped($0.value.until).magnitude <= Self.memory }
    }
}
