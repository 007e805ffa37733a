internal import Contracts
internal import JSON

/// The latest pushes of a topic, by key, bounded by time, number and bytes; and its listeners.
struct PushTopic: Sendable {
    private struct Key: Sendable {
        var pushes = Fifo<Push>()
        /// The last one that was forgotten.
        var forgotten: PushPlace?
        var bells: [PushHub.Listener: AsyncStream<Void>.Continuation] = [:]
    }

    static let mostPushes = 10_000
    static let mostBytes = 64 << 20
    /// Keys whose pushes were forgotten and that are remembered for that.
    private static let mostKeys = 100_000

    /// How long pushes are kept, in milliseconds.
    var keep: Int64 = 0
    private var keys: [String: Key] = [:]
    /// All pushes, in order: whose, when, and how large.
    private var all = Fifo<(key: String, at: Int64, bytes: Int)>()
    private var bytes = 0
    /// What came before is not known.
    private var start: PushPlace

    init(from place: PushPlace) { start = place }

    var bells: [AsyncStream<Void>.Continuation] { keys.values.flatMap(\.bells.values) }

    // MARK: Pushes

    /// `bells`: to ring, once the caller can.
    mutating func add(_ push: Push, now: Int64, _ bells: inout [AsyncStream<Void>.Continuation]) {
        keys[push.key, default: Key()].pushes.append(push)
        bells += keys[push.key]?.bells.values.map { $0 } ?? []
        all.append((push.key, now, push.body.count))
        bytes += push.body.count
        while all.count > Self.mostPushes || (bytes > Self.mostBytes && all.count > 1) { forgetFirst() }
    }

    /// `now`: milliseconds since 1970.
    mutating func forget(now: Int64) {
        while let first = all.first, now.subtractingClamped(first.at) > keep { forgetFirst() }
    }

    /// What came before this place was not read.
    mutating func lose(before place: PushPlace) {
        start = place
        for key in keys.keys where keys[key]?.bells.isEmpty == false { keys[key]?.forgotten = place }
    }

    private mutating func forgetFirst() {
        guard let (name, _, size) = all.popFirst() else { return }
        bytes -= size
        guard let push = keys[name]?.pushes.popFirst() else { return }
        keys[name]?.forgotten = push.place
        if keys.count > Self.mostKeys { forgetKeys() }
    }

    /// Forgets which keys have lost pushes.
    private mutating func forgetKeys() {
        for (name, key) in keys where key.pushes.isEmpty && key.bells.isEmpty {
            start = max(start, key.forgotten ?? start)
            keys[name] = nil
        }
    }

    // MARK: Listeners

    mutating func listen(to key: String, _ listener: PushHub.Listener, _ bell: AsyncStream<Void>.Continuation) {
        keys[key, default: Key()].bells[listener] = bell
    }

    mutating func unlisten(to key: String, _ listener: PushHub.Listener) {
        guard keys[key]?.bells.removeValue(forKey: listener) != nil, let left = keys[key] else { return }
        if left.bells.isEmpty, left.pushes.isEmpty, left.forgotten == nil { keys[key] = nil }
    }

    /// Whether a push of the key may have come after this place and is not there any more.
    func mayHaveLost(after place: PushPlace, of key: String) -> Bool {
        place < start || place < keys[key]?.forgotten ?? .first
    }

    /// `most`: number of pushes; they end before they have more than `bytes`, unless a single one has.
    func news(
        of key: String, after place: PushPlace, hasLost: Bool, most: Int, bytes: Int
    ) -> (hasLost: Bool, pushes: [Push], hasMore: Bool) {
        guard let own = keys[key] else { return (hasLost, [], false) }
        var pushes: [Push] = []
        var left = bytes
        let from = own.pushes.firstIndex { $0.place > place }
        for index in from..<own.pushes.count {
            let push = own.pushes[index]
            left -= push.body.count
            guard pushes.count < most, left >= 0 || pushes.isEmpty else { break }
            pushes.append(push)
        }
        return (hasLost || place < own.forgotten ?? .first, pushes, pushes.count < own.pushes.count - from)
    }
}

/// A queue in an array: the oldest element first.
struct Fifo<Element> {
    private var elements: [Element] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : elements[head] }

    subscript(index: Int) -> Element { elements[head + index] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let first = elements[head]
        head += 1
        // Until then those that were taken are kept: a third of the others at most.
        if head > 32, head * 4 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return first
    }

    /// The index of the first element for which it holds, as it does for all after it; the count if there is none.
    func firstIndex(where holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Fifo: Sendable where Element: Sendable {}
