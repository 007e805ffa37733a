/// How many deliveries a consumer asks for: as many as it may, or, once so many bytes were on their way to it that its
/// socket stood still, so many as it could take in. Pure.
struct PrefetchWindow {
    private let most: UInt16
    private(set) var current: UInt16

    init(most: UInt16) {
        self.most = most
        current = most
    }

    /// Whether there are fewer to ask for.
    var mayShrink: Bool { current > 1 }
    var isReduced: Bool { current < most }

    /// Nothing was read for long with so many deliveries waiting: no more than these the next time, and fewer in any case.
    mutating func shrink(to waiting: Int) { current = UInt16(clamping: max(1, min(waiting, Int(current) - 1))) }

    /// What was asked for is done.
    mutating func grow() { current = most }
}
