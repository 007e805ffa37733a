import Glibc
import ThreadExecutors
import RabbitMQ
import Synchronization

/// A broker that does what a test tells it to, for what no real one would do: break frames, lie, fall silent.
final class FakeBroker: Sendable {
    let port: UInt16
    private let listener: Int32

    /// `serve` runs on a thread of its own for each connection, with its number from 0; when it returns or throws, the
    /// connection closes.
    init(_ serve: @escaping @Sendable (FakeConnection, Int) throws -> Void) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                precondition(bind(listener, generic, length) == 0 && listen(listener, 16) == 0)
                precondition(getsockname(listener, generic, &length) == 0)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        self.port = port
        self.listener = listener
        ExecutorThread.start(named: "fake-broker") {
            var number = 0
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                let mine = number
                number += 1
                ExecutorThread.start(named: "fake-conn") {
                    let connection = FakeConnection(descriptor)
                    try? serve(connection, mine)
                    connection.close()
                }
            }
        }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    var address: BrokerAddress {
        get throws { try BrokerAddress(host: "127.0.0.1", port: Int(port)) }
    }
}

/// Bytes as AMQP writes them.
struct Wire {
    var bytes: [UInt8] = []

    mutating func int<T: FixedWidthInteger>(_ value: T) { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }
    mutating func short(_ text: String) {
        int(UInt8(text.utf8.count))
        bytes += text.utf8
    }
    mutating func long(_ text: String) {
        int(UInt32(text.utf8.count))
        bytes += text.utf8
    }

    static func frame(_ type: UInt8, _ channel: UInt16, _ payload: [UInt8]) -> [UInt8] {
        var wire = Wire()
        wire.int(type)
        wire.int(channel)
        wire.int(UInt32(payload.count))
        wire.bytes += payload
        wire.int(UInt8(206))
        return wire.bytes
    }

    static func method(
        _ channel: UInt16, _ classID: UInt16, _ methodID: UInt16, _ fill: (inout Wire) -> Void = { _ in }
    ) -> [UInt8] {
        var wire = Wire()
        wire.int(classID)
        wire.int(methodID)
        fill(&wire)
        return frame(1, channel, wire.bytes)
    }

    static func deliver(_ tag: UInt64) -> [UInt8] {
        method(1, 60, 60) { wire in
            wire.short("consumer")
            wire.int(tag)
            wire.int(UInt8(0))
            wire.short("")
            wire.short("queue")
        }
    }

    /// `properties`: flags and values, as they are.
    static func header(bodySize: UInt64, properties: [UInt8] = [0, 0]) -> [UInt8] {
        var wire = Wire()
        wire.int(UInt16(60))
        wire.int(UInt16(0))
        wire.int(bodySize)
        return frame(2, 1, wire.bytes + properties)
    }

    /// Properties that are nothing but a headers table with this content.
    static func headers(_ table: [UInt8]) -> [UInt8] {
        var wire = Wire()
        wire.int(UInt16(1 << 13))
        wire.int(UInt32(table.count))
        return wire.bytes + table
    }

    static func body(_ bytes: [UInt8]) -> [UInt8] { frame(3, 1, bytes) }

    static func message(_ tag: UInt64, _ text: String, properties: [UInt8] = [0, 0]) -> [UInt8] {
        deliver(tag) + header(bodySize: UInt64(text.utf8.count), properties: properties)
            + (text.isEmpty ? [] : body(Array(text.utf8)))
    }

    static func confirm(_ tag: UInt64, multiple: Bool = false, nack: Bool = false) -> [UInt8] {
        method(1, 60, nack ? 120 : 80) { wire in
            wire.int(tag)
            wire.int(UInt8(multiple ? 1 : 0))
        }
    }
}

/// One connection of a ``FakeBroker``, served on one thread.
final class FakeConnection {
    struct Closed: Error {}

    struct Frame {
        var type: UInt8
        var channel: UInt16
        var payload: [UInt8]

