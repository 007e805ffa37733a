import JSON
import Testing

@testable import Mappings

/// Routes with connections: what `gateway check` refuses, and what a client's message subscribes to.
@Suite struct SocketTests {
    private static func findings(_ text: String) -> [String] {
        MappingCompiler.compile(
            files: [("r.yaml", text)], context: MappingContext(settings: [], catalogs: Mapping.catalogs)
        ).mistakes.map(\.rule)
    }

    private static func sockets(
        _ subscribe: String = "key: .user", options: String = "topic: t", route: String = "", others: String = ""
    ) -> String {
        """
        routes:
          sockets:
            from: { websocket: { \(options), subscribe: { \(subscribe) } } }
            \(route)
          \(others)
        """
    }

    private static func pushing(_ target: String) -> String {
        """
        routes:
          sockets: { from: { websocket: { topic: t, subscribe: { key: .user } } } }
          push:
            from: { amqp: { queue: q } }
            definition: catalogBrand
            message: { companyId: { value: c }, items: $, operation: IU, fields: { code: .code, name: .name } }
            to: { websocket: { \(target) } }
        """
    }

    @Test func `what is right has no finding`() {
        #expect(Self.findings(Self.sockets()) == [])
        #expect(
            Self.findings(
                Self.sockets(
                    "when: { path: .type, equals: a }, key: { parameter: user }, after: .after, reply: { t: .type }",
                    options: "topic: t, listener: push, path: \"/u/{user}\", keep: 30s, cors: [\"*\"]")) == [])
        #expect(Self.findings(Self.pushing("topic: t, key: .code")) == [])
        #expect(Self.findings(Self.pushing("topic: t, key: all, body: { code: .code }, outcomes: [deleted]")) == [])
    }

    @Test(
        "what can never work is refused",
        arguments: [
            ("missing-field", "routes: { s: { from: { websocket: { topic: t } } } }"),
            ("missing-field", "routes: { s: { from: { websocket: { subscribe: { key: .user } } } } }"),
            ("missing-field", sockets("after: .after")),
            ("topic-name", sockets(options: "topic: \"a b\"")),
            ("topic-name", sockets(options: "topic: \"\(String(repeating: "x", count: 65))\"")),
            ("endpoint-path", sockets(options: "topic: t, path: users")),
            ("listener-name", sockets(options: "topic: t, listener: A")),
            ("origin", sockets(options: "topic: t, cors: [page.example]")),
            ("duration", sockets(options: "topic: t, keep: 2h")),
            ("duration", sockets(options: "topic: t, keep: 10ms")),
            ("duration", sockets(options: "topic: t, keep: soon")),
            ("field-name", sockets("key: .user, reply: { id: .user }")),
            ("empty", sockets("key: .user, reply: []")),
            ("misplaced-field", sockets(route: "message: catalog")),
            ("misplaced-field", sockets(route: "to: mongodb")),
            ("misplaced-field", sockets(route: "respond: { inserted: { text: a } }")),
            ("misplaced-field", sockets(route: "when: { path: .a, exists: true }")),
            ("endpoint-twice", sockets(others: "more: { from: { websocket: { topic: u, subscribe: { key: .a } } } }")),
            (
                "endpoint-twice",
                sockets(
                    options: "topic: t, path: /a",
                    others:
                        "read: { from: { http: { method: GET, path: /a } }, read: { collection: c }, message: document }"
                )
            ),
            ("target", pushing("topic: t, key: .code, body: item")),
            ("field-name", pushing("topic: t, key: .code, body: { id: .code }")),
            ("missing-field", pushing("topic: t")),
            ("missing-field", pushing("key: .code")),
            ("topic-without-sockets", pushing("topic: u, key: .code")),
            ("routing-key", pushing("topic: t, key: \"\(String(repeating: "x", count: 256))\"")),
        ])
    func refused(rule: String, text: String) {
        let found = Self.findings(text)
        #expect(found.contains(rule) || (rule == "empty" && found == ["type"]), "\(found)")
    }

    // MARK: Clients' messages

    private static func read(
        _ message: String, _ subscribe: String = "when: { path: .type, equals: s }, key: .user, after: .after"
    ) throws -> String {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("r.yaml", sockets(subscribe))], context: MappingContext(settings: []))
        #expect(mistakes.isEmpty, "\(mistakes)")
        let shape = try #require(table?.routes.first?.subscription)
        do throws(SubscriptionReader.Problem) {
            let found = try SubscriptionReader().read(Array(message.utf8), as: shape, facts: MessageFacts())
            return "\(found.key) \(found.after ?? "-") \(String(decoding: found.reply, as: UTF8.self))"
        } catch {
            return "refused"
        }
    }

    @Test(
        "a message subscribes to a key",
        arguments: [
            (#"{"type":"s","user":1}"#, #"1 - {"type":"subscribed","key":"1"}"#),
            (#"{"type":"s","user":"1"}"#, #"1 - {"type":"subscribed","key":"1"}"#),
            (#"{"type":"s","user":1.0}"#, #"1 - {"type":"subscribed","key":"1"}"#),
            (#"{"type":"s","user":1e2}"#, #"100 - {"type":"subscribed","key":"100"}"#),
            (#"{"type":"s","user":1.5}"#, #"1.5 - {"type":"subscribed","key":"1.5"}"#),
            (#"{"type":"s","user":true}"#, #"true - {"type":"subscribed","key":"true"}"#),
            (#"{"type":"s","user":"a\"b","after":""}"#, #"a"b  {"type":"subscribed","key":"a\"b"}"#),
            (#"{"type":"s","user":1,"after":null}"#, #"1 - {"type":"subscribed","key":"1"}"#),
            (#"{"type":"s","user":1,"after":"1-2-3"}"#, #"1 1-2-3 {"type":"subscribed","key":"1"}"#),
            (#"{"type":"t","user":1}"#, "refused"), (#"{"user":1}"#, "refused"), (#"{"type":"s"}"#, "refused"),
            (#"{"type":"s","user":null}"#, "refused"), (#"{"type":"s","user":""}"#, "refused"),
            (#"{"type":"s","user":[1]}"#, "refused"), (#"{"type":"s","user":{}}"#, "refused"),
            (#"{"type":"s","user":1,"user":2}"#, "refused"), (#"{"type":"s","user":1,"after":[]}"#, "refused"),
            ("[]", "refused"), ("null", "refused"), ("", "refused"), ("{", "refused"),
        ])
    func subscribes(message: String, expected: String) throws {
        #expect(try Self.read(message) == expected)
    }

    @Test func `the reply has the client's own values`() throws {
        let reply = "key: .user, reply: { type: .type, user: .user, more: { value: [1] } }"
        #expect(
            try Self.read(#"{"type":"s","user":1}"#, reply) == #"1 - {"type":"s","user":1,"more":[1]}"#)
        #expect(try Self.read(#"{"user":"1"}"#, reply) == #"1 - {"user":"1","more":[1]}"#)
    }
}
