import Contracts
import Mappings
import NIOCore
import Testing
import WebSockets

@testable import Web

/// Pushes: whose they are, their order, and what is said of those that are gone.
@Suite struct PushHubTests {
    private static func place(_ second: UInt32, _ number: UInt32 = 1) -> PushPlace {
        PushPlace(seconds: second, increment: 1, number: number)
    }

    private static func push(_ second: UInt32, _ key: String, _ body: String = "{}") -> Push {
        Push(place: place(second), topic: "t", key: key, body: Array(body.utf8))
    }

    private static func door(_ hub: PushHub, keep: Int64 = 60_000, subscribe: String = "{ key: .k, after: .after }")
        throws
        -> PushDoor
    {
        let text = "routes: { s: { from: { websocket: { topic: t, subscribe: \(subscribe) } } } }"
        let (table, mistakes) = MappingCompiler.compile(
            files: [("s.yaml", text)], context: MappingContext(settings: []))
        #expect(mistakes.isEmpty, "\(mistakes)")
        let route = try #require(table?.routes.first)
        guard case .webSocket(let endpoint) = route.from, let shape = route.subscription else {
            throw CancellationError()
        }
        hub.declare(["t": keep])
        return PushDoor(route: "s", endpoint: endpoint, shape: shape, hub: hub, sent: { _ in })
    }

    private static func live(_ hub: PushHub, at second: UInt32 = 10) {
        hub.begin(at: place(second, 0))
        hub.add(PushNews(pushes: [], place: place(second, 0), isLatest: true), now: 0)
    }

    private static func add(_ pushes: [Push], to hub: PushHub, now: Int64 = 0) {
        hub.add(PushNews(pushes: pushes, place: pushes.last?.place ?? .first, isLatest: true), now: now)
    }

    private static func texts(_ answer: WebSocketAnswer) -> [String] {
        answer.messages.map { message in
            guard case .text(let bytes) = message else { return "binary" }
            return String(buffer: bytes)
        }
    }

    private static func hear(_ talk: inout PushConversation, _ text: String) -> [String] {
        texts(talk.hear(.text(ByteBuffer(string: text))))
    }

