extension Language {
    static let from = LanguageObject(
        "from", "A source", "Exactly one of these.",
        [
            LanguageKey(
                "amqp", .object("amqp"), "RabbitMQ queues.", "amqp: { queue: erp.in, prefetch: 200 }"),
            LanguageKey(
                "mongodb", .object("feed"), "A MongoDB collection whose documents are published.",
                "mongodb: { collection: limitStatus, every: 30m, progress: { field: lastUpdate } }"),
            LanguageKey("timer", .object("timer"), "Messages on a schedule.", "timer: { every: 30m }"),
            LanguageKey(
                "file", .object("fileSource"), "Files with one message per line.",
                "file: { path: replay/*.ndjson }"),
            LanguageKey(
                "http", .object("http"), "HTTP requests: each is a message, and is answered once it is settled.",
                "http: { method: POST, path: /orders }"),
            LanguageKey(
                "websocket", .object("websocket"), "Clients that get what is pushed to a topic.",
                "websocket: { topic: tasks, subscribe: { key: .user_id } }"),
        ])

    static let amqp = LanguageObject(
        "amqp", "Queues",
        "Consumed with manual acknowledgement, with a connection for each queue. Exactly one of `queue` and"
            + " `queues`.",
        [
            LanguageKey(
                "queue", .either([.text, .object("queueSetting")]),
                "The queue's name, or the setting that holds it.", "queue: { setting: rabbitMQ.endpointName }"),
            LanguageKey(
                "queues", .list(.either([.text, .object("queueSetting")])),
                "Several queues. Messages are applied in order within each queue.", "queues: [erp.items, erp.stock]"),
            LanguageKey(
                "prefetch", .integer(1...65535),
                "Maximum number of unsettled messages per queue; default: the setting rabbitMQ.prefetch.",
                "prefetch: 200"),
            LanguageKey(
                "declare", .object("declare"),
                "Required properties and bindings of the queues, and what else must be at the broker. By default a queue"
                    + " is used as it is, and a missing one is created, durable and classic.",
                "declare:\n  arguments: { x-queue-type: quorum, x-single-active-consumer: true }\n"
                    + "  exchanges: [{ name: orders, type: topic }]\n"
                    + "  bindings: [{ exchange: orders, routingKey: order.* }]"),
        ])

    static let queueSetting = LanguageObject(
        "queueSetting", "A queue named by a setting", "The queue's name is the setting's value.",
        [LanguageKey("setting", .text, required: true, "The setting's name.", "setting: rabbitMQ.endpointName")])

    private static let queueProperties = [
        LanguageKey(
            "durable", .bool, "Whether the queue survives a restart of the broker; default: true.", "durable: true"),
        LanguageKey(
            "arguments", .map(.anything), "The queue's arguments: texts, numbers, booleans and lists of these.",
            "arguments: { x-queue-type: quorum, x-delivery-limit: 20, x-dead-letter-exchange: erp.dropped }"),
        LanguageKey(
            "bindings", .list(.object("binding")),
            "The exchanges that the queue is bound to; only with the policy `declare`, since AMQP cannot ask for a"
                + " binding. Other bindings of the queue stay.",
            "bindings: [{ exchange: orders, routingKey: order.* }]"),
    ]

    static let declare = LanguageObject(
        "declare", "Queues, exchanges and bindings",
        "What must be at the broker. `durable`, `arguments` and `bindings` belong to the queue that `queue:` or"
            + " `queues:` names beside it; `exchanges` and `queues` name others. Everything is ensured at each connection"
            + " and every few seconds; nothing is ever deleted or unbound. While the broker's queue or exchange differs"
            + " from it, nothing is consumed from the queue, or published to the exchange; `/readyz` and the log report"
            + " the difference.",
        [
            LanguageKey(
                "policy", .word(QueueDeclaration.Policy.allCases.map(\.rawValue)),
                "`passive`: use what is there as it is; wait for what is missing. `assert`: it must exist with these"
                    + " properties. `declare` (the default): create it if missing; otherwise it must have these"
                    + " properties.",
                "policy: assert")
        ] + queueProperties + [
            LanguageKey(
                "exchanges", .list(.object("exchange")),
                "Exchanges to publish to, to bind queues to, or that take dead letters. An exchange that is not listed"
                    + " belongs to others: it is waited for.",
                "exchanges: [{ name: orders, type: topic }]"),
            LanguageKey(
                "queues", .list(.object("declaredQueue")),
                "Queues besides the one consumed or published to, so that nothing is unroutable before their consumers"
                    + " have run.",
                "queues:\n  - { name: orders.shop, bindings: [{ exchange: orders, routingKey: order.* }] }"),
        ])

