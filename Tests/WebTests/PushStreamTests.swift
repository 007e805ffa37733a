import Contracts
import Testing

@testable import Web

/// Events as a client of the HTML standard reads them.
@Suite struct PushStreamTests {
    private struct Event: Equatable {
        var id: String?
        var name: String?
        var data: [UInt8] = []
    }

    /// Reads a stream as the standard says: lines end at CR, LF or CRLF, and an event at an empty line.
    private static func read(_ stream: [UInt8]) -> [Event] {
        var lines: [[UInt8]] = [[]]
        var last: UInt8 = 0
        for byte in stream {
            if byte == 0x0A, last == 0x0D {
                // The end of a line that was counted.
            } else if byte == 0x0A || byte == 0x0D {
                lines.append([])
            } else {
                lines[lines.count - 1].append(byte)
            }
            last = byte
        }
        #expect(lines.last == [], "the stream ends with a whole line")
        var events: [Event] = []
        var event = Event()
        var data: [[UInt8]] = []
        for line in lines.dropLast() {
            guard !line.isEmpty else {
                if !data.isEmpty { event.data = Array(data.joined(separator: [0x0A])) }
                events.append(event)
                (event, data) = (Event(), [])
                continue
            }
            let (name, rest) = (
                line.prefix { $0 != UInt8(ascii: ":") }, line.drop { $0 != UInt8(ascii: ":") }.dropFirst()
            )
            let value = rest.first == 0x20 ? rest.dropFirst() : rest
            switch String(decoding: name, as: UTF8.self) {
            case "data": data.append(Array(value))
            case "id": event.id = String(decoding: value, as: UTF8.self)
            case "event": event.name = String(decoding: value, as: UTF8.self)
            default: Issue.record("an unknown field")
            }
        }
        return events
    }

    private static let place = PushPlace(seconds: 7, increment: 1, number: 2)

    @Test(
        "a text arrives unchanged",
        arguments: [
            #"{"a":1}"#, "{}", "{\"a\":\"\u{2028}\"}", "{\"a\":\"x\u{2029}y\u{85}z\"}", "{\"a\":\"\u{0B}\u{0C}\"}",
            "{\"a\":\"e\u{301} \u{1F468}\u{200D}\u{1F469} \u{FEFF}\"}", #"{"a":"\r\n: data: id: 1"}"#,
            "{\"a\":\"" + String(repeating: "\u{2028}\u{85}", count: 1000) + "\"}",
        ])
    func unchanged(text: String) {
        let events = Self.read(PushStream.event(.init(text: Array(text.utf8), place: Self.place)))
        #expect(events == [Event(id: "7-1-2", name: nil, data: Array(text.utf8))])
        let without = Self.read(PushStream.event(.init(text: Array(text.utf8), place: nil)))
        #expect(without == [Event(id: nil, name: nil, data: Array(text.utf8))])
    }

    @Test(
        "line breaks between a text's values stay within one event",
        arguments: ["\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "\n\r", "\r\r\n"])
    func lineBreaks(between: String) {
        let parts = ["{", #""a":[1,"#, "2]}"]
        let text = parts.joined(separator: between)
        let events = Self.read(PushStream.event(.init(text: Array(text.utf8), place: Self.place)))
        #expect(events == [Event(id: "7-1-2", name: nil, data: Array(parts.joined(separator: "\n").utf8))])
    }

    @Test func `a gap is an event of its own name`() {
        let events = Self.read(PushStream.event(.init(text: PushText.gap, place: Self.place)))
        #expect(events == [Event(id: "7-1-2", name: "gap", data: PushText.gap)])
    }
}
