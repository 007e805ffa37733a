extension Language {
    /// Objects of a test file (`*.test.yaml`).
    package static let testObjects: [LanguageObject] = [
        testFile, testCase, testMessage, testAnswer, testPosting, deadLetter, reason,
    ]

    static let testFile = LanguageObject(
        "testFile", "A test file",
        "Beside a mapping: `erp.test.yaml` tests `erp.yaml`. Each test runs on an empty store, without any"
            + " server.",
        [
            LanguageKey("mapping", .text, "The mapping file, if it has another name.", "mapping: erp.yaml"),
            LanguageKey(
                "definitions", .text, "A directory of definitions, in addition to the shipped ones.",
                "definitions: definitions"),
            LanguageKey(
                "clock", .text, "Time of receipt of the messages; default: 2026-01-01T00:00:00Z.",
                "clock: 2026-05-01T12:00:00Z"),
            LanguageKey("tests", .list(.object("testCase")), required: true, "The tests.", "tests:\n  - name: …"),
        ])

    static let testCase = LanguageObject(
        "testCase", "A test",
        "Messages, and all their expected results. Dead letters that are not expected fail a test.",
        [
            LanguageKey(
                "name", .text, required: true, "Name of the test, as a sentence.", "name: a price with a comma"),
            LanguageKey(
                "given", .map(.list(.anything)), "Existing records, by catalog; each with its companyId.",
                "given:\n  catalogItem:\n    - { companyId: napse, code: \"1\", name: One }"),
            LanguageKey(
                "message", .object("testMessage"), "The message.", "message:\n  body: { … }\n  outcomes: [inserted]"),
            LanguageKey("messages", .list(.object("testMessage")), "Several messages, in order.", "messages: [ … ]"),
            LanguageKey(
                "documents", .list(.anything),
                "For a feed, instead of messages: documents that match its filter, published in one run. `{ $oid: …"
                    + " }`, `{ $date: … }`, `{ $decimal: \"1.50\" }`, `{ $double: NaN }` denote values that YAML lacks;"
                    + " 10.0 is a double, 10 an integer.",
                "documents:\n  - { _id: { $oid: 603a36021082e83690816fe0 }, maxValue: 10.0 }"),
            LanguageKey("feed", .text, "The feed, if the mapping has several.", "feed: limit-status"),
            LanguageKey(
                "postings", .list(.object("testPosting")), "All expected postings, in order.",
                "postings:\n  - { queue: prices, body: { sku: \"1\" } }"),
            LanguageKey(
                "records", .map(.list(.anything)),
                "All expected records of a collection, ordered by `_id`, which may be omitted. A plain value is compared as"
                    + " JSON; `{ $date: … }`, `{ $decimal: 1.50 }`, `{ $double: 1.5 }`, `{ $oid: … }` require that type.",
                "records:\n  item:\n    - { companyId: napse, code: \"1\", name: One }"),
            LanguageKey(
                "deadLetters", .list(.object("deadLetter")), "All expected dead letters, in order.",
                "deadLetters:\n  - reasons: [{ code: mappingFailed, pointer: /a/0/price }]"),
        ])

    static let testMessage = LanguageObject(
        "testMessage", "A message of a test",
        "A message with the expected outcome of each of its items. At a route with `from: { websocket: … }` it is the message"
            + " of a client, which gets what later messages of the test push.",
        [
            LanguageKey("route", .text, "The route, if the mapping has several.", "route: erp"),
            LanguageKey("body", .anything, "The message as YAML; it is sent as JSON.", "body: { id: 1 }"),
            LanguageKey("text", .text, "The message as text, byte for byte.", "text: '{\"id\": 1}'"),
            LanguageKey("file", .text, "A file with the message, relative to the test file.", "file: order.json"),
            LanguageKey("messageId", .text, "The AMQP message-id.", "messageId: m-1"),
            LanguageKey("headers", .map(.scalar), "The AMQP headers.", "headers: { company: napse }"),
            LanguageKey(
                "parameters", .map(.scalar), "Parameters of a request or of a client's address: of path and query.",
                "parameters: { id: 1 }"),
            LanguageKey(
                "principal", .text, "Who sends the request or connects, where the route has `access`.",
                "principal: till-1"),
            LanguageKey(
                "answer", .object("testAnswer"), "The expected answer of a request or to a client.",
                "answer: { status: 201, text: Created }"),
            LanguageKey(
                "key", .text,
                "The key that a client's message subscribes to. Without it, the message must not subscribe.",
                "key: \"1\""),
            LanguageKey(
                "pushes", .list(.anything),
                "All that the client gets after its answer, in order. A client that sends `after` has a member `id` in each:"
                    + " the `clock` in seconds since 1970, then the number of the push in the test, then 1; `0-0-0` before"
                    + " the first. Default: not compared.",
                "pushes:\n  - { type: notification, task: 7 }"),
            LanguageKey("redelivered", .bool, "Whether the broker delivers it again.", "redelivered: true"),
            LanguageKey(
                "outcomes", .list(.word(["inserted", "updated", "unchanged", "deleted", "absent", "rejected"])),
                "Expected outcome of each item. A message that is a dead letter as a whole, is ignored or is a"
                    + " duplicate has none.",
                "outcomes: [inserted, rejected]"),
        ])

    static let testAnswer = LanguageObject(
        "testAnswer", "An expected answer",
        "Members that are not named are not compared. The answer to a client has a body, and neither status nor headers.",
        [
            LanguageKey("status", .integer(200...599), "The status.", "status: 201"),
            LanguageKey(
                "headers", .map(.scalar), "Headers; others are not compared.", "headers: { Location: /tasks/1 }"),
            LanguageKey("body", .anything, "The body, as JSON.", "body: { id: 1 }"),
            LanguageKey("text", .text, "The body, byte for byte.", "text: Created"),
        ])

    static let testPosting = LanguageObject(
        "testPosting", "A posting", "Members that are not named are not compared.",
        [
            LanguageKey(
                "queue", .text, "The queue, or the name of the setting that names it.",
                "queue: rabbitMQ.limitstatus.endpointName"),
            LanguageKey("exchange", .text, "The exchange.", "exchange: changes"),
            LanguageKey("routingKey", .text, "The routing key.", "routingKey: napse.item"),
            LanguageKey("file", .text, "The file, for a file target.", "file: prices.ndjson"),
            LanguageKey("topic", .text, "The topic, for sockets.", "topic: tasks"),
            LanguageKey("key", .text, "The key, for sockets.", "key: \"1\""),
            LanguageKey("headers", .map(.scalar), "The headers, all of them.", "headers: { x-company: napse }"),
            LanguageKey("body", .anything, "The body.", "body: { sku: \"1\" }"),
            LanguageKey("text", .text, "The body, byte for byte.", "text: '{\"sku\":\"1\"}'"),
            LanguageKey(
                "failed", .text, "In a feed: why the document cannot be posted, or a part of the reason.",
                "failed: maxValue"),
        ])

    static let deadLetter = LanguageObject(
        "deadLetter", "A dead letter", "Members that are not named are not compared.",
        [
            LanguageKey("reasons", .list(.object("reason")), "All its reasons.", "reasons: [{ code: schema }]"),
            LanguageKey("message", .anything, "The message that can be edited and replayed.", "message: { … }"),
        ])

    static let reason = LanguageObject(
        "reason", "A reason", "Members that are not named are not compared.",
        [
            LanguageKey("code", .text, required: true, "The reason's code.", "code: mappingFailed"),
            LanguageKey("item", .integer(0...1_000_000_000), "The item's number, from 0.", "item: 0"),
            LanguageKey("pointer", .text, "The location in the message.", "pointer: /articulos/0/precio"),
            LanguageKey("text", .text, "The complete sentence.", "text: \"…\""),
        ])
}
