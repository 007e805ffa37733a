import Contracts
import Foundation
import Ingest
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    /// Sources besides a single queue. What must have an effect once and in order is a cycle of insert, update and delete
    /// on one key: a step that is left out, repeated or early ends otherwise, or changes what comes after it.
    @Suite("several queues, timers and files", .enabled(if: LiveServers.areThere))
    struct Sources {
        private static let settings = ["MAPPINGS_DIRECTORY": "mappings", "LIMITS_BATCH_ITEMS": "20"]

        private static func write(mapping: String, for route: LiveRoute) throws {
            let directory = route.directory.appendingPathComponent("mappings")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try Data(mapping.utf8).write(to: directory.appendingPathComponent("routes.yaml"))
        }

        /// Step `number` of the cycle of one key.
        private static func step(_ number: Int, key: String) -> String {
            let item =
                switch number % 3 {
                case 0: #"{"operation":"I","code":"\#(key)","name":"a"}"#
                case 1: #"{"operation":"U","code":"\#(key)","name":"b"}"#
                default: #"{"operation":"D","code":"\#(key)"}"#
                }
            return #"{"companyId":"napse","catalog":"catalogBrand","items":[\#(item)]}"#
        }

        /// How all items ended, by the ledger.
        private static func outcomes(_ route: LiveRoute) async throws -> OutcomeCounts {
            try await route.store.ledger().values.reduce(into: OutcomeCounts()) { $0 += $1.outcomes }
        }

        private static func words(_ counts: OutcomeCounts) -> String {
            Outcome.allCases.filter { counts[$0] > 0 }.map { "\(counts[$0]) \($0.word)" }.joined(separator: ", ")
        }

        private static func expectCycles(_ cycles: Int, on route: LiveRoute) async throws {
            let outcomes = try await outcomes(route)
            print("route: \(Self.words(outcomes))")
            #expect(outcomes[.inserted] == cycles && outcomes[.updated] == cycles && outcomes[.deleted] == cycles)
            #expect(outcomes.total == 3 * cycles)
            #expect(try await route.store.records().isEmpty)
        }

        @Test func `several queues on one route, with kills: each in its order, each message once`() async throws {
            try await LiveRoute.with { route in
                let queues = (1...3).map { route.queue + "-\($0)" }
                try Self.write(
                    mapping: """
                        routes:
                          several:
                            from:
                              amqp:
                                queues: [\(queues.joined(separator: ", "))]
                                declare: { arguments: { x-queue-type: quorum } }
                            message: catalog
                        """, for: route)
                var gateway = try await route.startReady(Self.settings)
                let count = 600
                for first in stride(from: 0, to: count, by: 30) {
                    for queue in queues {
                        try await route.publish(
                            postings: (first..<first + 30).map { number in
                                var properties = MessageProperties()
                                properties.messageId = ByteString("\(number)")
                                return Posting(
                                    routingKey: queue, body: Array(Self.step(number, key: queue).utf8),
                                    properties: properties)
                            })
                    }
                    guard first % 150 == 120 else { continue }
                    // Of what is published by then, the last of each queue may still be at work.
                    try await gateway.wait("it is at work", every: .milliseconds(2)) {
                        try await route.store.settledMessages() > 3 * first
                    }
                    try await gateway.kill()
                    gateway = try await route.startReady(Self.settings)
                }
                try await gateway.wait("all is settled", within: .seconds(60)) {
                    try await route.store.settledMessages() == 3 * count
                }
                #expect(try await gateway.terminate().code == 0)
                try await Self.expectCycles(count, on: route)
                #expect(try await route.store.deadLetters().isEmpty)
                for queue in queues {
                    #expect(try await route.consumerCount(of: queue) == 0)
                    try await route.delete(queue: queue)
                }
            }
        }

        @Test func `a queue that the broker has otherwise is told with what differs and what to do`()
            async throws
        {
            try await LiveRoute.with { route in
                try Self.write(
                    mapping: """
                        routes:
                          wrong:
                            from: { amqp: { queue: \(route.queue), declare: { arguments: { x-max-priority: 5 } } } }
                            message: catalog
                        """, for: route)
                let gateway = try route.start(Self.settings)
                try await gateway.wait("it tells what differs") {
                    let detail = await gateway.readiness()?.parts["rabbitMQ"]?.detail ?? ""
                    return detail.contains("inequivalent arg 'x-max-priority'") && detail.contains("policy: passive")
                }
                #expect(try await gateway.terminate().code == 0)
            }
        }

        @Test func `every case takes a message, with kills: each part once, each message acknowledged`() async throws {
            try await LiveRoute.with { route in
                try Self.write(
                    mapping: """
                        routes:
                          parts:
                            from: { amqp: { queue: \(route.queue) } }
                            match: all
                            cases:
                              - name: brand
                                definition: catalogBrand
                                message:
                                  companyId: napse
                                  items: $
                                  operation: .step
                                  fields: { code: .code, name: .step }
                              - name: zone
                                when: { path: $.zone, exists: true }
                                definition: catalogZone
                                message:
                                  companyId: napse
                                  items: $
                                  operation: .step
                                  fields: { code: .zone, name: .step }
                        """, for: route)
                let count = 900
                try await route.publish(
                    postings: (0..<count).map { number in
                        var properties = MessageProperties()
                        properties.messageId = ByteString("\(number)")
                        let (step, key) = (["I", "U", "D"][number % 3], number / 3 % 4)
                        let zone = key < 2 ? #","zone":"z\#(key)""# : ""
                        return Posting(
                            routingKey: route.queue,
                            body: Array(#"{"step":"\#(step)","code":"b\#(key)"\#(zone)}"#.utf8),
                            properties: properties)
                    })
                // Every message has a brand, every other three a zone.
                let rows = count + count / 2
                for kill in 1...4 {
                    let gateway = try route.start(Self.settings)
                    let before = try await route.store.ledgerRows()
                    try await gateway.wait("it is at work", every: .milliseconds(2)) {
                        try await route.store.ledgerRows() >= before + (rows - before) / (6 - kill)
                    }
                    try await gateway.kill()
                    print("route: kill \(kill): \(try await route.store.ledgerRows()) of \(rows) parts settled")
                }
                let gateway = try await route.startReady(Self.settings)
                try await gateway.wait("all is settled", within: .seconds(60)) {
                    try await route.store.settledMessages() == rows
                }
                #expect(try await gateway.terminate().code == 0)
                #expect(try await route.queueLength() == 0)
                try await Self.expectCycles(rows / 3, on: route)
                #expect(try await route.store.deadLetters().isEmpty)
            }
        }

        @Test func `a timer on two gateways, one of them killed again and again: one effect for each moment`()
            async throws
        {
            try await LiveRoute.with { route in
                try Self.write(
                    mapping: """
                        routes:
                          ticks:
                            from: { timer: { every: 1s } }
                            definition: catalogChannel
                            message:
                              companyId: napse
                              items: $
                              operation: I
                              fields: { code: .scheduledAt, name: .route }
                        """, for: route)
                let steady = try await route.startReady(Self.settings)
                for _ in 1...3 {
                    let other = try await route.startReady(Self.settings)
                    let before = try await route.store.ledgerRows()
                    try await other.wait("it ticks") { try await route.store.ledgerRows() > before + 1 }
                    try await other.kill()
                }
                #expect(try await steady.terminate().code == 0)
                let channels = try await route.store.records()["channel"] ?? [:]
                let outcomes = try await Self.outcomes(route)
                print("route: \(channels.count) ticks, \(Self.words(outcomes))")
                #expect(channels.count >= 6)
                #expect(outcomes[.inserted] == channels.count && outcomes.total == channels.count)
                #expect(try await route.store.deadLetters().isEmpty)
            }
        }

        @Test func `files under kill -9: each line once, a bad one is a dead letter, files are renamed`() async throws {
            try await LiveRoute.with { route in
                try Self.write(
                    mapping: """
                        routes:
                          replay:
                            from: { file: { path: "replay/*.ndjson", lineBytes: 2000, prefetch: 60 } }
                            message: catalog
                        """, for: route)
                let folder = route.directory.appendingPathComponent("replay")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let (files, lines) = (3, 1200)
                for file in 0..<files {
                    var text = ""
                    for number in 0..<lines {
                        text += Self.step(number, key: "\(file)-\(number / 3 % 2)") + "\n"
                        if number == 500 { text += "\nno JSON\n" }
                        if number == 700 { text += "{\"long\":\"" + String(repeating: "x", count: 5000) + "\"}\n" }
                    }
                    try Data(text.utf8).write(to: folder.appendingPathComponent("\(file).ndjson"))
                }
                let all = files * (lines + 2)
                var hits = 0
                for kill in 1...5 {
                    let gateway = try route.start(Self.settings)
                    let before = try await route.store.settledMessages()
                    let goal = before + (all - before) / (8 - kill)
                    try await gateway.wait("\(goal) lines are settled", every: .milliseconds(2)) {
                        try await route.store.settledMessages() >= goal
                    }
                    try await gateway.kill()
                    let settled = try await route.store.settledMessages()
                    print("route: kill \(kill): \(settled) of \(all) lines settled")
                    if settled < all { hits += 1 }
                }
                #expect(hits >= 3)
                let gateway = try await route.startReady(Self.settings)
                let done = (0..<files).map { "\($0).ndjson.done" }
                try await gateway.wait("all files are done", within: .seconds(60)) {
                    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == done
                }
                #expect(try await gateway.terminate().code == 0)
                #expect(try await route.store.settledMessages() == all)
                try await Self.expectCycles(files * lines / 3, on: route)
                let codes = try await route.store.deadLetters().flatMap(\.reasons).map(\.code)
                #expect(codes.count { $0 == "notJson" } == files && codes.count { $0 == "tooLarge" } == files)
                #expect(codes.count == 2 * files)
            }
        }
    }
}
