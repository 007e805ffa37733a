extension Language {
    static let to = LanguageObject(
        "to", "A target", "Exactly one of these; several targets are a list of such objects.",
        [
            LanguageKey("mongodb", .object("mongodb"), "MongoDB.", "mongodb: { collection: item }"),
            LanguageKey(
                "amqp", .object("amqpTarget"), "A queue or exchange to publish to.",
                "amqp: { queue: prices.changed }"),
            LanguageKey(
                "file", .object("fileTarget"), "A file to append lines to.", "file: { path: audit.ndjson }"),
            LanguageKey("log", .object("logTarget"), "The gateway's log.", "log: { outcomes: [deleted] }"),
            LanguageKey(
                "websocket", .object("websocketTarget"), "The sockets of a key.",
                "websocket: { topic: tasks, key: .user_id }"),
        ])

    static let mongodb = LanguageObject(
        "mongodb", "The store",
        "Records are written in one transaction with the ledger, the dead letters and the outbox of"
            + " postings. Alone, or with `collection` only: the item's own record, whose key and operation are those of the"
            + " item. With `definition`, `operation` and `fields`: a further record of each item, such as an event. If it"
            + " cannot be written, the item is rejected, and nothing of it is written.",
        [
            LanguageKey(
                "collection", .text, "The collection, instead of the definition's.", "collection: engine"),
            LanguageKey(
                "definition", .text, "The definition of a further record.", "definition: catalogPriceEvent"),
            LanguageKey(
                "operation", .either([.word(["I", "U", "D", "IU"]), .value]), "The operation of a further record.",
                "operation: I"),
            LanguageKey(
                "fields", .map(.value),
                "The fields of a further record. Paths start with `.` at the item, with `$` at the catalog message, and with"
                    + " `~` at the item's stored record, as it is afterwards; those of the key and of references not with"
                    + " `~`. `{ new: uuid }` makes a key.",
                "fields:\n  id: { new: uuid }\n  code: .code\n  price: ~.price"),
            when, outcomes,
        ])

    static let amqpTarget = LanguageObject(
        "amqpTarget", "A queue or exchange to publish to",
        "Postings are written to the outbox in the records' transaction, and published afterwards:"
            + " persistent, mandatory, in order, until the broker confirms. A crash loses none; a repeated posting"
            + " has the same message-id.",
        [
            LanguageKey(
                "queue", .either([.text, .object("queueSetting")]),
                "The queue, through the default exchange. It must exist: until it is created, postings fail and are"
                    + " retried.",
                "queue: prices.changed"),
            LanguageKey(
                "declare", .object("declare"),
                "Required properties of the queue, or exchanges and the queues bound to them; default: none. With the"
                    + " policy `declare` what is missing is created. A queue that differs is published to nevertheless, an"
                    + " exchange is not.",
                "declare:\n  exchanges: [{ name: promo.changes, type: topic }]\n"
                    + "  queues: [{ name: shop.changes, bindings: [{ exchange: promo.changes, routingKey: \"#\" }] }]"),
            LanguageKey("exchange", .text, "The exchange; requires `routingKey`.", "exchange: promo.changes"),
            LanguageKey(
                "routingKey", .either([.text, .value]), "The routing key: a text, or a value.",
                "routingKey: { concat: [$.companyId, \".\", .code] }"),
            LanguageKey(
                "headers", .map(.either([.text, .value])), "Headers, each a text or a value.",
                "headers: { x-company: $.companyId }"),
            LanguageKey("type", .text, "The AMQP type.", "type: price"),
        ] + posting)

    static let fileTarget = LanguageObject(
        "fileTarget", "A file",
        "One line of JSON per posting, on the machine of the gateway that holds the lease `postings`. A"
            + " crash may repeat a line, but loses none.",
        [
            LanguageKey(
                "path", .text, required: true, "The file; its directory must exist.",
                "path: /var/log/promo/prices.ndjson")
        ] + posting)

    static let logTarget = LanguageObject(
        "logTarget", "The log", "One line in the gateway's log per posting.", posting)

    private static let when = LanguageKey(
        "when", .condition,
        "Items for which nothing is done here unless it holds; may look at the stored record (`~`).",
        "when: { path: .photo, exists: true }")

    private static let outcomes = LanguageKey(
        "outcomes", .list(.word(["inserted", "updated", "unchanged", "deleted", "absent"])),
        "Outcomes of items that lead to it; default: those that changed a record.",
        "outcomes: [inserted, updated]")

    static let posting = [
        when, outcomes,
        LanguageKey(
            "body", .either([.word(["catalog", "item"]), .map(.value)]),
            "What is posted: `catalog`, a catalog message with only that item (the default); `item`, the item's"
                + " fields; or an object of fields, whose paths start with `.` at the item and with `$` at the catalog"
                + " message.",
            "body: { sku: .code, company: $.companyId, price: .price }"),
    ]

    static let feed = LanguageObject(
        "feed", "A collection of the store",
        "Publishes new and changed documents: a feed. Of several gateways one runs it; another takes over"
            + " when that one ends.",
        [
            LanguageKey("collection", .text, required: true, "The collection.", "collection: limitStatus"),
            LanguageKey(
                "filter", .map(.anything),
                "A MongoDB query that selects documents; `{ $date: \"2021-03-01T00:00:00Z\" }` is a date, `{ $oid:"
                    + " … }` an ObjectId.",
                "filter: { active: true }"),
            LanguageKey(
                "order", .text,
                "The field by which documents are ordered, instead of the progress field.",
                "order: createdAt"),
            LanguageKey(
                "every", .either([.text, .object("setting")]),
                "Interval between runs: a number and ms, s, m, h or d, from 100ms on. The first run starts at once.",
                "every: 30m"),
            LanguageKey(
                "cron", .either([.text, .list(.text)]),
                "Cron expressions of the runs: minute, hour, day, month, weekday.",
                "cron: \"*/30 8-20 * * MON-SAT\""),
            LanguageKey(
                "zone", .text, "Time zone of `cron`; default: UTC.", "zone: America/Argentina/Buenos_Aires"),
            LanguageKey(
                "watch", .bool,
                "Whether documents are also published as soon as they are written (by a change stream).",
                "watch: true"),
            LanguageKey(
                "progress", .either([.word(["snapshot"]), .object("progress")]), required: true,
                "How published documents are tracked; `snapshot` publishes all of them in every run.",
                "progress: { field: lastUpdate }"),
            LanguageKey(
                "version", .text,
                "The field that distinguishes versions of a document, for message-ids and for marking; default: the"
                    + " progress field, else a hash of the text.",
                "version: lastUpdate"),
            LanguageKey("batch", .integer(1...10_000), "Documents per read; default: 500.", "batch: 1000"),
            LanguageKey(
                "jitter", .text, "Maximum delay of each run; feeds get different ones, so that not all start at once.",
                "jitter: 30s"),
            LanguageKey(
                "whenEmpty", .word(["nothing", "log"]), "What a run without documents does; default: `nothing`.",
                "whenEmpty: log"),
            LanguageKey(
                "share", .bool,
                "Whether several gateways share the documents, each claiming some; requires a flag.",
                "share: true"),
            LanguageKey(
                "console", .bool, "Whether each run also publishes the gateway itself, as a console.",
                "console: true"),
        ])

    static let progress = LanguageObject(
        "progress", "Progress of a feed", "Exactly one of `field` and `flag`.",
        [
            LanguageKey(
                "field", .text, "A field that increases with every change, such as the date of the last one.",
                "field: lastUpdate"),
            LanguageKey(
                "overlap", .text,
                "With `field`: how far before the watermark documents are read again, for late writes; default: 1m.",
                "overlap: 5m"),
            LanguageKey(
                "flag", .text, "A field that is set to true in a document when it has been published.", "flag: exported"
            ),
        ])

    static let document = LanguageObject(
        "document", "Published form of a document",
        "A JSON object of these fields, in order. Paths start with `.`; an ObjectId is written as 24"
            + " hexadecimal digits, a date as `yyyy-MM-dd'T'HH:mm:ss'Z'`, a double with its `.0`, a Decimal128"
            + " with all digits.",
        [
            LanguageKey("fields", .map(.value), "The fields.", "fields:\n  _id: ._id\n  code: .code"),
            LanguageKey(
                "keep", .word(["all"]), "`all` keeps the document's other members, after the fields.", "keep: all"),
            LanguageKey("drop", .list(.text), "With `keep: all`: members that are not kept.", "drop: [exported]"),
            LanguageKey(
                "missing", .word(["null", "leaveOut"]),
                "What a field without a value becomes: null, or omitted (the default).", "missing: \"null\""),
        ])

    static let setting = LanguageObject(
        "setting", "A value given by a setting", "The setting's value at the time the mappings are read.",
        [LanguageKey("setting", .text, required: true, "The setting's name.", "setting: rabbitMQ.producer.interval")])
}
