internal import JSON
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Streams events as Server-Sent Events: `/api/events`.
struct EventStream: Sendable {
    let hub: EventHub
    let numbering: EventNumbering
    /// Names of the running routes.
    let routes: @Sendable () -> [String]

    /// `query`: `topics`, comma-separated, default all; `key` with a single topic. `isStillIn` is checked before each
    /// write.
    func response(
        query: [String: String], lastEventID: String?, isStillIn: @escaping @Sendable () -> Bool
    ) throws(ConsoleProblem) -> Response {
        let known = ["topics", "key", "lastEventId"]
        if let name = query.keys.first(where: { !known.contains($0) }) {
            let hint = Spelling.nearest(to: name, in: known).map { "did you mean '\($0)'? " } ?? ""
            throw .invalid(
                "'\(name.prefix(80))' is unknown here", remedy: "\(hint)there are \(known.joined(separator: ", "))")
        }
        let filters = try Self.filters(query["topics"], key: query["key"], routes: routes)
        guard let signal = hub.follow() else {
            throw ConsoleProblem(
                status: 503, code: "tooManyFollowers", "\(EventHub.mostFollowers) streams of events are open already",
                remedy: "close a page, or poll /api/status", retryAfter: 10)
        }
        let start = numbering.start(lastEventID ?? query["lastEventId"])
        var following = EventFollowing()
        for filter in filters { following.begin(filter, start, hub) }
        let begun = following
        let stream = self
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
            var following = begun
            for await _ in signal {
                guard isStillIn() else { break }
                let text = stream.text(following.news(stream.hub))
                if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: body)
    }

    static func filters(
        _ topics: String?, key: String?, routes: () -> [String]
    ) throws(ConsoleProblem) -> [EventFilter] {
        guard let topics else {
            guard key == nil else {
                throw .invalid("'key' requires 'topics'", remedy: "name the topic that the key narrows")
            }
            return EventTopic.allCases.map { EventFilter($0) }
        }
        let names = topics.split(separator: ",")
        guard key == nil || names.count == 1 else {
            throw .invalid(
                "'key' requires a single topic", remedy: "name one topic, or subscribe to each with its key at /ws")
        }
        var filters: [EventFilter] = []
        for name in names {
            let filter = try EventFilter(String(name), key: key, routes: routes)
            if !filters.contains(filter) { filters.append(filter) }
        }
        return filters
    }

    /// One gap for all subscriptions: a stream has a single sequence of ids.
    private func text(_ news: [EventFollowing.News]) -> String {
        var text = ""
        var hasGap = false
        for one in news {
            switch one {
            case .gap:
                if !hasGap { text += "event: gap\ndata: {}\n\n" }
                hasGap = true
            case .event(let event, let filter):
                text += "id: \(numbering.id(event.number))\nevent: \(filter.name)\ndata: \(event.data)\n\n"
            }
        }
        return text
    }
}
