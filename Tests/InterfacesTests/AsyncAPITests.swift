import JSON
import Mappings
import Testing

@testable import Interfaces

@Suite struct AsyncAPITests {
    private static func document(_ text: String, settings: [String: String] = [:]) throws -> JSONValue {
        AsyncAPIDocument.make(
            try Described.table(text), catalogs: Described.catalogs, version: "1",
            queueName: { queue in
                switch queue {
                case .literal(let name): name
                case .setting(let key): settings[key]
                }
            })
    }

    private static func route(_ to: String, from: String = "{ amqp: { queue: in } }") -> String {
        """
        routes:
          r:
            from: \(from)
            definition: catalogNote
            message: { companyId: { value: c }, items: $, operation: I, fields: { id: .id, text: .text, at: .at } }
            to: \(to)
        """
    }

    static let postings: [(target: String, channel: String, address: String, payload: String)] = [
        ("queue: out, body: item", "out", #""out""#, #"{"type":"object","properties":{"id":{"type":"string"},"text":"#),
        (
            "queue: 'a/b ~ c', body: { n: .at }", "a_b___c", #""a/b ~ c""#,
            #"{"type":"object","properties":{"n":{"type":["string","null"]}}}"#
        ),
        (
            "exchange: x, routingKey: k.l, body: { n: { value: 1 } }", "x-k.l", #""k.l""#,
            #"{"type":"object","properties":{"n":{"type":"number","const":1}},"required":["n"]}"#
        ),
        (
            "exchange: x, routingKey: '', body: { n: ~.count }", "x", #""""#,
            #"{"type":"object","properties":{"n":{"type":["integer","null"]}}}"#
        ),
        (
            "exchange: x, routingKey: .text, body: { n: ~.any }", "x", "null",
            #"{"type":"object","properties":{"n":{}}}"#
        ),
        ("queue: out", "out", #""out""#, #"{"type":"object","required":["companyId","catalog","items"],"#),
    ]

    @Test(
        "A posting has its queue or exchange, its routing key if that is fixed, and its payload",
        arguments: postings.indices)
    func posting(_ index: Int) throws {
        let (target, channel, address, payload) = Self.postings[index]
        let document = try Self.document(Self.route("[mongodb, { amqp: { \(target) } }]"))
        let operation = document["operations"]?["r.post"]
        #expect(operation?["action"] == "send")
        #expect(operation?["channel"]?["$ref"]?.string == "#/channels/\(channel)")
        #expect(document["channels"]?[channel]?["address"]?.json == address)
        let schema = document["components"]?["messages"]?["r.post"]?["payload"]?["schema"]?.json ?? ""
        #expect(schema.hasPrefix(payload), "\(schema)")
    }

    @Test("Files and the log have no channels")
    func others() throws {
        let document = try Self.document(Self.route("[mongodb, { log: {} }, { file: { path: out.ndjson } }]"))
        #expect(document["operations"]?.members.map(\.name) == ["r"])
        #expect(document["channels"]?.members.map(\.name) == ["in"])
    }

    @Test("Requests, timers and files are not received from queues")
    func sources() throws {
        let document = try Self.document(Self.route("mongodb", from: "{ http: { method: POST, path: /notes } }"))
        #expect(document["operations"] == .object([]))
        #expect(document["channels"] == .object([]))
    }

    @Test("A catalog message has a message for each catalog, with the definition as schema of what is inserted")
    func catalogs() throws {
        let text = "routes: { r: { from: { amqp: { queue: in } }, message: catalog } }"
        let document = try Self.document(text)
        #expect(document["channels"]?["in"]?["messages"]?.members.map(\.name) == ["catalogNote", "catalogOther"])
        #expect(document["operations"]?["r"]?["messages"]?.elements.count == 2)
        let item = document["components"]?["messages"]?["catalogNote"]?["payload"]?["schema"]?["properties"]?["items"]?[
            "items"]
        #expect(item?["then"]?.json == ##"{"$ref":"#/components/schemas/catalogNote/schema"}"##)
        #expect(item?["required"]?.json == #"["operation","id"]"#)
        let schema = document["components"]?["schemas"]?["catalogNote"]?["schema"]
        #expect(schema?["properties"]?["operation"] != nil)
        #expect(schema?["$id"] == nil)
        #expect(
            schema?["properties"]?["state"]?.json
                == ##"{"$ref":"#/components/schemas/catalogNote/schema/$defs/state"}"##)
        #expect(
            schema?["properties"]?["far"]?.json == ##"{"$ref":"#/components/schemas/catalogOther/schema/$defs/text"}"##)
    }

    @Test("A queue that a setting names has its name if that has a value")
    func settings() throws {
        let text = "routes: { r: { from: { amqp: { queue: in } }, message: catalog } }"
        let named = RouteTable(routes: [
            RouteMapping(
                name: "r", from: .queue(.setting("rabbitMQ.endpointName")), file: "r.yaml",
                position: try Described.table(text).routes[0].position)
        ])
        func channel(_ name: String?) -> JSONValue? {
            AsyncAPIDocument.make(named, catalogs: Described.catalogs, version: "1", queueName: { _ in name })[
                "channels"]
        }
        #expect(channel("promo")?["promo"]?["address"] == "promo")
        #expect(channel(nil)?["rabbitMQ.endpointName"]?["address"] == .null)
    }

    @Test("Two brokers are two servers, and each channel names its own")
    func brokers() throws {
        let table = try Described.table(Self.route("[mongodb, { amqp: { queue: out } }]"))
        func document(_ producer: AsyncAPIDocument.Broker) -> JSONValue {
            AsyncAPIDocument.make(
                table, catalogs: Described.catalogs, consumer: .init(host: "a:5672", virtualHost: "/", isSecure: false),
                producer: producer, version: "1",
                queueName: { if case .literal(let name) = $0 { name } else { nil } })
        }
        let two = document(.init(host: "b:5671", virtualHost: "v", isSecure: true))
        #expect(two["servers"]?["producer"]?["protocol"] == "amqps")
        #expect(two["servers"]?["broker"]?["pathname"] == "/%2F")
        #expect(two["channels"]?["in"]?["servers"]?.json == ##"[{"$ref":"#/servers/broker"}]"##)
        #expect(two["channels"]?["out"]?["servers"]?.json == ##"[{"$ref":"#/servers/producer"}]"##)
        let one = document(.init(host: "a:5672", virtualHost: "/", isSecure: false))
        #expect(one["servers"]?.members.map(\.name) == ["broker"])
        #expect(one["channels"]?["out"]?["servers"] == nil)
    }

    @Test("Sockets have what clients send, what they are answered, and what is pushed to their topic")
    func sockets() throws {
        let text = """
            routes:
              s:
                description: Notes as they come.
                from:
                  websocket:
                    listener: push
                    path: "/{shop}/notes"
                    topic: notes
                    subscribe:
                      when: { path: .type, equals: subscribe }
                      key: { concat: [{ parameter: shop }, .user] }
                      after: .after
                      reply: { type: { value: hello }, user: .user }
              w:
                from: { amqp: { queue: in } }
                definition: catalogNote
                message: { companyId: { value: c }, items: $, operation: I, fields: { id: .id, text: .text } }
                to: [mongodb, { websocket: { topic: notes, key: .id, body: { text: .text, n: ~.count } } }]
            """
        let document = AsyncAPIDocument.make(
            try Described.table(text), catalogs: Described.catalogs,
            listeners: [
                .init(name: "push", address: "https://example:3080"), .init(name: "api", address: "http://a:1"),
            ],
            version: "1", queueName: { if case .literal(let name) = $0 { name } else { nil } })
        #expect(document["servers"]?.json == #"{"listener-push":{"host":"example:3080","protocol":"wss"}}"#)
        let channel = document["channels"]?["s"]
        #expect(channel?["address"] == "/{shop}/notes")
        #expect(channel?["parameters"]?.json == #"{"shop":{}}"#)
        #expect(channel?["bindings"]?.json == #"{"ws":{"method":"GET","bindingVersion":"0.1.0"}}"#)
        #expect(document["operations"]?["s"]?["messages"]?.json == ##"[{"$ref":"#/channels/s/messages/s.subscribe"}]"##)
        let sent = document["operations"]?["s.push"]?["messages"]?.elements.compactMap { $0["$ref"]?.string }
        #expect(
            sent == ["s.reply", "sockets.error", "sockets.gap", "w.post"].map { "#/channels/s/messages/\($0)" })
        func payload(_ name: String) -> String? {
            document["components"]?["messages"]?[name]?["payload"]?["schema"]?.json
        }
        #expect(
            payload("s.subscribe")
                == #"{"type":"object","properties":{"type":{"enum":["subscribe"]},"user":{"type":["string","number","boolean","null"]},"after":{"type":["string","number","boolean","null"]}},"required":["type"]}"#
        )
        #expect(
            payload("s.reply")
                == #"{"type":"object","properties":{"type":{"type":"string","const":"hello"},"user":{}},"required":["type"]}"#
        )
        #expect(
            payload("w.post")
                == #"{"type":"object","properties":{"text":{"type":["string","null"]},"n":{"type":["integer","null"]}}}"#
        )
    }
}
