import NIOCore
import NIOWebSocket
import Testing
@testable import WebSockets

@Suite struct WebSocketTests {
    private static let key: WebSocketMaskingKey = [1, 2, 3, 4]

    private func frame(
        _ opcode: WebSocketOpcode, _ bytes: [UInt8] = [], fin: Bool = true, isMasked: Bool = true
    ) -> WebSocketFrame {
        var data = ByteBuffer(bytes: bytes)
        if isMasked { data.webSocketMask(Self.key) }
        return WebSocketFrame(fin: fin, opcode: opcode, maskKey: isMasked ? Self.key : nil, data: data)
    }

    private func results(_ frames: WebSocketFrame...) -> [MessageAssembler.Result] {
        var assembler = MessageAssembler(most: 8)
        return frames.map { assembler.take($0) }
    }

    private func code(_ result: MessageAssembler.Result?) -> UInt16? {
        if case .broken(let code, _) = result { code.number } else { nil }
    }

    @Test func `pieces become a message, with a ping between them`() {
        let got = results(
            frame(.text, [0xC2], fin: false), frame(.ping, [7]), frame(.continuation, [0xB5], fin: false),
            frame(.continuation), frame(.binary, [0xFF]))
        #expect(
            got == [
                .more, .ping(ByteBuffer(bytes: [7])), .more, .message(.text(ByteBuffer(string: "µ"))),
                .message(.binary(ByteBuffer(bytes: [0xFF]))),
            ])
    }

    @Test func `a message has a bound, however it comes`() {
        let whole = [UInt8](repeating: 1, count: 8)
        #expect(results(frame(.binary, whole)) == [.message(.binary(ByteBuffer(bytes: whole)))])
        #expect(code(results(frame(.binary, whole + [1])).last) == 1009)
        #expect(code(results(frame(.binary, whole, fin: false), frame(.continuation, [1])).last) == 1009)
    }

    @Test func `broken rules end it`() {
        #expect(code(results(frame(.text, [65], isMasked: false)).last) == 1002)
        #expect(code(results(frame(.continuation)).last) == 1002)
        #expect(code(results(frame(.text, fin: false), frame(.text)).last) == 1002)
        #expect(code(results(frame(WebSocketOpcode(encodedWebSocketOpcode: 3) ?? .text)).last) == 1002)
        var reserved = frame(.text)
        reserved.rsv2 = true
        #expect(code(results(reserved).last) == 1002)
        #expect(code(results(frame(.text, [0xC2])).last) == 1007)
        #expect(code(results(frame(.text, [0xED, 0xA0], fin: false)).last) == 1007, "before the message has ended")
    }

    @Test(
        arguments: [
            ([], nil, nil), ([3], 1002, nil), ([0x03, 0xE8], nil, 1000), ([0x03, 0xEC], 1002, nil),
            ([0x03, 0xED], 1002, nil),
            ([0x0B, 0xB8], nil, 3000), ([0x13, 0x88], 1002, nil), ([0x03, 0xE8, 0xFF], 1007, nil),
        ] as [([UInt8], UInt16?, UInt16?)])
    func `a close is answered with its code, or is none`(payload: [UInt8], broken: UInt16?, answer: UInt16?) {
        let result = results(frame(.connectionClose, payload)).last
        #expect(code(result) == broken)
        if case .closed(_, let own) = result { #expect(own?.number == answer) } else { #expect(broken != nil) }
    }

    @Test func `text in pieces is the text that Swift reads whole`() {
        // Every sequence of up to three of these bytes: the ends of all ranges.
        let bytes: [UInt8] = [
            0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
            0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ]
        var sequences: [[UInt8]] = [[]]
        for _ in 0..<3 { sequences += sequences.flatMap { one in bytes.map { one + [$0] } } }
        for tail: [UInt8] in [[], [0x80], [0xBF, 0x41]] {
            for sequence in sequences {
                let text = sequence + tail
                var reader = UTF8Reader()
                let isText = text.allSatisfy { reader.take([$0]) } && reader.isComplete
                #expect(isText == (String(validating: text, as: UTF8.self) != nil), "\(text)")
            }
        }
    }

    @Test func `who answers pings stays, who does not is told and then cut off`() {
        let start = NIODeadline.uptimeNanoseconds(0)
        let terms = WebSocketConfiguration()
        var life = WebSocketLife(terms, now: start)
        #expect(life.tick(now: start + .seconds(19)) == .nothing)
        #expect(life.tick(now: start + .seconds(20)) == .ping(1))
        life.pong(1)
        #expect(life.tick(now: start + .seconds(40)) == .ping(2))
        life.pong(1)
        life.pong(nil)
        #expect(life.tick(now: start + .seconds(59)) == .nothing)
        guard case .close(.unexpectedCondition, _) = life.tick(now: start + .seconds(60)) else {
            Issue.record("it goes on without a pong")
            return
        }
        life.closes(now: start + .seconds(60))
        #expect(life.tick(now: start + .seconds(61)) == .nothing)
        #expect(life.tick(now: start + .seconds(62)) == .cut)
    }

    @Test func `who takes nothing in is cut off, who does so slowly is not`() {
        let start = NIODeadline.uptimeNanoseconds(0)
        var life = WebSocketLife(WebSocketConfiguration(), now: start)
        life.writes(isWritable: false, now: start)
        life.writes(isWritable: false, now: start + .seconds(9))
        #expect(life.tick(now: start + .seconds(9)) == .nothing)
        life.writes(isWritable: true, now: start + .seconds(9))
        life.writes(isWritable: false, now: start + .seconds(9))
        #expect(life.tick(now: start + .seconds(18)) == .nothing)
        #expect(life.tick(now: start + .seconds(19)) == .cut)
    }
}
