internal import Contracts
internal import Mappings

/// What one client has subscribed to, and what is sent to it. Has no I/O.
struct PushFollowing: Sendable {
    /// Subscriptions of one connection.
    static let most = 64
    /// Pushes of a subscription that are sent at once.
    private static let atOnce = 256

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
                throw Refusal(detail: PushText.unknownPlace)
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

    /// Messages since the last call.
    mutating func news() -> [Message] {
        var found: [(message: Message, order: PushPlace)] = []
        for index in all.indices {
            let comesBack = all[index].comesBack
            let before = all[index].subscription.seen
            let (hasLost, pushes, hasMore) = connection.news(&all[index].subscription, most: Self.atOnce)
            if hasLost { found.append((Message(text: PushText.gap, place: comesBack ? before : nil), before)) }
            found += pushes.map { (Message(text: $0.body, place: comesBack ? $0.place : nil), $0.place) }
            connection.sent(pushes.count)
            if hasMore { connection.ring() }
        }
        if all.count > 1 { found.sort { $0.order < $1.order } }
        return found.map(\.message)
    }

    /// How far all of it was read.
    var place: PushPlace? { all.map(\.subscription.seen).min() }
}

extension PushFollowing.Message {
    /// The object with a member that says where the client goes on.
    var textWithPlace: [UInt8] { PushText.text(text, at: place) }
}

extension PushFollowing.Refusal {
    /// JSON text of an object.
    var text: [UInt8] { PushText.error(detail) }
}
