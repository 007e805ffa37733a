internal import Documents

/// When each destination that failed is tried again. Of those that nothing goes to any more nothing is kept. Pure.
struct CourierPauses {
    private struct Pause {
        var backOff = BackOff(least: .milliseconds(500), most: Self.longest)
        var until: Int64 = 0

        static let longest = Duration.seconds(5)
    }

    /// Milliseconds after the end of its pause at which a destination is forgotten that was not tried again: it has no rows.
    private static let memory: Int64 = 60_000

    private var pauses: [PostingTarget: Pause] = [:]

    var count: Int { pauses.count }

    func resting(at now: Int64) -> [String] {
        pauses.compactMap { isResting($0.key, at: now) ? $0.key.description : nil }
    }

    func isResting(all rows: [PostingRow], at now: Int64) -> Bool {
        rows.allSatisfy { isResting($0.target, at: now) }
    }

    /// What lies further ahead than any pause is long was set before the machine's clock was set back.
    private func isResting(_ target: PostingTarget, at now: Int64) -> Bool {
        guard let until = pauses[target]?.until else { return false }
        return until > now && until - now <= Int64(Pause.longest / .milliseconds(1))
    }

    func hasFailed(_ target: PostingTarget) -> Bool { pauses[target] != nil }

    func nextTry(_ target: PostingTarget) -> Int64? { pauses[target]?.until }

    mutating func fail(_ target: PostingTarget, at now: Int64) {
        var pause = pauses[target] ?? Pause()
        // Several postings of one try fail together.
        guard !isResting(target, at: now) else { return }
        pause.until = now + Int64(pause.backOff.wait() / .milliseconds(1))
        pauses[target] = pause
    }

    /// It takes what it gets, or nothing is there for it.
    mutating func forget(_ target: PostingTarget) { pauses[target] = nil }

    mutating func forgetOld(at now: Int64) {
        guard pauses.contains(where: { now.subtractingClamped($0.value.until).magnitude > Self.memory }) else { return }
        pauses = pauses.filter { now.subtractingClamped($0.value.until).magnitude <= Self.memory }
    }
}
