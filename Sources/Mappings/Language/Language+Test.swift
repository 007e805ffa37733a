extension Language {
    /// The objects of a test file (`*.test.yaml`).
    package static let testObjects: [LanguageObject] = [
        testFile, testCase, testMessage, testPosting, deadLetter, reason,
    ]

    static let testFile = LanguageObject(
        "testFile", "A test file",
        "Stands beside a mapping: `erp.test.yaml` tests `erp.yaml`. Each test runs on an empty store, without any server.",
        [
            LanguageKey("mapping", .text, "The mapping file, where it has another name.", "mapping: erp.yaml"),
            LanguageKey(
                "definitions", .text, "A directory with definitions besides the shipped ones.",
                "definitions: definitions"),
            LanguageKey(
                "clock", .text, "The time at which messages are received; 2026-01-01T00:00:00Z without it.",
                "clock: 2026-05-01T12:00:00Z"),
            LanguageKey("tests", .list(.object("testCase")), required: true, "The tests.", "tests:\n  - name: …"),
        ])

    static let testCase = LanguageObject(
        "testCase", "A test",
        "Messages, and all that they must come to. Dead letters that are not named fail a test.",
        [
            LanguageKey("name", .text, required: true, "What is shown, as a sentence.", "name: a price with a comma"),
            LanguageKey(
                "given", .map(.list(.anything)), "Records that are there before, by catalog; each with its companyId.",
                "given:\n  catalogItem:\n    - { companyId: napse, code: \"1\", name: One }"),
            LanguageKey(
                "message", .object("testMessage"), "The message.", "message:\n  body: { … }\n  outcomes: [inserted]"),
            LanguageKey("messages", .list(.object("testMessage")), "Several, one after another.", "messages: [ … ]"),
            LanguageKey(
                "documents", .list(.anything),
                "For a feed, in the place of messages: documents that its filter finds, over which one run is made."
                    + " `{ $oid: … }`, `{ $date: … }`, `{ $decimal: \"1.50\" }`, `{ $double: NaN }` are what YAML has no word for; 10.0 is a"
                    + " double, 10 a whole number.",
                "documents:\n  - { _id: { $oid: 603a36021082e83690816fe0 }, maxValue: 10.0 }"),
            LanguageKey("feed", .text, "The feed, where the mapping has several.", "feed: limit-status"),
            LanguageKey(
                "postings", .list(.object("testPosting")), "All that is posted, in order.",
                "postings:\n  - { queue: prices, body: { sku: \"1\" } }"),
            LanguageKey(
                "records", .map(.list(.anything)),
                "All records that are then in a collection, in order of their `_id`, which may be left out.",
                "records:\n  item:\n    - { companyId: napse, code: \"1\", name: One }"),
            LanguageKey(
                "deadLetters", .list(.object("deadLetter")), "All dead letters, in order.",
                "deadLetters:\n  - reasons: [{ code: mappingFailed, pointer: /a/0/price }]"),
        ])

    static let testMessage = LanguageObject(
        "testMessage", "A message of a test", "With the outcome of each of its items.",
        [
            LanguageKey("route", .text, "The route, where the mapping has several.", "route: erp"),
            LanguageKey("body", .anything, "The message as YAML; it is sent as JSON.", "body: { id: 1 }"),
            LanguageKey("text", .text, "The message as text, byte for byte.", "text: '{\"id\": 1}'"),
            LanguageKey("file", .text, "A file with the message, beside the test.", "file: order.json"),
            LanguageKey("messageId", .text, "The AMQP message-id.", "messageId: m-1"),
            LanguageKey("headers", .map(.scalar), "The AMQP headers.", "headers: { company: napse }"),
            LanguageKey("redelivered", .bool, "Whether the broker delivers it again.", "redelivered: true"),
            LanguageKey(
                "outcomes", .list(.word(["inserted", "updated", "unchanged", "deleted", "absent", "rejected"])),
                "How each item ends. A message that is a dead letter as a whole, is ignored or is known from before has none.",
                "outcomes: [inserted, rejected]"),
        ])

    static let testPosting = LanguageObject(
        "testPosting", "A posting", "What is not named is not looked at.",
        [
            LanguageKey(
                "queue", .text, "The queue, or the name of the setting that names it.",
                "queue: rabbitMQ.limitstatus.endpointName"),
            LanguageKey("exchange", .text, "The exchange.", "exchange: changes"),
            LanguageKey("routingKey", .text, "The routing key.", "routingKey: napse.item"),
            LanguageKey("file", .text, "The file, of a target that is one.", "file: prices.ndjson"),
            LanguageKey("headers", .map(.scalar), "The headers, all of them.", "headers: { x-company: napse }"),
            LanguageKey("body", .anything, "What is posted.", "body: { sku: \"1\" }"),
            LanguageKey("text", .text, "What is posted, byte for byte.", "text: '{\"sku\":\"1\"}'"),
            LanguageKey(
                "failed", .text, "In a feed: why the document cannot be posted, or a part of that.", "failed: maxValue"),
        ])

    static let deadLetter = LanguageObject(
        "deadLetter", "A dead letter", "What is not named is not looked at.",
        [
            LanguageKey("reasons", .list(.object("reason")), "All its reasons.", "reasons: [{ code: schema }]"),
            LanguageKey("message", .anything, "The message that can be mended and sent again.", "message: { … }"),
        ])

    static let reason = LanguageObject(
        "reason", "A reason", "What is not named is not looked at.",
        [
            LanguageKey("code", .text, required: true, "The reason's code.", "code: mappingFailed"),
            LanguageKey("item", .integer(0...1_000_000_000), "The item's number, from 0.", "item: 0"),
            LanguageKey("pointer", .text, "The place in the message.", "pointer: /articulos/0/precio"),
            LanguageKey("text", .text, "The whole sentence.", "text: \"…\""),
        ])
}
