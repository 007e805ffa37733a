internal import Documents
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `/api/events`: the hub's events as Server-Sent Events.
struct EventStream: Sendable {
    let hub: EventHub
    let numbering: EventNumbering
    /// The names of the routes that run.
    let routes: @Sendable () -> [String]

    /// `query`: `topics`, with commas, without it all; `key` where it is one topic. `isStillIn` is asked before each write.
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
        guard let bell = hub.follow() else {
            throw ConsoleProblem(
                status: 503, code: "tooManyFollowers", "\(EventHub.mostFollowers) streams of events are open already",
                remedy: "close a page, or ask /api/status now and then", retryAfter: 10)
        }
        let start = numbering.start(lastEventID ?? query["lastEventId"])
        var following = EventFollowing()
        for filter in filters { following.begin(filter, start, hub) }
        let begun = following
        let stream = self
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
            var following = begun
            for await _ in bell {
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
                throw .invalid("'key' stands without 'topics'", remedy: "name the topic that the key narrows")
            }
            return EventTopic.allCases.map { EventFilter($0) }
        }
        let names = topics.split(separator: ",")
        guard key == nil || names.count == 1 else {
            throw .invalid(
                "'key' stands with several topics", remedy: "name one topic, or subscribe to each with its key at /ws")
        }
        var filters: [EventFilter] = []
        for name in names {
            let filter = try EventFilter(String(name), key: key, routes: routes)
            if !filters.contains(filter) { filters.append(filter) }
        }
        return filters
    }

    /// One gap for all: the ids of a stream are one row.
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
