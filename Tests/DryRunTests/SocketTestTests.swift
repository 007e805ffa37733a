import Contracts
import DryRun
import Ingest
import IngestTesting
import JSON
import Mappings
import Testing

/// Mapping tests of routes of sockets: what a client's message subscribes to, what it is answered, what the client gets.
@Suite struct SocketTestTests {
    private static let mapping = """
        routes:
          sockets:
            from:
              websocket:
                path: /push
                topic: t
                access: people
                subscribe:
                  when: { path: .type, equals: subscribe }
                  key: { choose: [{ when: { path: .own, exists: true }, then: { delivery: principal } }, { else: .user }] }
                  after: .after
                  reply: { type: .type, to: { parameter: app }, from: { header: x-app } }
          others:
            from: { websocket: { path: /others, topic: u, subscribe: { key: .user } } }
          push:
            from: { amqp: { queue: q } }
            definition: catalogBrand
            message: { companyId: { value: c }, items: $, operation: I, fields: { code: .code, name: .user } }
            to: { websocket: { topic: t, key: .name, body: { name: .code } } }
        """

    private func run(_ messages: [String]) async throws -> (outcome: TestRunner.Outcome, gaps: [String]) {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", Self.mapping)], context: MappingContext(settings: [], catalogs: Fixtures.catalogs))
        let text =
            "tests:\n  - name: one\n    messages:\n" + messages.map { "      - \($0)\n" }.joined()
            + "    postings: [\(Array(repeating: "{}", count: messages.count { $0.contains("route: push") }).joined(separator: ","))]\n"
        let (file, problems) = MappingTestReader.read(text, file: "m.test.yaml") { .failure(.init($0)) }
        var runner = TestRunner(
            table: try #require(table, "\(mistakes)"), catalogs: Fixtures.catalogs, now: Fixtures.now)
        let outcome = await runner.run(try #require(file?.tests.first, "\(problems)"))
        return (outcome, runner.coverage.gaps.filter { $0.hasPrefix("sockets: ") || $0.hasPrefix("others: ") })
    }

    private func differences(_ messages: String...) async throws -> [String] {
        try await run(messages).outcome.differences
    }

    private static func push(_ user: String, _ code: String) -> String {
        "{ route: push, body: { user: \(user), code: \(code) }, outcomes: [inserted] }"
    }

    private static let second = Fixtures.now / 1000
    private static let refused =
        #"{"type":"error","detail":"the message is not a subscription; send one as the route describes it"}"#

    @Test func `what is expected holds`() async throws {
        #expect(
            try await differences(
                """
                { route: sockets, body: { type: subscribe, user: 1 }, parameters: { app: a }, headers: { X-App: b }, key: "1",
                  answer: { body: { type: subscribe, to: a, from: b } }, pushes: [{ name: One }] }
                """,
                #"{ route: sockets, body: { type: subscribe, own: 1, user: 1 }, principal: marie, key: marie, pushes: [] }"#,
                #"{ route: others, body: { user: 1 }, key: "1", answer: { text: '{"type":"subscribed","key":"1"}' }, pushes: [] }"#,
                "{ route: sockets, body: { type: other, user: 1 }, answer: { body: \(Self.refused) }, pushes: [] }",
                "{ route: sockets, text: x }",
                Self.push("\"1\"", "One")
            ) == [])
    }

    @Test(
        "and what is not, fails with its place",
        arguments: [
            (
                #"{ route: sockets, body: { type: subscribe, user: 1 }, key: "2" }"#, ["key: expected 2, found 1"]
            ),
            (#"{ route: sockets, body: { type: subscribe, user: 1 } }"#, ["key: expected none, found 1"]),
            (
                #"{ route: sockets, body: { type: other, user: 1 }, key: "1" }"#,
                ["key: expected 1, found none and the answer \(refused)"]
            ),
            // Who connects is known only where the route asks.
            (
                #"{ route: sockets, body: { type: subscribe, own: 1 }, key: marie }"#,
                [
                    "key: expected marie, found none and the answer "
                        + #"{"type":"error","detail":"key: expected a value, found none; send whose messages you want"}"#
                ]
            ),
            (
                #"{ route: sockets, body: { type: subscribe, user: 1 }, key: "1", answer: { body: { type: other } } }"#,
                ["answer, body.type: expected \"other\", found \"subscribe\""]
            ),
            (
                #"{ route: sockets, body: { type: subscribe, user: 1 }, key: "1", answer: { status: 200 } }"#,
                ["answer: the answer to a client has neither status nor headers; leave them out"]
            ),
            (
                #"{ route: sockets, body: { type: subscribe, user: 1 }, key: "1", outcomes: [inserted] }"#,
                ["outcomes: expected [inserted], found []; the message of a client has none"]
            ),
            (
                #"{ route: sockets, body: { type: subscribe, user: 1 }, key: "1", pushes: [{ name: One }] }"#,
                [#"pushes[0]: expected {"name":"One"}, found no more"#]
            ),
            (
                "{ route: push, body: { user: a, code: A }, outcomes: [inserted], key: a, pushes: [] }",
                [
                    "key: expected some, found none; only clients of routes with 'from: { websocket: … }' have them",
                    "pushes: expected some, found none; only clients of routes with 'from: { websocket: … }' have them",
                ]
            ),
        ])
    func wrong(message: String, lines: [String]) async throws {
        #expect(try await differences(message) == lines)
    }

    @Test func `what clients get: theirs alone, from then on, in order`() async throws {
        #expect(
            try await differences(
                #"{ route: sockets, body: { type: subscribe, user: a }, key: a, pushes: [{ name: A }, { name: C }] }"#,
                Self.push("a", "A"), Self.push("b", "B"),
                #"{ route: sockets, body: { type: subscribe, user: a }, key: a, pushes: [{ name: D }] }"#,
                Self.push("a", "C")
            ) == ["message 4, pushes[0].name: expected \"D\", found \"C\""])
        #expect(
            try await differences(
                #"{ route: sockets, body: { type: subscribe, user: a }, key: a, pushes: [] }"#, Self.push("a", "A")
            ) == [#"message 1, pushes[0]: expected no more, found {"name":"A"}"#])
    }

    @Test func `a client that comes back goes on after what it has seen, or is told of a gap`() async throws {
        let (first, second) = ("\(Self.second)-1-1", "\(Self.second)-2-1")
        func client(_ after: String, _ answered: String, _ pushes: String) -> String {
            """
            { route: sockets, body: { type: subscribe, user: a, after: "\(after)" }, key: a,
              answer: { body: { id: \(answered), type: subscribe } }, pushes: [\(pushes)] }
            """
        }
        #expect(
            try await differences(
                client("", "0-0-0", "{ id: \(first), name: A }, { id: \(second), name: B }"), Self.push("a", "A"),
                Self.push("a", "B"), client("0-0-0", "0-0-0", "{ id: \(first), name: A }, { id: \(second), name: B }"),
                client(first, first, "{ id: \(second), name: B }"), client(second, second, ""),
                client("9999999999-1-1", "0-0-0", ""), client("4000000000-1-1", second, "{ id: \(second), type: gap }")
            ) == [
                "message 7, answer, body.id: expected \"0-0-0\", found nothing",
                "message 7, answer, body.type: expected \"subscribe\", found \"error\"",
                "message 7, answer, body.detail: expected nothing, found \"\(PushText.unknownPlace)\"",
                "message 7, key: expected a, found none and the answer \(String(decoding: PushText.error(PushText.unknownPlace), as: UTF8.self))",
            ])
    }

    @Test func `coverage counts branches, what does not subscribe, and who comes back`() async throws {
        #expect(
            try await run([Self.push("a", "A")]).gaps == [
                "sockets: no message that subscribes", "others: no message that subscribes",
            ])
        #expect(
            try await run([
                #"{ route: sockets, body: { type: subscribe, user: 1 }, key: "1" }"#,
                #"{ route: others, body: { user: 1 }, key: "1" }"#, "{ route: others, body: {} }",
            ]).gaps == [
                "sockets: key, choose, never taken: branch 1", "sockets: no message that does not subscribe",
                "sockets: no client that comes back (after)",
            ])
        #expect(
            try await run([
                #"{ route: sockets, body: { type: subscribe, user: 1, after: "" }, key: "1" }"#,
                "{ route: sockets, body: { type: subscribe, own: 1 }, principal: p, key: p }",
                "{ route: sockets, body: {} }",
                #"{ route: others, body: { user: 1 }, key: "1" }"#, "{ route: others, body: {} }",
            ]).gaps == [])
    }
}