    /// Random pushes, connections that come and go and resume: each hears what a log of all pushes says.
    @Test(arguments: 0..<60)
    func `every connection hears its key's pushes, each once and in order`(seed: UInt64) throws {
        var random = Seeded(seed)
        let hub = PushHub()
        let door = try Self.door(hub)
        Self.live(hub)
        var log: [Push] = []
        var clock: UInt32 = 10
        struct Client {
            var talk: PushConversation
            let key: String
            var from: Int
            var heard: [String] = []
            var last: String
        }
        var clients: [Client] = []
        func told(_ client: inout Client) {
            for text in Self.texts(client.talk.news()) {
                client.heard.append(text)
                if let id = text.firstMatch(of: #/"id":"([^"]+)"/#) { client.last = String(id.1) }
            }
        }
        for _ in 0..<300 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                clock += UInt32.random(in: 0...1, using: &random)
                let last = log.last?.place
                let next = Self.place(clock, last.map { $0.seconds == clock ? $0.number + 1 : 1 } ?? 1)
                let key = "\(Int.random(in: 0..<4, using: &random))"
                let push = Push(place: next, topic: "t", key: key, body: Array("{\"n\":\(log.count)}".utf8))
                log.append(push)
                // What was read before a cut comes again.
                let again = log.suffix(Int.random(in: 1...3, using: &random))
                Self.add(Array(again), to: hub)
            case 5:
                var talk = PushConversation(door.connect(MessageFacts()))
                let key = "\(Int.random(in: 0..<4, using: &random))"
                let reply = Self.hear(&talk, "{\"k\":\"\(key)\",\"after\":\"\"}")
                let id = try #require(reply.first?.firstMatch(of: #/"id":"([^"]+)"/#))
                clients.append(Client(talk: talk, key: key, from: log.count, last: String(id.1)))
            case 6 where !clients.isEmpty:
                // It comes back, perhaps before it has heard all.
                let index = Int.random(in: 0..<clients.count, using: &random)
                if Bool.random(using: &random) { told(&clients[index]) }
                clients[index].talk = PushConversation(door.connect(MessageFacts()))
                _ = Self.hear(
                    &clients[index].talk, "{\"k\":\(clients[index].key),\"after\":\"\(clients[index].last)\"}")
            default:
                guard !clients.isEmpty else { continue }
                told(&clients[Int.random(in: 0..<clients.count, using: &random)])
            }
        }
        for var client in clients {
            told(&client)
            let expected = log.enumerated().filter { $0.offset >= client.from && $0.element.key == client.key }.map {
                "{\"id\":\"\($0.element.place.text)\",\"n\":\($0.offset)}"
            }
            #expect(client.heard == expected)
        }
    }

    @Test func `what is forgotten is told as a gap, once, and only to whom it concerns`() throws {
        let hub = PushHub()
        let door = try Self.door(hub, keep: 1000)
        Self.live(hub)
        Self.add([Self.push(11, "a"), Self.push(12, "b")], to: hub, now: 0)
        // Both are forgotten.
        Self.add([Self.push(20, "b")], to: hub, now: 5000)
        func news(_ key: String, after: String) -> [String] {
            var talk = PushConversation(door.connect(MessageFacts()))
            _ = Self.hear(&talk, "{\"k\":\"\(key)\",\"after\":\"\(after)\"}")
            return Self.texts(talk.news()) + Self.texts(talk.news())
        }
        #expect(news("a", after: "10-1-1") == [#"{"id":"10-1-1","type":"gap"}"#])
        #expect(news("a", after: "11-1-1") == [])
        #expect(news("b", after: "11-1-1").count == 2, "a gap, and what is left")
        #expect(news("b", after: "12-1-1") == [#"{"id":"20-1-1"}"#])
        #expect(news("c", after: "10-1-1") == [], "nothing of it was forgotten")
        #expect(news("c", after: "9-1-1").count == 1, "it was before the first reading")
        #expect(news("c", after: "4000000000-1-1").count == 1, "the place is of another store")
    }

    @Test func `a client that reads slower than pushes are forgotten is told a gap`() throws {
        let hub = PushHub()
        let door = try Self.door(hub)
        Self.live(hub)
        var talk = PushConversation(door.connect(MessageFacts()))
        #expect(Self.hear(&talk, #"{"k":1}"#) == [#"{"type":"subscribed","key":"1"}"#])
        Self.add((0..<10_500).map { Self.push(11 + UInt32($0), "1", "{\"n\":\($0)}") }, to: hub)
        var heard: [String] = []
        while case let more = Self.texts(talk.news()), !more.isEmpty { heard += more }
        #expect(heard.first == #"{"type":"gap"}"#)
        #expect(heard.dropFirst() == ArraySlice((500..<10_500).map { "{\"n\":\($0)}" }))
    }

    @Test func `a loss of the store's history is told to all, and a quiet topic has none`() throws {
        let hub = PushHub()
        let door = try Self.door(hub)
        Self.live(hub)
        var talk = PushConversation(door.connect(MessageFacts()))
        _ = Self.hear(&talk, #"{"k":1}"#)
        Self.add([Self.push(11, "2")], to: hub, now: 0)
        Self.add([Self.push(12, "2")], to: hub, now: 600_000)
        #expect(Self.texts(talk.news()) == [])
        hub.begin(at: Self.place(50, 0))
        #expect(Self.texts(talk.news()) == [#"{"type":"gap"}"#])
        #expect(Self.texts(talk.news()) == [])
    }

    @Test func `connections are taken once the pushes are read, and not while the gateway ends`() throws {
        let hub = PushHub()
        let door = try Self.door(hub)
        #expect(!door.isOpen)
        hub.begin(at: Self.place(5, 0))
        Self.add([Self.push(6, "1")], to: hub)
        #expect(door.isOpen)
        #expect(hub.sockets["s"] == nil)
        var connections = (0..<3).map { _ in door.connect(MessageFacts()) }
        #expect(hub.sockets["s"] == 3)
        connections.removeLast()
        #expect(hub.sockets["s"] == 2)
        hub.end()
        #expect(!door.isOpen && connections[0].isEnding)
    }

    @Test func `a client that has heard more elsewhere hears nothing twice here, and has no gap`() throws {
        let hub = PushHub()
        let door = try Self.door(hub)
        Self.live(hub)
        // The other gateway has read up to 13.
        var talk = PushConversation(door.connect(MessageFacts()))
        #expect(Self.hear(&talk, #"{"k":1,"after":"13-1-1"}"#) == [#"{"id":"13-1-1","type":"subscribed","key":"1"}"#])
        #expect(Self.texts(talk.news()) == [])
        for second in UInt32(11)...15 {
            Self.add([Self.push(second, "1")], to: hub)
            #expect(Self.texts(talk.news()) == (second > 13 ? [#"{"id":"\#(second)-1-1"}"#] : []))
        }
    }

    @Test(arguments: [1, 3]) func `of large pushes few are sent at once, and all in order`(keys: Int) throws {
        let hub = PushHub()
        let door = try Self.door(hub)
        Self.live(hub)
        var talk = PushConversation(door.connect(MessageFacts()))
        for key in 0..<keys { _ = Self.hear(&talk, "{\"k\":\(key)}") }
        let text = String(repeating: "x", count: 100_000)
        Self.add(
            (0..<60).map { Self.push(11 + UInt32($0), "\($0 % keys)", "{\"n\":\($0),\"t\":\"\(text)\"}") }, to: hub)
        var heard: [Int] = []
        while case let more = Self.texts(talk.news()), !more.isEmpty {
            #expect(more.map(\.utf8.count).reduce(0, +) <= 256 << 10)
            heard += more.compactMap { $0.firstMatch(of: #/"n":(\d+)/#).flatMap { Int($0.1) } }
        }
        // Each key's in order.
        for key in 0..<keys {
            #expect(heard.filter { $0 % keys == key } == (0..<60).filter { $0 % keys == key })
        }
        // One that is larger goes alone.
        Self.add([Self.push(100, "0", "{\"t\":\"\(text)\(text)\(text)\"}"), Self.push(101, "0")], to: hub)
        #expect([Self.texts(talk.news()).count, Self.texts(talk.news()).count] == [1, 1])
    }

    /// A client follows several keys, reads some of it, is cut off, and comes back with the last id that it has.
    @Test(arguments: 0..<20) func `a client of several keys misses nothing where it is cut off`(seed: UInt64) throws {
        var random = Seeded(seed)
        let hub = PushHub()
        let door = try Self.door(hub)
        Self.live(hub)
        let text = String(repeating: "x", count: seed.isMultiple(of: 2) ? 90_000 : 10)
        let count = seed.isMultiple(of: 2) ? 60 : 1500
        let keys = (0..<count).map { _ in Int.random(in: 0..<10, using: &random) / 4 }
        Self.add(
            keys.enumerated().map { Self.push(11 + UInt32($0), "\($1)", "{\"n\":\($0),\"t\":\"\(text)\"}") }, to: hub)
        var (heard, last, turns): ([Int], String, Int) = ([], "10-1-1", 0)
        while heard.count < count, turns < 10_000 {
            turns += 1
            var talk = PushConversation(door.connect(MessageFacts()))
            for key in (0..<3).shuffled(using: &random) {
                _ = Self.hear(&talk, "{\"k\":\(key),\"after\":\"\(last)\"}")
            }
            var left = Int.random(in: 1...count, using: &random)
            while left > 0, case let more = Self.texts(talk.news()).prefix(left), !more.isEmpty {
                left -= more.count
                for text in more {
                    heard.append(try #require(text.firstMatch(of: #/"n":(\d+)/#).flatMap { Int($0.1) }))
                    last = try #require(text.firstMatch(of: #/"id":"([^"]+)"/#).map { String($0.1) })
                }
            }
        }
        #expect(heard == Array(0..<count))
    }

    @Test func `without topics nothing is read, and what is served later waits until it is read anew`() throws {
        let hub = PushHub()
        var door = try Self.door(hub)
        Self.live(hub)
        #expect(door.isOpen && hub.trouble == nil)
        hub.declare([:])
        #expect(hub.keep == nil)
        door = try Self.door(hub)
        #expect(!door.isOpen && hub.trouble?.words == "pushes are not read yet")
        Self.add([Self.push(11, "1")], to: hub)
        #expect(door.isOpen && hub.trouble == nil)
        // Another topic goes on.
        hub.declare(["t": 1, "u": 1])
        hub.declare(["u": 1])
        hub.declare(["t": 1, "u": 1])
        #expect(door.isOpen)
    }

    @Test func `a topic that is served later has a gap before`() throws {
        let hub = PushHub()
        Self.live(hub)
        Self.add([Self.push(11, "1")], to: hub)
        let door = try Self.door(hub)
        var talk = PushConversation(door.connect(MessageFacts()))
        _ = Self.hear(&talk, #"{"k":1,"after":"10-1-1"}"#)
        #expect(Self.texts(talk.news()).count == 1)
    }
}

/// Places as texts: what comes back is what was given.
@Suite struct PushPlaceTests {
    @Test(arguments: [
        "1-2-3", "0-0-0", "4294967295-4294967295-4294967295",
    ]) func `a place is read as it was written`(text: String) {
        #expect(PushPlace(text: text)?.text == text)
    }

    @Test(arguments: [
        "", "1", "1-2", "1-2-3-4", "-1-2-3", "1-2-", "1--3", "a-b-c", "1-2-3 ", "+1-2-3", "4294967296-0-0", "1-2-٣",
    ]) func `anything else is none`(text: String) {
        #expect(PushPlace(text: text) == nil)
    }
}

private struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }
    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
