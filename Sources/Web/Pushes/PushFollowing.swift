internal import Contracts
internal import JSON
internal import Mappings

/// What one client has subscribed to, and what is sent to it. Has no I/O.
struct PushFollowing: Sendable {
    /// Subscriptions of one connection.
    static let most = 64
    /// Pushes of a subscription that are sent at once.
    private static let atOnce = 256
    /// Bytes of pushes that are sent at once, unless a single one has more: so much waits for a client that does not read.
    private static let bytesAtOnce = 256 << 10

    /// Why a message subscribes to nothing, with the remedy.
    struct Refusal: Error {
        let detail: String
    }

    /// A message for the client.
    struct Message: Sendable, Equatable {
        /// JSON text of an object.
        var text: [UInt8]
        /// Where the client goes on after it; nil for one that does not come back.
        var place: PushPlace?
    }

    private struct One: Sendable {
        var subscription: PushSubscription
        /// Whether the client comes back.
        let comesBack: Bool
    }

    /// Something to tell the client.
    private struct Found {
        /// Index of the subscription.
        let one: Int
        let place: PushPlace
        let text: [UInt8]
        var isGap = false
    }

    private let connection: PushConnection
    private var all: [One] = []

    init(_ connection: PushConnection) { self.connection = connection }

    /// Subscribes, and returns the reply. `comesBack`: whether it does without saying so. `last`: the place from which on, where
    /// the protocol itself has it.
    mutating func subscribe(
        _ message: [UInt8], comesBack: Bool = false, after last: String? = nil
    ) throws(Refusal) -> Message {
        let asked = try connection.read(message)
        var place: PushPlace?
        if let text = last ?? asked.after, !text.isEmpty {
            place = PushPlace(text: text)
            if place == nil {
                throw Refusal(detail: "after: expected the 'id' of a message, or an empty text to begin")
            }
        }
        let known = all.firstIndex { $0.subscription.key == asked.key }
        guard known != nil || all.count < Self.most else {
            throw Refusal(detail: "a connection may have \(Self.most) subscriptions; open another one for further keys")
        }
        guard let subscription = connection.subscribe(asked.key, after: place) else {
            throw Refusal(detail: "the route ends; connect again")
        }
        if let known { connection.unsubscribe(all.remove(at: known).subscription) }
        let comesBack = comesBack || asked.after != nil
        all.append(One(subscription: subscription, comesBack: comesBack))
        // What a client that comes back has missed follows at once.
        connection.ring()
        return Message(text: asked.reply, place: comesBack ? subscription.seen : nil)
    }

    /// Messages since the last call, in the order of their commits, whatever they belong to: a client that comes back from one
    /// of them has heard all that came before. More of them follow where there are many.
    mutating func news() -> [Message] {
        var found: [Found] = []
        let before = all.map(\.subscription)
        /// Beyond it something may be missing.
        var end: PushPlace?
        for (index, one) in all.enumerated() {
            let (hasLost, pushes, hasMore) = connection.news(
                &all[index].subscription, most: Self.atOnce, bytes: Self.bytesAtOnce)
            if hasLost { found.append(Found(one: index, place: one.subscription.seen, text: Self.gap, isGap: true)) }
            found += pushes.map { Found(one: index, place: $0.place, text: $0.body) }
            if hasMore, let last = pushes.last?.place { end = min(end ?? last, last) }
        }
        if all.count > 1 { found.sort { $0.place < $1.place } }
        var left = Self.bytesAtOnce
        let kept = found.prefix { one in
            left -= one.text.count
            return one.place <= end ?? one.place && (left >= 0 || one.place == found[0].place)
        }
        if kept.count < found.count { end = kept.last?.place ?? end }
        if let end {
            for index in all.indices { all[index].subscription.stepBack(to: end, notBefore: before[index]) }
            for gap in found[kept.endIndex...] where gap.isGap { all[gap.one].subscription.lose() }
            connection.ring()
        }
        connection.sent(kept.count { !$0.isGap })
        return kept.map { Message(text: $0.text, place: all[$0.one].comesBack ? $0.place : nil) }
    }

    static let gap = Array(#"{"type":"gap"}"#.utf8)

    /// How far all of it was read.
    var place: PushPlace? { all.map(\.subscription.seen).min() }
}

extension PushFollowing.Message {
    /// The object with a member that says where the client goes on.
    var textWithPlace: [UInt8] {
        guard let place, text.first == UInt8(ascii: "{"), text.count >= 2 else { return text }
        let isEmpty = text.dropFirst().first { $0 > 0x20 } == UInt8(ascii: "}")
        return Array(#"{"id":"\#(place.text)"\#(isEmpty ? "" : ",")"#.utf8) + text.dropFirst()
    }
}

extension PushFollowing.Refusal {
    /// JSON text of an object.
    var text: [UInt8] {
        var out = Array(#"{"type":"error","detail":"#.utf8)
        JSONText.append(string: detail, to: &out)
        out.append(UInt8(ascii: "}"))
        return out
    }
}