        var method: (UInt16, UInt16)? {
            guard type == 1, payload.count >= 4 else { return nil }
            return (UInt16(payload[0]) << 8 | UInt16(payload[1]), UInt16(payload[2]) << 8 | UInt16(payload[3]))
        }
    }

    struct Published {
        var properties: [UInt8]
        var body: [UInt8]
    }

    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func close() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        Glibc.close(descriptor)
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { throw Closed() }
            rest = rest.dropFirst(sent)
        }
    }

    func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, 0)
            }
            guard got > 0 else { throw Closed() }
            filled += got
        }
        return bytes
    }

    func readFrame() throws -> Frame {
        let head = try read(7)
        let size = head[3...6].reduce(0) { $0 << 8 | Int($1) }
        let payload = try read(size + 1).dropLast()
        return Frame(type: head[0], channel: UInt16(head[1]) << 8 | UInt16(head[2]), payload: Array(payload))
    }

    /// The next frame that is not a heartbeat.
    func next() throws -> Frame {
        while true {
            let frame = try readFrame()
            if frame.type != 8 { return frame }
        }
    }

    func login(heartbeat: UInt16 = 0) throws {
        _ = try read(8)
        try send(
            Wire.method(0, 10, 10) { wire in
                wire.bytes += [0, 9, 0, 0, 0, 0]
                wire.long("PLAIN")
                wire.long("en_US")
            })
        _ = try next()
        try send(
            Wire.method(0, 10, 30) { wire in
                wire.int(UInt16(2047))
                wire.int(UInt32(131_072))
                wire.int(heartbeat)
            })
        _ = try next()
        _ = try next()
        try send(Wire.method(0, 10, 41) { $0.short("") })
    }

    /// Answers requests as a broker does until one of `last` was answered.
    func answer(until last: (UInt16, UInt16)) throws {
        while true {
            let frame = try next()
            guard let method = frame.method else { continue }
            try answer(method, on: frame.channel)
            if method == last { return }
        }
    }

    func answer(_ method: (UInt16, UInt16), on channel: UInt16) throws {
        switch method {
        case (20, 10): try send(Wire.method(channel, 20, 11) { $0.long("") })
        case (20, 40): try send(Wire.method(channel, 20, 41))
        case (50, 10):
            try send(
                Wire.method(channel, 50, 11) { wire in
                    wire.short("queue")
                    wire.int(UInt32(0))
                    wire.int(UInt32(0))
                })
        case (60, 10): try send(Wire.method(channel, 60, 11))
        case (60, 20): try send(Wire.method(channel, 60, 21) { $0.short("consumer") })
        case (60, 30): try send(Wire.method(channel, 60, 31) { $0.short("consumer") })
        case (85, 10): try send(Wire.method(channel, 85, 11))
        case (10, 50): try send(Wire.method(channel, 10, 51))
        default: break
        }
    }

    /// Up to the point where deliveries may come.
    func beginConsuming(heartbeat: UInt16 = 0) throws {
        try login(heartbeat: heartbeat)
        try answer(until: (60, 20))
    }

    /// Up to the point where the client may publish.
    func beginConfirming(heartbeat: UInt16 = 0) throws {
        try login(heartbeat: heartbeat)
        try answer(until: (85, 10))
    }

    /// The next message published.
    func readPublished() throws -> Published {
        var frame = try next()
        while frame.method ?? (0, 0) != (60, 40) {
            if let method = frame.method { try answer(method, on: frame.channel) }
            frame = try next()
        }
        let header = try next().payload
        let size = header[4..<12].reduce(0) { $0 << 8 | Int($1) }
        var body: [UInt8] = []
        while body.count < size { body += try next().payload }
        return Published(properties: Array(header[12...]), body: body)
    }

    /// Does nothing for a while, as a thing that a test is about.
    func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

    /// Reads and answers until the client goes.
    func serveToTheEnd() throws {
        while true {
            let frame = try next()
            if let method = frame.method { try answer(method, on: frame.channel) }
        }
    }
}
