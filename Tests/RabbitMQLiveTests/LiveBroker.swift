import Contracts
import Foundation
import IngestTesting
import Logging
import RabbitMQ
import Testing

/// All tests against a live broker, one after the other: some of them stop it, freeze it or fill its memory.
@Suite("RabbitMQ", .serialized, .enabled(if: LiveBroker.isThere), .timeLimit(.minutes(2)))
enum RabbitMQLiveTests {}

/// The broker that the environment names.
enum LiveBroker {
    static let uri = ProcessInfo.processInfo.environment["RABBITMQ_URI"]
    static let controlPath = ProcessInfo.processInfo.environment["PROMO_RABBITMQCTL"]
    static let servicesName = ProcessInfo.processInfo.environment["PROMO_SERVICES_NAME"]

    static let isThere: Bool = {
        guard uri == nil else { return true }
        print("SKIPPED: the RabbitMQ tests need a broker: eval \"$(scripts/services env)\" gives RABBITMQ_URI")
        return false
    }()

    /// Whether the broker is one of ours, which may be stopped and frozen.
    static let isOurs: Bool = {
        guard isThere, controlPath == nil else { return isThere }
        print("SKIPPED: tests that stop the broker need one of scripts/services (PROMO_RABBITMQCTL is not set)")
        return false
    }()

    static func address(username: String? = nil, password: String? = nil, virtualHost: String? = nil) throws
        -> BrokerAddress
    {
        let address = try BrokerAddress(uri: uri ?? "amqp://localhost")
        return try BrokerAddress(
            host: address.host, port: Int(address.port), virtualHost: virtualHost ?? address.virtualHost,
            username: username ?? address.username, password: password ?? address.password, tls: address.tls)
    }

    static let logger: Logger = {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        if ProcessInfo.processInfo.environment["TEST_LOG"] != nil {
            logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        }
        return logger
    }()

    /// Runs rabbitmqctl; an error when it fails.
    @discardableResult
    static func control(_ arguments: String...) async throws -> String { try await control().run(arguments) }

    static func withMemoryAlarm<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await control().withMemoryAlarm(body)
    }

    private static func control() throws -> BrokerControl { BrokerControl(program: try #require(controlPath)) }

    /// The broker's own process.
    static func processID() async throws -> Int32 {
        try #require(Int32(try await control("eval", "os:getpid().").filter(\.isNumber)))
    }

    /// A queue of the test's own, gone afterwards.
    static func withQueue(
        arguments: [MessageProperties.Header] = [], _ body: (String) async throws -> Void
    ) async throws {
        let name = "test.\(UUID().uuidString)"
        let topology = Topology(address: try address())
        try await topology.declareQueue(name, arguments: arguments)
        do {
            try await body(name)
            try await topology.deleteQueue(name)
        } catch {
            _ = try? await topology.deleteQueue(name)
            throw error
        }
    }

    static func withPublisher(
        _ options: PublisherOptions = .init(), _ body: (PublisherConnection) async throws -> Void
    ) async throws {
        let publisher = PublisherConnection(address: try address(), logger: logger, options: options)
        do {
            try await body(publisher)
            await publisher.close()
        } catch {
            await publisher.close()
            throw error
        }
    }

    static func publish(_ postings: [Posting]) async throws {
        try await withPublisher { publisher in
            let results = await publisher.publish(postings)
            try #require(results.allSatisfy { $0 == .confirmed }, "\(results.first { $0 != .confirmed } as Any)")
        }
    }

    static func publish(count: Int, to queue: String, from first: Int = 0) async throws {
        try await publish((first..<first + count).map { .numbered($0, to: queue) })
    }
}

extension Posting {
    static func numbered(_ number: Int, to queue: String) -> Posting {
        Posting(routingKey: queue, body: Array("\(number)".utf8), properties: MessageProperties())
    }
}

extension Delivery {
    var number: Int? { Int(String(decoding: body, as: UTF8.self)) }
}

/// A consumer and what it has said so far.
struct Consumer {
    let source: ConsumerConnection
    private var iterator: AsyncStream<SourceEvent>.Iterator
    private var waiting: [Delivery] = []

    init(_ queue: String, prefetch: UInt16 = 100, address: BrokerAddress? = nil, options: ConsumerOptions = .init())
        throws
    {
        source = ConsumerConnection(
            address: try address ?? LiveBroker.address(), queue: queue, prefetch: prefetch, logger: LiveBroker.logger,
            options: options)
        iterator = source.events.makeAsyncIterator()
    }

    mutating func nextEvent() async -> SourceEvent? { await iterator.next() }

    mutating func waitUntilUp() async throws {
        while let event = await nextEvent() {
            switch event {
            case .up: return
            case .deliveries(let deliveries): waiting += deliveries
            case .down: continue
            }
        }
        throw Ended()
    }

    mutating func waitUntilDown() async throws -> String {
        while let event = await nextEvent() {
            switch event {
            case .down(let reason): return reason
            case .deliveries(let deliveries): waiting += deliveries
            case .up: continue
            }
        }
        throw Ended()
    }

    /// Exactly `count` deliveries, whatever else happens in between.
    mutating func deliveries(_ count: Int) async throws -> [Delivery] {
        while waiting.count < count {
            guard let event = await nextEvent() else { throw Ended() }
            if case .deliveries(let deliveries) = event { waiting += deliveries }
        }
        defer { waiting.removeFirst(count) }
        return Array(waiting.prefix(count))
    }

    mutating func forgetDeliveries() { waiting = [] }

    struct Ended: Error {}
}
