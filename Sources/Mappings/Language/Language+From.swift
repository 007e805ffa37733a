extension Language {
    static let from = LanguageObject(
        "from", "A source", "Exactly one of these.",
        [
            LanguageKey(
                "amqp", .object("amqp"), "Queues of the RabbitMQ broker.", "amqp: { queue: erp.in, prefetch: 200 }"),
            LanguageKey(
                "mongodb", .object("feed"), "A collection of the store, whose documents are published.",
                "mongodb: { collection: limitStatus, every: 30m, progress: { field: lastUpdate } }"),
            LanguageKey("timer", .object("timer"), "A message at set times.", "timer: { every: 30m }"),
            LanguageKey(
                "file", .object("fileSource"), "Files, each line of which is a message.",
                "file: { path: replay/*.ndjson }"),
        ])

    static let amqp = LanguageObject(
        "amqp", "Queues",
        "Consumed with manual acknowledgement, over a connection for each queue. `queue` or `queues`.",
        [
            LanguageKey(
                "queue", .either([.text, .object("queueSetting")]),
                "The queue's name, or the setting that holds it.", "queue: { setting: rabbitMQ.endpointName }"),
            LanguageKey(
                "queues", .list(.either([.text, .object("queueSetting")])),
                "Several queues. Order holds within each of them.", "queues: [erp.items, erp.stock]"),
            LanguageKey(
                "prefetch", .integer(1...65535),
                "Messages taken of each queue before one is settled; without it the setting rabbitMQ.prefetch.",
                "prefetch: 200"),
            LanguageKey(
                "declare", .object("declare"),
                "What the queues must be like. Without it a queue is taken as it is, and a missing one is made, durable and"
                    + " classic.",
                "declare:\n  policy: declare\n  arguments: { x-queue-type: quorum, x-single-active-consumer: true }"),
        ])

    static let queueSetting = LanguageObject(
        "queueSetting", "A queue named by a setting", "The queue's name is the setting's value.",
        [LanguageKey("setting", .text, required: true, "The setting's name.", "setting: rabbitMQ.endpointName")])

    static let declare = LanguageObject(
        "declare", "What a queue is like",
        "Where the broker has it otherwise, nothing is consumed, and `/readyz` and the log tell what differs.",
        [
            LanguageKey(
                "policy", .word(QueueDeclaration.Policy.allCases.map(\.rawValue)),
                "`passive`: the queue is taken as it is; where there is none, that is waited for. `assert`: it must be there,"
                    + " and be so. `declare` (the default): it is made where there is none, and must be so where there is.",
                "policy: assert"),
            LanguageKey(
                "durable", .bool, "Whether it outlives a restart of the broker; true without it.", "durable: true"),
            LanguageKey(
                "arguments", .map(.anything), "The queue's arguments: texts, numbers, true, false and lists of these.",
                "arguments: { x-queue-type: quorum, x-delivery-limit: 20, x-dead-letter-exchange: erp.dropped }"),
        ])

    static let timer = LanguageObject(
        "timer", "A timer",
        "`every`, or `cron`. The message is `{\"route\": …, \"scheduledAt\": …}`. Several gateways on one database come to one"
            + " effect. Times that pass while the message before is not settled come as one, the latest, and so does a time of the last"
            + " ten minutes before the start; others that pass while no gateway runs are left out.",
        [
            LanguageKey(
                "every", .text,
                "An interval: a number of seconds (s), minutes (m), hours (h) or days (d), counted from 1970.",
                "every: 30m"),
            LanguageKey(
                "cron", .text,
                "Five fields (minute, hour, day of the month, month, day of the week), or six with seconds first; or a word such"
                    + " as `@daily`. A local time that clocks skip is due right after the gap, one that they show twice is due"
                    + " once; an expression of every hour goes on by elapsed time.",
                "cron: \"0 6 * * MON-FRI\""),
            LanguageKey(
                "zone", .text, "With `cron`: where the clocks stand; UTC without it.",
                "zone: America/Argentina/Buenos_Aires"),
        ])

    static let fileSource = LanguageObject(
        "fileSource", "Files of lines",
        "NDJSON: each line is a message, blank ones are skipped. A file is taken once it has been unchanged for a second, in"
            + " order of names; when all its lines are settled, it is renamed to `NAME.done`. A restart in the middle applies"
            + " each line once. The headers `file` and `line` tell where a message comes from.",
        [
            LanguageKey(
                "path", .text, required: true,
                "A directory (its `*.ndjson`), or a path whose last part may hold `*` and `?`; from the gateway's working"
                    + " directory.",
                "path: replay/*.ndjson"),
            LanguageKey(
                "lineBytes", .integer(1...(128 << 20)),
                "Bytes of a line; a longer one is a dead letter with its beginning. Without it as many as a message may have.",
                "lineBytes: 1048576"),
            LanguageKey(
                "prefetch", .integer(1...65535),
                "Lines taken before one is settled; without it the setting rabbitMQ.prefetch.", "prefetch: 1000"),
        ])
}
