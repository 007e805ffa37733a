/// How many deliveries a consumer asks for: as many as it may, or fewer until they are settled: as many as it could take in,
/// once so many bytes were on their way to it that its socket stood still, and a few where it has given back all that it had,
/// for each time that a message is given back counts towards its queue's delivery limit. Pure.
struct PrefetchWindow {
    private let most: UInt16
    private(set) var current: UInt16

    init(most: UInt16) {
        self.most = most
        current = most
    }

    /// Few enough to lose little by, and enough to show that the store takes them.
    static let few: UInt16 = 16

    /// Whether there are fewer to ask for.
    var mayShrink: Bool { current > 1 }
    var isReduced: Bool { current < most }

    /// Nothing was read for long with so many deliveries waiting: no more than these the next time, and fewer in any case.
    mutating func shrink(to waiting: Int) { current = UInt16(clamping: max(1, min(waiting, Int(current) - 1))) }

    /// What came was given back, and nothing of it was settled.
    mutating func shrinkToFew() { current = min(current, Self.few) }

    /// What was asked for is done.
    mutating func grow() { current = most }
}
