import Ingest
import Contracts
import Foundation
import IngestTesting
import JSON
import Testing

extension RouteLiveTests {
    /// Routes that post what changed, beside the records: as often as it changed, in order, whatever breaks in between.
    @Suite("postings of routes", .enabled(if: LiveServers.areThere))
    struct RoutePostings {
        /// A route whose changed items go to a queue of their own, with the item's fields.
        private static func mapping(to queue: String) -> String {
            """
            routes:
              brands:
                from: { amqp: { queue: { setting: rabbitMQ.endpointName } } }
                message: catalog
                to:
                  - mongodb
                  - amqp: { queue: "\(queue)", body: item, headers: { x-company: $.companyId } }
            """
        }

        private static func settings(_ route: LiveRoute, _ posted: PostedQueue) throws -> [String: String] {
            let directory = route.directory.appendingPathComponent("mappings")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try Data(mapping(to: posted.name).utf8).write(to: directory.appendingPathComponent("brands.yaml"))
            return ["MAPPINGS_DIRECTORY": directory.path]
        }

        /// `count` messages of two items each: the same ten brands again and again, each time with another name, and one
        /// item that changes nothing.
        private static func messages(_ workload: inout RouteWorkload, _ count: Int) -> [SentMessage] {
            (0..<count).map { number in
                let (first, second) = (brand(number % 10, "n\(number)"), brand(10 + number % 10, "same"))
                return workload.add([first, second], "napse", .catalogBrand)
            }
        }

        private static func brand(_ code: Int, _ name: String) -> WorkloadItem {
            let (code, name) = ("b\(code)", name)
            return WorkloadItem(
                "IU", company: "napse", key: [code], members: [("code", "\"\(code)\""), ("name", "\"\(name)\"")])
        }

        /// The names that a brand was posted with, in order, repeats under one message-id left out.
        private static func histories(_ received: [PostedQueue.Received]) -> [String: [String]] {
            var known: Set<String> = []
            var histories: [String: [String]] = [:]
            for message in received where known.insert(message.id).inserted {
                guard let document = try? JSONParser().parse(message.body) else { continue }
                document.withRoot { item in
                    histories[item["code"]?.string ?? "", default: []].append(item["name"]?.string ?? "")
                }
            }
            return histories
        }

        private static func expected(_ count: Int) -> [String: [String]] {
            var histories: [String: [String]] = [:]
            for number in 0..<count {
                histories["b\(number % 10)", default: []].append("n\(number)")
                if number < 10 { histories["b\(10 + number)"] = ["same"] }
            }
            return histories
        }

        @Test(
            "a crash at any step loses no posting, and repeats one only under its message-id",
            .enabled(if: GatewayProcess.hasCrashPoints),
            arguments: [FaultPoint.recordsWritten, .beforeCommit, .afterCommit, .postingsConfirmed, .postingsRemoved])
        func crash(at point: FaultPoint) async throws {
            try await LiveRoute.with { route in
                let posted = try PostedQueue(of: route, "posted")
                try await posted.declare()
                let settings = try Self.settings(route, posted)
                var workload = RouteWorkload(seed: 7)
                try await route.publish(Self.messages(&workload, 40))
                let crashing = settings.merging(
                    ["GATEWAY_CRASH_AT": "\(point.rawValue):3", "LIMITS_BATCH_ITEMS": "4", "LANES": "1"]
                ) { $1 }
                let gateway = try route.start(crashing)
                try await Patience.until("the gateway has ended") { !gateway.isRunning }
                #expect(gateway.output.contains("killed at \(point.rawValue)"))

                let last = try route.start(settings)
                try await last.waitUntilReady()
                try await route.waitUntilSettled(workload, by: last)
                try await last.wait("nothing waits in gateway.postings") {
                    try await route.store.count("gateway.postings") == 0
                }
                #expect(try await last.terminate().code == 0)
                #expect(Self.histories(try await posted.receive()) == Self.expected(40))
                try await expectExactEffect(of: workload, on: route)
                try await posted.delete()
            }
        }

        @Test func `gateways killed again and again under load lose no posting and keep the order of each record`()
            async throws
        {
            try await LiveRoute.with { route in
                let posted = try PostedQueue(of: route, "posted")
                try await posted.declare()
                let settings = try Self.settings(route, posted)
                var workload = RouteWorkload(seed: 8)
                let messages = Self.messages(&workload, 1000)
                try await route.publish(messages)
                for _ in 0..<8 {
                    let gateway = try route.start(settings)
                    try? await gateway.waitUntilReady(within: .seconds(20))
                    try await Task.sleep(for: .milliseconds(Int.random(in: 20...400)))
                    try await gateway.kill()
                }
                let last = try route.start(settings)
                try await route.finish(last, workload)
                // What the last one had no time to post, another one does.
                let after = try await route.startReady(settings)
                try await after.wait("nothing waits in gateway.postings") {
                    try await route.store.count("gateway.postings") == 0
                }
                #expect(try await after.terminate().code == 0)
                #expect(Self.histories(try await posted.receive()) == Self.expected(1000))
                try await posted.delete()
            }
        }