    static let exchange = LanguageObject(
        "exchange", "An exchange",
        "With the policy `passive` only its `name`. The default exchange and those named `amq.…` are the broker's own:"
            + " they are always there, and are not declared.",
        [
            LanguageKey("name", .text, required: true, "The exchange's name.", "name: orders"),
            LanguageKey(
                "type", .word(ExchangeDeclaration.Kind.allCases.map(\.rawValue)),
                "How it routes: by equal routing keys, by patterns of them, to every queue, or by headers.",
                "type: topic"),
            LanguageKey(
                "durable", .bool, "Whether it survives a restart of the broker; default: true.", "durable: true"),
            LanguageKey(
                "autoDelete", .bool, "Whether the broker deletes it with its last binding; default: false.",
                "autoDelete: false"),
            LanguageKey(
                "internal", .bool, "Whether it takes messages from other exchanges only; default: false.",
                "internal: false"),
            LanguageKey(
                "arguments", .map(.anything),
                "The exchange's arguments: texts, numbers, booleans and lists of these. `alternate-exchange` names the"
                    + " exchange for messages that no queue is bound for.",
                "arguments: { alternate-exchange: orders.unrouted }"),
        ])

    static let declaredQueue = LanguageObject(
        "declaredQueue", "A further queue", "Neither consumed nor published to by name.",
        [LanguageKey("name", .text, required: true, "The queue's name.", "name: orders.shop")] + queueProperties)

    static let binding = LanguageObject(
        "binding", "A binding", "Of a queue to an exchange.",
        [
            LanguageKey(
                "exchange", .text, required: true,
                "The exchange: one under `exchanges`, another's, or one of the broker's such as `amq.topic`.",
                "exchange: orders"),
            LanguageKey(
                "routingKey", .text,
                "The routing key, with a topic exchange a pattern: words between dots, `*` for one word, `#` for any"
                    + " number; default: empty.",
                "routingKey: order.*"),
            LanguageKey(
                "arguments", .map(.anything),
                "With a headers exchange: the headers that must be equal, and `x-match`, `all` (the default) or `any`.",
                "arguments: { x-match: any, region: north, priority: 1 }"),
        ])

    static let timer = LanguageObject(
        "timer", "A timer",
        "Exactly one of `every` and `cron`. The message is `{\"route\": …, \"scheduledAt\": …}`. Gateways"
            + " that share a database apply each time once. Times that pass while the previous message is"
            + " unsettled are merged into one, the latest; so are those of the last ten minutes before the start."
            + " Others that pass while no gateway runs are skipped.",
        [
            LanguageKey(
                "every", .text,
                "An interval: a number of milliseconds (ms, from 100ms on), seconds (s), minutes (m), hours (h) or days (d), aligned"
                    + " to 1970-01-01 UTC.",
                "every: 30m"),
            LanguageKey(
                "cron", .text,
                "Five fields (minute, hour, day of the month, month, day of the week with 0 or 7 for Sunday), or six with seconds first;"
                    + " or a name such as `@daily`. A local time skipped by daylight saving is due right after the gap, a"
                    + " repeated one is due once; an expression for every hour follows elapsed time.",
                "cron: \"0 6 * * MON-FRI\""),
            LanguageKey(
                "zone", .text, "With `cron`: the time zone; default: UTC.",
                "zone: America/Argentina/Buenos_Aires"),
        ])

    static let fileSource = LanguageObject(
        "fileSource", "Files of lines",
        "NDJSON: each line is a message; blank lines are skipped. A file is read once it has been unchanged"
            + " for a second, in order of names; when all its lines are settled, it is renamed to `NAME.done`; lines that are"
            + " written to it after that are read under its old name, while the gateway that renamed it runs."
            + " After a restart in the middle each line is still applied once. The headers `file` and `line` give"
            + " a message's origin.",
        [
            LanguageKey(
                "path", .text, required: true,
                "A directory (its `*.ndjson` files), or a path whose last component may contain `*` and `?`;"
                    + " relative to the gateway's working directory.",
                "path: replay/*.ndjson"),
            LanguageKey(
                "lineBytes", .integer(1...(128 << 20)),
                "Maximum bytes of a line; a longer one becomes a dead letter with its beginning. Default: the"
                    + " maximum of a message.",
                "lineBytes: 1048576"),
            LanguageKey(
                "prefetch", .integer(1...65535),
                "Maximum number of unsettled lines; default: the setting rabbitMQ.prefetch.", "prefetch: 1000"),
        ])
}
