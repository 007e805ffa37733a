import Ingest
import Contracts
import IngestTesting
import Testing

extension RouteLiveTests {
    /// The gateway ends itself, as by `kill -9`, at every step of a batch's way; the next one takes over.
    @Suite("ended at every step", .enabled(if: LiveServers.areThere && GatewayProcess.hasCrashPoints))
    struct CrashPoints {
        /// One place to end at, on the way of one message between two others.
        struct Case: Sendable, CustomTestStringConvertible {
            let point: FaultPoint
            let operation: String
            /// The message is on the queue twice, under one id.
            let isRepeated: Bool

            static let all = FaultPoint.ofRoutes.flatMap { point in
                ["I", "U", "D", "IU"].flatMap { operation in
                    [false, true].map { Case(point: point, operation: operation, isRepeated: $0) }
                }
            }

            var testDescription: String { "\(point), \(operation), \(isRepeated ? "repeated" : "fresh")" }

            /// The first message comes to each point once, and so does the one that this is about. Where it comes again it
            /// is known and writes nothing, but it is committed and acknowledged: then that is the time.
            var time: Int {
                switch point {
                case .recordsWritten, .deadLettersWritten, .ledgerWritten: 2
                default: isRepeated ? 3 : 2
                }
            }

            /// Messages that the ledger has when the gateway has ended there.
            var settled: Int {
                switch point {
                case .recordsWritten, .deadLettersWritten, .ledgerWritten: 1
                case .beforeCommit: isRepeated ? 2 : 1
                default: 2
                }
            }
        }

        /// One message at a time, each a batch of its own, so that it is known which one comes to a point when.
        private static let oneByOne = ["LANES": "1", "RABBITMQ_PREFETCH": "1"]

        @Test(arguments: Case.all)
        func `whatever is written by then, the next gateway makes the effect of one clean run of it`(ended: Case)
            async throws
        {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 140)
                let first = workload.add(Self.before, "napse", .catalogBrand)
                let message = workload.add(Self.items(ended.operation), "napse", .catalogBrand)
                let last = workload.add(Self.after, "napse", .catalogBrand)
                try await route.publish([first, message] + (ended.isRepeated ? [message] : []) + [last])

                let crash = "\(ended.point.rawValue):\(ended.time)"
                let gateway = try route.start(Self.oneByOne.merging(["GATEWAY_CRASH_AT": crash]) { _, new in new })
                try await Patience.until("the gateway has ended") { !gateway.isRunning }
                #expect(gateway.state == "ended by signal 9")
                #expect(gateway.output.contains("killed at \(ended.point.rawValue), time \(ended.time)"))
                #expect(try await route.store.settledMessages() == ended.settled)

                try await route.finish(try route.start(), workload)
                try await expectExactEffect(of: workload, on: route)
                try await expectEachEffectOnceInTheLog(of: workload, on: route)
            }
        }

        @Test func `a place that nobody knows is a wrong setting`() async throws {
            let result = try await Program.run(
                GatewayProcess.path, ["run"],
                environment: GatewayProcess.environment([
                    "GATEWAY_CRASH_AT": "beforeLunch:1", "RABBITMQ_URI": "amqp://localhost/",
                    "RABBITMQ_ENDPOINT_NAME": "q", "MONGODB_URI": "mongodb://localhost/", "MONGODB_DATABASE": "d",
                ]))
            #expect(result.status == 78)
            #expect(result.errors.contains("beforeLunch:1") && result.errors.contains("afterAck"))
        }

        // MARK: Messages, each with records and a dead letter to write

        private static let before = [
            item("I", "present", "n", "0"), item("I", "other", "n", "0"), WorkloadItem(faulty: "[1]", .schema),
        ]

        private static let after = [
            item("IU", "present", "n", "9"), item("I", "new", "n", "9"), item("U", "other", "last", "true"),
        ]

        /// Done twice, each would end otherwise than done once; and `after` tells whether it was done late.
        private static func items(_ operation: String) -> [WorkloadItem] {
            switch operation {
            case "I": [item("I", "new", "n", "1"), item("I", "present", "n", "1"), item("I", "more", "n", "1")]
            case "U": [item("U", "present", "n", "1"), item("U", "none", "n", "1"), item("U", "present", "n", "2")]
            case "D":
                [
                    item("D", "present", "n", "1"), WorkloadItem(faulty: #"{"operation":"D"}"#, .schema),
                    item("D", "none", "n", "1"),
                ]
            default: [item("IU", "present", "n", "1"), item("IU", "new", "n", "1"), WorkloadItem(faulty: "1", .schema)]
            }
        }

        private static func item(_ operation: String, _ code: String, _ field: String, _ value: String) -> WorkloadItem
        {
            WorkloadItem(
                operation, company: "napse", key: [code],
                members: [("code", "\"\(code)\""), ("name", #""n""#), (field, value)])
        }
    }
}