        @Test
        func `a queue that is missing raises the banner, and one that is created clears it and gets all in order`()
            async throws
        {
            try await LiveRoute.with { route in
                let posted = try PostedQueue(of: route, "posted")
                var workload = RouteWorkload(seed: 9)
                try await route.publish(Self.messages(&workload, 30))
                let gateway = try await route.startReady(try Self.settings(route, posted))
                try await gateway.wait("the banner tells of the queue", within: .seconds(5)) {
                    await HTTPAnswer.get("/readyz", port: gateway.port)?.text.contains("no queue '\(posted.name)'")
                        == true
                }
                let status = try await Program.run(
                    GatewayProcess.path, ["status"],
                    environment: GatewayProcess.environment(
                        route.settings.merging(["CONSOLE_PORT": String(gateway.port)]) { $1 }))
                #expect(status.status == 1)
                #expect(status.output.contains("!! postings of brands") && status.output.contains(posted.name))

                try await posted.declare()
                try await gateway.wait("the banner is gone", within: .seconds(15)) {
                    await HTTPAnswer.get("/readyz", port: gateway.port)?.text.contains("\"warnings\":[]") == true
                }
                #expect(try await route.store.count("gateway.postings") == 0)
                #expect(Self.histories(try await posted.receive()) == Self.expected(30))
                #expect(try await gateway.terminate().code == 0)
                try await posted.delete()
            }
        }

        @Test func `a queue that is declared is made, and one that is otherwise is told with the remedy`() async throws
        {
            try await LiveRoute.with { route in
                let made = try PostedQueue(of: route, "made")
                let other = try PostedQueue(of: route, "other")
                try await other.declare()
                let directory = route.directory.appendingPathComponent("mappings")
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                try Data(
                    """
                    routes:
                      brands:
                        from: { amqp: { queue: { setting: rabbitMQ.endpointName } } }
                        message: catalog
                        to:
                          - mongodb
                          - amqp: { queue: "\(made.name)", declare: { arguments: { x-queue-type: quorum, x-max-length: 1000 } } }
                          - amqp: { queue: "\(other.name)", declare: { arguments: { x-queue-type: quorum } } }
                    """.utf8
                ).write(to: directory.appendingPathComponent("brands.yaml"))
                var workload = RouteWorkload(seed: 11)
                try await route.publish(Self.messages(&workload, 5))
                let gateway = try await route.startReady(["MAPPINGS_DIRECTORY": directory.path])
                try await gateway.wait("the queue that was missing has the postings", within: .seconds(15)) {
                    (try? await made.length) == 10
                }
                try await gateway.wait("the other queue is reported", within: .seconds(10)) {
                    await gateway.readiness()?.warnings.contains {
                        $0.contains(other.name) && $0.contains("PRECONDITION_FAILED") && $0.contains("policy: passive")
                    } == true
                }
                // It takes postings all the same.
                try await gateway.wait("so has the other one") { try await other.length == 10 }
                #expect(try await gateway.terminate().code == 0)
                try await made.delete()
                try await other.delete()
            }
        }

        @Test func `each message has one result, to who asks and to the queue of results`() async throws {
            try await LiveRoute.with { route in
                let results = try PostedQueue(of: route, "results")
                let replies = try PostedQueue(of: route, "replies")
                try await results.declare()
                try await replies.declare()
                var workload = RouteWorkload(seed: 10)
                let messages = Self.messages(&workload, 200)
                // Every message twice: the second has no effect, and so no result.
                let postings = (messages + messages).map { message in
                    var posting = message.posting(to: route.queue)
                    posting.properties.replyTo = ByteString(replies.name)
                    return posting
                }
                try await route.publish(postings: postings)
                let settings = ["RABBITMQ_RESULT_ENDPOINT_NAME": results.name]
                for _ in 0..<3 {
                    let gateway = try route.start(settings)
                    try? await gateway.waitUntilReady(within: .seconds(20))
                    try await Task.sleep(for: .milliseconds(Int.random(in: 20...200)))
                    try await gateway.kill()
                }
                let last = try route.start(settings)
                try await last.waitUntilReady()
                try await route.waitUntilSettled(workload, by: last)
                try await last.wait("nothing waits in gateway.postings") {
                    try await route.store.count("gateway.postings") == 0
                }
                #expect(try await last.terminate().code == 0)
                for queue in [results, replies] {
                    let received = try await queue.receive()
                    #expect(Set(received.map(\.id)).count == 200, "\(queue.name)")
                    var told: Set<String> = []
                    for message in received {
                        let document = try JSONParser().parse(message.body)
                        document.withRoot { result in
                            _ = told.insert(result["messageId"]?.string ?? "")
                            #expect(result["outcome"]?.string == "applied")
                            #expect(result["items"]?.int64 == 2)
                        }
                    }
                    #expect(told.count == 200)
                    try await queue.delete()
                }
            }
        }
    }
}
