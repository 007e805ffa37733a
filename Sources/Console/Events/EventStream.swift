internal import Documents
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `/api/events`: the hub's events as Server-Sent Events. An id is the run of the gateway and a number, so that a browser
/// that comes back after a restart is told to begin anew.
struct EventStream: Sendable {
    let hub: EventHub
    /// Tells runs of the gateway apart.
    let run: String
    let history: @Sendable () -> String

    /// `query`: `topics`, with commas; without it all. `isStillIn` is asked before each write.
    func response(
        query: [String: String], lastEventID: String?, isStillIn: @escaping @Sendable () -> Bool
    ) throws(ConsoleProblem) -> Response {
        let topics = try Self.topics(query["topics"])
        guard let bell = hub.follow() else {
            throw ConsoleProblem(
                status: 503, code: "tooManyFollowers", "\(EventHub.mostFollowers) streams of events are open already",
                remedy: "close a page, or ask /api/status now and then", retryAfter: 10)
        }
        let start = start(lastEventID ?? query["lastEventId"])
        let stream = self
        let body = ResponseBody { writer in
            try await stream.write(to: &writer, bell, from: start, topics, isStillIn)
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: body)
    }

    static func topics(_ text: String?) throws(ConsoleProblem) -> Set<EventRing.Topic> {
        guard let text else { return Set(EventRing.Topic.allCases) }
        var topics: Set<EventRing.Topic> = []
        for word in text.split(separator: ",") {
            guard let topic = EventRing.Topic(rawValue: String(word)) else {
                let all = EventRing.Topic.allCases.map(\.rawValue)
                let hint = Spelling.nearest(to: String(word), in: all).map { "did you mean '\($0)'? " } ?? ""
                throw .invalid(
                    "there is no topic '\(word)'", remedy: "\(hint)there are \(all.joined(separator: ", "))")
            }
            topics.insert(topic)
        }
        return topics
    }

    /// The number to go on after; nil: what is new from now on, with the newest status.
    private func start(_ id: String?) -> Int? {
        guard let id, let dash = id.lastIndex(of: "-"), id[..<dash] == run else { return nil }
        return Int(id[id.index(after: dash)...])
    }

    private func write(
        to writer: inout any ResponseBodyWriter, _ bell: AsyncStream<Void>, from start: Int?,
        _ topics: Set<EventRing.Topic>, _ isStillIn: @Sendable () -> Bool
    ) async throws {
        try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
        // Who begins is told how things are now, and what is new from here on.
        var seen = start
        for await _ in bell {
            guard isStillIn() else { return }
            let (events, last, hasGap) = hub.events(
                after: seen ?? 0, of: seen == nil ? topics.intersection([.status]) : topics)
            var text = hasGap && seen != nil ? "event: gap\ndata: {}\n\n" : ""
            for event in events {
                text += "id: \(run)-\(event.number)\nevent: \(event.topic.rawValue)\ndata: \(event.data)\n\n"
            }
            seen = last
            if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
        }
    }
}
