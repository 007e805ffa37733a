/// The mapping language as a table. The compiler takes its keys from here, `gateway schema mapping` its schema, and
/// docs/reference/mappings.md its text: a key that is not here does not exist.
package enum Language {
    package static let objects: [LanguageObject] = [
        file, route, routeCase, from, amqp, queueSetting, declare, exchange, declaredQueue, binding, timer,
        fileSource, http, access, read, respond, answer, webSocket, subscribe, feed, progress, message, csv, document,
        to, mongodb, amqpTarget, fileTarget, logTarget, webSocketTarget, value, condition, pad, substring, lookup,
        round, date, format,
        bool,
        split, sequence, concat, branch, setting,
    ]

    package static func object(_ id: String) -> LanguageObject {
        guard let object = objects.first(where: { $0.id == id }) else { preconditionFailure("no object '\(id)'") }
        return object
    }

    static let file = LanguageObject(
        "file", "A mapping file",
        "One or more routes. Read from every `*.yaml` of the mappings directory except tests"
            + " (`*.test.yaml`).",
        [
            LanguageKey(
                "routes", .map(.object("route")), required: true, "The routes, by name.",
                "routes:\n  catalogs:\n    from: { amqp: { queue: promo.catalog } }\n    message: catalog")
        ])

    static let route = LanguageObject(
        "route", "A route",
        "Defines where messages come from, their shape, the definition of their items, where records are"
            + " stored, and what happens when a field cannot be mapped.",
        [
            LanguageKey("description", .text, "Description for people.", "description: items of the ERP"),
            LanguageKey(
                "from", .object("from"), required: true, "The source of messages.",
                "from: { amqp: { queue: erp.in } }"),
        ] + shape + [
            LanguageKey(
                "cases", .list(.object("case")),
                "Several message shapes from one source, instead of `message`: the first case whose `when` matches"
                    + " maps the message.",
                "cases:\n  - when: { path: $.kind, equals: items }\n    definition: catalogItem\n    message: { … }"),
            LanguageKey(
                "match", .word(["first", "all"]),
                "With `cases`: whether only the first matching case maps the message (the default), or every one,"
                    + " in order. With `all`, the message is acknowledged once the parts of all cases are durable. Each"
                    + " part is applied exactly once, and each case needs a `name`, by which the ledger identifies its"
                    + " part.",
                "match: all"),
            LanguageKey(
                "versionField", .text,
                "The record field that orders updates: an item older than its record, or than its record's deletion,"
                    + " changes nothing, and an item without a usable value is rejected. In a message shape, use"
                    + " `version` instead.",
                "versionField: updatedAt"),
            LanguageKey(
                "read", .object("read"),
                "With `from: { http: { method: GET, … } }`: what requests read. `message` says what is shown.",
                "read: { definition: catalogItem, key: { companyId: { parameter: company }, code: { parameter: code } } }"
            ),
            LanguageKey(
                "respond", .object("respond"),
                "With `from: { http: … }`: what requests are answered, where it is not as usual.",
                "respond: { inserted: { text: Created } }"),
            LanguageKey(
                "else", .word(["deadLetter", "ignore"]),
                "What happens to a message that no `when` matches: it becomes a dead letter (the default), or is"
                    + " ignored.",
                "else: ignore"),
        ])

    static let routeCase = LanguageObject(
        "case", "A case of a route", "One message shape among several.",
        [LanguageKey("name", .text, "Name of the case.", "name: items")] + shape)

    private static let target = LanguageKind.either([.word(["mongodb"]), .object("to")])

    private static let shape = [
        LanguageKey(
            "when", .condition, "The messages to map; default: all.",
            "when: { path: $.kind, equals: items }"),
        LanguageKey(
            "message", .either([.word(["catalog", "document"]), .object("message"), .object("document")]),
            "The shape of the message. `catalog` is the built-in catalog message. For a collection's documents:"
                + " what is published; `document` is the document unchanged.",
            "message: catalog"),
        LanguageKey(
            "definition", .text, "The catalog of the items, unless the message names it.",
            "definition: catalogItem"),
        LanguageKey(
            "to", .either([target, .list(target)]),
            "One or more targets; default: MongoDB, in the definition's collection.",
            "to: mongodb"),
        LanguageKey(
            "onError", .word(["reject", "null", "drop"]),
            "What happens when a field cannot be mapped: the item becomes a dead letter (`reject`, the"
                + " default), the field is null, or it is omitted (`drop`). Fields can override it.",
            "onError: reject"),
    ]
}
