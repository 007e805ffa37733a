import Testing

@testable import Console

@Suite struct EventConversationTests {
    private let hub = EventHub()
    private var talk: EventConversation

    init() {
        talk = EventConversation(hub: hub, numbering: EventNumbering(run: "r")) { ["catalogs", "orders"] }
    }

    private mutating func hear(_ text: String) -> String { talk.hear(Array(text.utf8)) }

    private func add(_ key: String, _ data: String) {
        hub.add([EventDraft(topic: .outcomes, keys: [key], data: data)])
    }

    @Test mutating func `who subscribes is told so, and then what is new`() {
        add("catalogs", #"{"n":1}"#)
        #expect(
            hear(#"{"type":"subscribe","topic":"outcomes"}"#) == #"{"type":"subscribed","topic":"outcomes","id":"r-1"}"#
        )
        #expect(talk.news().isEmpty)
        add("catalogs", #"{"n":2}"#)
        #expect(
            talk.news() == [#"{"type":"event","topic":"outcomes","id":"r-2","key":"catalogs","data":{"n":2}}"#])
        #expect(talk.news().isEmpty)
    }

    @Test mutating func `a key and a route's name narrow what comes`() {
        _ = hear(#"{"type":"subscribe","topic":"outcomes","key":"orders"}"#)
        _ = hear(#"{"type":"subscribe","topic":"catalogs"}"#)
        add("catalogs", "1")
        add("orders", "2")
        add("other", "3")
        #expect(
            talk.news() == [
                #"{"type":"event","topic":"catalogs","id":"r-1","key":"catalogs","data":1}"#,
                #"{"type":"event","topic":"outcomes","id":"r-2","key":"orders","data":2}"#,
            ])
    }

    @Test mutating func `who comes back gets what was missed, once`() {
        for number in 1...3 { add("catalogs", "\(number)") }
        _ = hear(#"{"type":"subscribe","topic":"outcomes","after":"r-1"}"#)
        #expect(talk.news().count == 2)
        #expect(talk.news().isEmpty)
    }

    @Test(arguments: ["s-1", "nonsense", "r-99"])
    mutating func `who comes back with a strange id is told of a gap`(id: String) {
        add("catalogs", "1")
        _ = hear(#"{"type":"subscribe","topic":"outcomes","after":"\#(id)"}"#)
        #expect(talk.news() == [#"{"type":"gap","topic":"outcomes","id":"r-1"}"#])
    }

    @Test mutating func `who was away for long is told of a gap, and what is left`() {
        let most = EventTopic.outcomes.most
        for number in 0..<(most + 2) { add("catalogs", "\(number)") }
        _ = hear(#"{"type":"subscribe","topic":"outcomes","key":"catalogs","after":"r-1"}"#)
        let news = talk.news()
        #expect(news.first == #"{"type":"gap","topic":"outcomes","key":"catalogs","id":"r-\#(most + 2)"}"#)
        #expect(news.count == most + 1)
    }

    @Test mutating func `after an unsubscribe nothing comes`() {
        _ = hear(#"{"type":"subscribe","topic":"outcomes","key":"orders"}"#)
        #expect(hear(#"{"type":"unsubscribe","topic":"outcomes"}"#).contains("notSubscribed"))
        #expect(hear(#"{"type":"unsubscribe","topic":"outcomes","key":"orders"}"#).contains("unsubscribed"))
        add("orders", "1")
        #expect(talk.news().isEmpty)
    }

    @Test mutating func `subscriptions have a bound, and the same one again is no second`() {
        for number in 0..<EventConversation.most {
            _ = hear(#"{"type":"subscribe","topic":"outcomes","key":"\#(number)"}"#)
        }
        #expect(hear(#"{"type":"subscribe","topic":"outcomes","key":"0"}"#).contains(#""type":"subscribed""#))
        #expect(hear(#"{"type":"subscribe","topic":"status"}"#).contains("tooManySubscriptions"))
    }

    @Test(arguments: [
        (#"{"type":"subscribe","topic":"posting"}"#, "unknownTopic", "did you mean 'postings'?"),
        (#"{"type":"subscribe"}"#, "invalid", "send an object such as"),
        (#"{"type":"subscribe","topic":7}"#, "invalid", "send an object such as"),
        (#"{"type":"subscibe","topic":"status"}"#, "invalid", "did you mean 'subscribe'?"),
        (#"{"topic":"status"}"#, "invalid", "send subscribe or unsubscribe"),
        ("[]", "invalid", "send an object such as"), ("", "invalid", "send an object such as"),
        ("{", "invalid", "send an object such as"),
    ])
    mutating func `what is wrong is answered with what to do`(text: String, code: String, remedy: String) {
        let answer = hear(text)
        #expect(answer.hasPrefix(#"{"type":"error""#) && answer.contains(#""code":"\#(code)""#))
        #expect(answer.contains(remedy), "\(answer)")
    }
}
