extension Language {
    static let to = LanguageObject(
        "to", "A target", "Exactly one of these; several targets are a list of such.",
        [
            LanguageKey("mongodb", .object("mongodb"), "The store.", "mongodb: { collection: item }"),
            LanguageKey(
                "amqp", .object("amqpTarget"), "A queue or exchange of the broker that is published to.",
                "amqp: { queue: prices.changed }"),
            LanguageKey(
                "file", .object("fileTarget"), "A file that lines are appended to.", "file: { path: audit.ndjson }"),
            LanguageKey("log", .object("logTarget"), "The gateway's own log.", "log: { outcomes: [deleted] }"),
        ])

    static let mongodb = LanguageObject(
        "mongodb", "The store",
        "Records are written in one transaction with the ledger, the dead letters and what is to be posted. The key is the"
            + " definition's, and what becomes of an item its operation's.",
        [
            LanguageKey(
                "collection", .text, required: true, "The collection, where it is not the definition's own.",
                "collection: engine")
        ])

    static let amqpTarget = LanguageObject(
        "amqpTarget", "A queue or exchange that is published to",
        "What is posted is noted in the transaction that the records are written in, and published afterwards: persistent,"
            + " mandatory, in order, until the broker confirms it. A crash loses none; a repeat has the same message-id.",
        [
            LanguageKey(
                "queue", .either([.text, .object("queueSetting")]),
                "The queue, reached through the default exchange. It must be there: until someone creates it, postings fail"
                    + " and are tried again.",
                "queue: prices.changed"),
            LanguageKey(
                "declare", .object("declare"),
                "What the queue must be like; without it nothing is asked of it. With the policy `declare` a missing queue is"
                    + " made.",
                "declare: { arguments: { x-queue-type: quorum } }"),
            LanguageKey("exchange", .text, "The exchange; goes with `routingKey`.", "exchange: promo.changes"),
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
        "One line of JSON for each posting, on the machine of the gateway that holds the lease `postings`. A crash may repeat"
            + " a line, and loses none.",
        [
            LanguageKey(
                "path", .text, required: true, "The file; its directory must be there.",
                "path: /var/log/promo/prices.ndjson")
        ] + posting)

    static let logTarget = LanguageObject(
        "logTarget", "The log", "One line of the gateway's log for each posting.", posting)

    private static let posting = [
        LanguageKey(
            "outcomes", .list(.word(["inserted", "updated", "unchanged", "deleted", "absent"])),
            "Items of these outcomes are posted; without it those that changed something.",
            "outcomes: [inserted, updated]"
        ),
        LanguageKey(
            "body", .either([.word(["catalog", "item"]), .map(.value)]),
            "What is posted: `catalog`, a catalog message with that item alone (the default); `item`, the item's fields; or an"
                + " object of fields, whose paths begin with `.` for the item and with `$` for the catalog message.",
            "body: { sku: .code, company: $.companyId, price: .price }"),
    ]

    static let feed = LanguageObject(
        "feed", "A collection of the store",
        "Documents are published as they come to be or change: a feed. Of several gateways one runs it, and another takes over"
            + " when that one ends.",
        [
            LanguageKey("collection", .text, required: true, "The collection.", "collection: limitStatus"),
            LanguageKey(
                "filter", .map(.anything),
                "Which documents, as a query of MongoDB; `{ $date: \"2021-03-01T00:00:00Z\" }` is a date, `{ $oid: … }` an"
                    + " ObjectId.",
                "filter: { active: true }"),
            LanguageKey(
                "order", .text,
                "The field that documents are published in the order of, where that is not the progress'.",
                "order: createdAt"),
            LanguageKey(
                "every", .either([.text, .object("setting")]),
                "Time between two runs: a number and s, m, h or d. The first run is at once.", "every: 30m"),
            LanguageKey(
                "cron", .either([.text, .list(.text)]),
                "Times of runs as cron has them: minute, hour, day, month, weekday.",
                "cron: \"*/30 8-20 * * MON-SAT\""),
            LanguageKey(
                "zone", .text, "The time zone of `cron`; UTC without it.", "zone: America/Argentina/Buenos_Aires"),
            LanguageKey(
                "watch", .bool, "Whether documents are also published as soon as they are written (a change stream).",
                "watch: true"),
            LanguageKey(
                "progress", .either([.word(["snapshot"]), .object("progress")]), required: true,
                "How it is known which documents were published; `snapshot` publishes all of them at every run.",
                "progress: { field: lastUpdate }"),
            LanguageKey(
                "version", .text,
                "The field that tells one version of a document from another, for message-ids and for marking; without it the"
                    + " progress field, or else a hash of the text.",
                "version: lastUpdate"),
            LanguageKey("batch", .integer(1...10_000), "Documents read at a time; 500 without it.", "batch: 1000"),
            LanguageKey(
                "jitter", .text, "Each run begins up to this much later, so that not all begin at once.", "jitter: 30s"),
            LanguageKey(
                "whenEmpty", .word(["nothing", "log"]), "What a run without documents does; `nothing` without it.",
                "whenEmpty: log"),
            LanguageKey(
                "share", .bool,
                "Whether several gateways share the documents, each claiming some for itself; needs a flag.",
                "share: true"),
            LanguageKey(
                "console", .bool, "Whether the gateway itself is published too at every run, as a console.",
                "console: true"),
        ])

    static let progress = LanguageObject(
        "progress", "How far a feed has come", "Exactly one of `field` and `flag`.",
        [
            LanguageKey(
                "field", .text, "A field that grows with every change, such as the date of the last one.",
                "field: lastUpdate"),
            LanguageKey(
                "overlap", .text,
                "With `field`: how far before the mark documents are looked at again, for those that were written late; 1m"
                    + " without it.",
                "overlap: 5m"),
            LanguageKey(
                "flag", .text, "A field that is set to true in a document once it was published.", "flag: exported"),
        ])

    static let document = LanguageObject(
        "document", "What is published of a document",
        "A JSON object of these fields in their order. Paths begin with `.`; an ObjectId is its 24 digits, a date"
            + " `yyyy-MM-dd'T'HH:mm:ss'Z'`, a double keeps its `.0`, a Decimal128 all its digits.",
        [
            LanguageKey("fields", .map(.value), "The fields.", "fields:\n  _id: ._id\n  code: .code"),
            LanguageKey(
                "keep", .word(["all"]), "`all` keeps the document's other members, behind the fields.", "keep: all"),
            LanguageKey("drop", .list(.text), "With `keep: all`, the members that are not kept.", "drop: [exported]"),
            LanguageKey(
                "missing", .word(["null", "leaveOut"]),
                "What a field is that has no value: null, or not there (the default).", "missing: \"null\""),
        ])

    static let setting = LanguageObject(
        "setting", "A value given by a setting", "The setting's value, as it is when the mappings are read.",
        [LanguageKey("setting", .text, required: true, "The setting's name.", "setting: rabbitMQ.producer.interval")])
}
