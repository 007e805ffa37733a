internal import Contracts
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import NIOCore

/// Pushes as Server-Sent Events: the query is the client's only message.
enum PushStream {
    /// How often an idle stream says how far it was read, which also keeps proxies from closing it.
    private static let heartbeat = Duration.seconds(15)

    /// The query's parameters as a JSON object of texts; of a repeated one the first.
    static func message(_ parameters: [(name: String, value: String)]) -> [UInt8] {
        var out = [UInt8(ascii: "{")]
        var seen: Set<String> = []
        for (name, value) in parameters where seen.insert(name).inserted {
            if out.count > 1 { out.append(UInt8(ascii: ",")) }
            JSONText.append(string: name, to: &out)
            out.append(UInt8(ascii: ":"))
            JSONText.append(string: value, to: &out)
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    static func response(
        _ connection: PushConnection, message: [UInt8], lastEventID: String?, headers: HTTPFields
    ) throws(PushFollowing.Refusal) -> Response {
        var following = PushFollowing(connection)
        let reply = try following.subscribe(message, comesBack: true, after: lastEventID)
        let begun = following
        let body = ResponseBody { writer in
            var following = begun
            var written = ContinuousClock.now
            let beats = Task {
                while (try? await Task.sleep(for: heartbeat)) != nil { connection.ring() }
            }
            defer { beats.cancel() }
            try await writer.write(ByteBuffer(bytes: Array("retry: 1000\n".utf8) + event(reply)))
            for await _ in connection.signal {
                if connection.isExpired { break }
                var bytes = Array(following.news().map { event($0) }.joined())
                // Without data: the client keeps the place, and shows nothing.
                if bytes.isEmpty, .now - written >= heartbeat / 2, let place = following.place {
                    bytes = Array("id: \(place.text)\n\n".utf8)
                }
                if !bytes.isEmpty {
                    try await writer.write(ByteBuffer(bytes: bytes))
                    written = .now
                }
                if connection.isEnding { break }
            }
            try await writer.finish(nil)
        }
        var headers = headers
        headers[.contentType] = "text/event-stream; charset=utf-8"
        headers[.cacheControl] = "no-store"
        return Response(status: .ok, headers: headers, body: body)
    }

    static func event(_ message: PushFollowing.Message) -> [UInt8] {
        var out: [UInt8] = []
        if let place = message.place { out += "id: \(place.text)\n".utf8 }
        if message.text == PushText.gap { out += "event: gap\n".utf8 }
        // JSON text as the gateway writes it has no line breaks; what was taken over from a sender may have some between its
        // values. Only CR and LF end a line of a stream: by characters U+2028 would too, and a CRLF would not.
        for line in message.text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            out += "data: ".utf8
            out += line
            out.append(0x0A)
        }
        out.append(0x0A)
        return out
    }
}
