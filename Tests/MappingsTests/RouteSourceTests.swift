@testable import Mappings
import Testing

/// What `from:` takes, and what it says of what it does not take.
@Suite struct RouteSourceTests {
    private func compile(_ from: String, more: String = "") -> (source: RouteSource?, mistakes: [String]) {
        let indented = from.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
        let text = "routes:\n  r:\n    from:\n\(indented)\n    message: catalog\n\(more)"
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", text)], settings: ["rabbitMQ.endpointName"])
        return (table?.routes.first?.from, mistakes.map { "\($0.position) \($0.rule): \($0.message)" })
    }

    @Test func `several queues, and what they must be like`() {
        let (source, mistakes) = compile(
            """
            amqp:
              queues: [a, { setting: rabbitMQ.endpointName }]
              prefetch: 300
              declare:
                durable: true
                arguments: { x-queue-type: quorum, x-message-ttl: 60000, x-single-active-consumer: true, own: ["1", 1.5] }
            """)
        #expect(mistakes.count == 1 && mistakes[0].contains(" queue-loses-messages: "), "\(mistakes)")
        let declaration = QueueDeclaration(
            policy: .declare, isDurable: true,
            arguments: [
                ("x-queue-type", .text("quorum")), ("x-message-ttl", .integer(60000)),
                ("x-single-active-consumer", .bool(true)), ("own", .list([.text("1"), .double(1.5)])),
            ])
        #expect(
            source
                == .amqp(
                    QueueSource(
                        queues: [.literal("a"), .setting("rabbitMQ.endpointName")], prefetch: 300,
                        declaration: declaration)))
    }

    /// Arguments without which a queue would lose nothing; each with the argument that is reported.
    @Test(
        "what makes the broker drop messages silently is reported, and the route still runs",
        arguments: [
            ("arguments: { x-queue-type: quorum, x-delivery-limit: 20 }", ["x-delivery-limit"]),
            ("arguments: { x-queue-type: quorum, x-delivery-limit: 20, x-dead-letter-exchange: dlx }", []),
            (
                "arguments: { x-message-ttl: 1, x-max-length: 1, x-max-length-bytes: 1 }",
                ["x-message-ttl", "x-max-length", "x-max-length-bytes"]
            ),
            ("arguments: { x-max-length: 1, x-overflow: drop-head }", ["x-max-length"]),
            ("arguments: { x-max-length: 1, x-overflow: reject-publish }", []),
            ("arguments: { x-max-length: 1, x-dead-letter-exchange: dlx }", []),
            ("arguments: { x-expires: 60000, x-dead-letter-exchange: dlx }", ["x-expires"]),
            ("durable: false", ["durable"]),
            ("policy: passive", []),
            ("arguments: { x-single-active-consumer: true }", []),
        ] as [(String, [String])])
    func losses(declared: String, arguments: [String]) throws {
        let from = "amqp:\n  queue: a\n  declare: { \(declared) }"
        let (source, mistakes) = compile(from)
        #expect(source != nil)
        #expect(mistakes.count == arguments.count, "\(mistakes)")
        for (mistake, argument) in zip(mistakes, arguments) {
            let line = from.split(separator: "\n")[2]
            let column =
                line.ranges(of: argument).first.map { line.distance(from: line.startIndex, to: $0.lowerBound) } ?? -1
            #expect(mistake.hasPrefix("6:\(column + 7) queue-loses-messages: "), "\(mistake)")
        }
        guard case .amqp(let queues) = source, let declaration = queues.declaration else { return }
        #expect(QueueLosses.of(declaration).map { $0.argument ?? "durable" } == arguments)
    }

    @Test func `timers and files`() throws {
        #expect(compile("timer: { every: 30m }").source == .timer(try .parse(every: "30m")))
        #expect(
            compile("timer: { cron: \"0 0 6 * * *\", zone: America/Argentina/Buenos_Aires }").source
                == .timer(try .parse(cron: "0 0 6 * * *", zone: "America/Argentina/Buenos_Aires")))
        #expect(
            compile("file: { path: replay/*.ndjson, lineBytes: 1000, prefetch: 5 }").source
                == .file(LineFiles(path: "replay/*.ndjson", lineBytes: 1000, prefetch: 5)))
    }

    @Test(
        "a mistake is reported with its place and remedy",
        arguments: [
            ("{}", "4:7 source: 'from' needs exactly one of 'amqp:', 'mongodb:', 'timer:', 'file:'"),
            ("amqp: { queue: a }\ntimer: { every: 1m }", "4:7 source: 'from' needs exactly one of"),
            ("amqp: { prefetch: 1 }", "4:13 missing-field: 'amqp' needs 'queue:', or 'queues:' with several"),
            ("amqp: { queue: a, queues: [b] }", "4:25 misplaced-field: 'queue:' is one of 'queues:'; keep one"),
            ("amqp: { queues: [] }", "4:23 missing-field: queues: name at least one"),
            ("amqp: { queues: [a, b, a] }", "4:30 queue-twice: this queue is in the list already; name it once"),
            (
                "amqp: { queue: a, declare: { policy: pasive } }",
                "4:44 type: policy: expected 'passive' or 'assert' or 'declare', found 'pasive' (did you mean 'passive'?)"
            ),
            (
                "amqp: { queue: a, declare: { policy: passive, durable: true } }",
                "4:53 misplaced-field: with 'policy: passive' the queue is taken as it is"
            ),
            (
                "amqp: { queue: a, declare: { arguments: { x-mesage-ttl: 1 } } }",
                "4:49 queue-argument: RabbitMQ knows no argument 'x-mesage-ttl' (did you mean 'x-message-ttl'?)"
            ),
            (
                "amqp: { queue: a, declare: { arguments: { x-message-ttl: \"60000\" } } }",
                "4:64 queue-argument: x-message-ttl: expected a whole number from 0, found '60000'"
            ),
            (
                "amqp: { queue: a, declare: { arguments: { x-queue-type: stream } } }",
                "4:63 queue-argument: x-queue-type: a stream does not remember what was taken from it"
            ),
            (
                "amqp: { queue: a, declare: { durable: false, arguments: { x-queue-type: quorum } } }",
                "4:36 queue-argument: durable: a quorum queue is always durable"
            ),
            (
                "amqp:\n  queue: a\n  declare:\n    arguments: { x-dead-letter-exchange: \"\", x-dead-letter-routing-key: a }",
                "7:79 dead-letter-loop: what the broker drops from this queue would come back to it"
            ),
            (
                "amqp: { queue: a, declare: { arguments: { x-dead-letter-exchange: \"\" } } }",
                "4:73 dead-letter-loop: what the broker drops from this queue would come back to it"
            ),
            (
                "amqp: { queue: a, declare: { arguments: { x: { y: 1 } } } }",
                "4:52 type: x: expected a text, a number, true, false or a list of them"
            ),
            ("timer: {}", "4:14 missing-field: 'timer' needs 'every:' or 'cron:'"),
            ("timer: { every: 1m, cron: \"@daily\" }", "4:27 misplaced-field: 'every:' and 'cron:' both say when"),
            ("timer: { every: 1m, zone: UTC }", "4:27 misplaced-field: 'zone:' goes with 'cron:'"),
            ("timer: { every: 30 }", "4:23 schedule: every: expected a number of seconds (s), minutes (m)"),
            ("timer: { cron: \"99 * * * *\" }", "4:22 schedule: cron: minute: '99': expected 0 to 59"),
            (
                "timer: { cron: \"@daily\", zone: Europe/Madird }",
                "4:38 schedule: zone: no time zone is named 'Europe/Madird' (did you mean 'Europe/Madrid'?)"
            ),
            ("file: {}", "4:13 missing-field: 'file' needs 'path:'"),
            ("file: { path: \"*/a.ndjson\" }", "4:21 path: path: '*' and '?' may stand in the last part alone"),
            ("files: { path: a }", "4:7 unknown-field: unknown field 'files' (did you mean 'file'?)"),
        ])
    func mistakes(from: String, expected: String) {
        let (source, mistakes) = compile(from)
        #expect(source == nil)
        #expect(mistakes.contains { $0.hasPrefix(expected) }, "\(mistakes)")
    }

    @Test func `a queue or a path that another route reads is refused, in a list too`() {
        let queues = "  s:\n    from: { amqp: { queues: [b, a] } }\n    message: catalog\n"
        #expect(
            compile("amqp: { queues: [a, c] }", more: queues).mistakes.contains {
                $0.hasPrefix("7:33 queue-twice: route 'r' (m.yaml:4:24) reads this queue already")
            })
        let shared = "  s:\n    from: { file: { path: in/a*.txt } }\n    message: catalog\n"
        #expect(
            compile("file: { path: in/*.ndjson }", more: shared).mistakes.contains {
                $0.hasPrefix("7:27 files-twice: route 'r' (m.yaml:4:21) reads files of this directory too")
            })
        let files = "  s:\n    from: { file: { path: in } }\n    message: catalog\n"
        #expect(
            compile("file: { path: in }", more: files).mistakes.contains {
                $0.hasPrefix("7:27 files-twice: route 'r' (m.yaml:4:21) reads these files already")
            })
    }
}
