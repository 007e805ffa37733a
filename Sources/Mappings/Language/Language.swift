/// The mapping language as a table. The compiler takes its keys from here, `gateway schema mapping` its schema, and
/// docs/mapping-reference.md its text: a key that is not here does not exist.
package enum Language {
    package static let objects: [LanguageObject] = [
        file, route, routeCase, from, amqp, queueSetting, declare, timer, fileSource, feed, progress, message, csv,
        document,
        to, mongodb, amqpTarget, fileTarget, logTarget, value, condition, pad, substring, lookup, round, date, format,
        bool,
        split, concat, branch, setting,
    ]

    package static func object(_ id: String) -> LanguageObject {
        guard let object = objects.first(where: { $0.id == id }) else { preconditionFailure("no object '\(id)'") }
        return object
    }

    static let file = LanguageObject(
        "file", "A mapping file", "Every file `*.yaml` of the mappings directory, but for tests (`*.test.yaml`).",
        [
            LanguageKey(
                "routes", .map(.object("route")), required: true, "The routes, by name.",
                "routes:\n  catalogs:\n    from: { amqp: { queue: promo.catalog } }\n    message: catalog")
        ])

    static let route = LanguageObject(
        "route", "A route",
        "Says five things once: where messages come from, what shape they have, which definition their items are held to,"
            + " where records go, and what happens where a field cannot be made.",
        [
            LanguageKey("description", .text, "What the route is for, for people.", "description: items of the ERP"),
            LanguageKey(
                "from", .object("from"), required: true, "Where messages come from.",
                "from: { amqp: { queue: erp.in } }"),
        ] + shape + [
            LanguageKey(
                "cases", .list(.object("case")),
                "Several shapes of message from one queue: the first case whose `when` holds takes the message. In the"
                    + " place of `message`.",
                "cases:\n  - when: { path: $.kind, equals: items }\n    definition: catalogItem\n    message: { … }"),
            LanguageKey(
                "match", .word(["first", "all"]),
                "With `cases`: whether the first one whose `when` holds takes the message (the default), or each of them, in their"
                    + " order. With `all` the message is acknowledged once the parts of all cases are durable, each has its"
                    + " effect once, and each case needs a `name`: the ledger knows a part by it.",
                "match: all"),
            LanguageKey(
                "versionField", .text,
                "The field of the records that says how new they are: an item older than its record changes nothing. Where a"
                    + " message's shape is told, `version` can say it there.",
                "versionField: updatedAt"),
            LanguageKey(
                "else", .word(["deadLetter", "ignore"]),
                "What becomes of a message that no `when` takes: a dead letter (the default), or nothing.",
                "else: ignore"),
        ])

    static let routeCase = LanguageObject(
        "case", "A case of a route", "One shape of message among several.",
        [LanguageKey("name", .text, "What the case is called.", "name: items")] + shape)

    private static let target = LanguageKind.either([.word(["mongodb"]), .object("to")])

    private static let shape = [
        LanguageKey(
            "when", .condition, "Which messages are taken; without it all are.",
            "when: { path: $.kind, equals: items }"),
        LanguageKey(
            "message", .either([.word(["catalog", "document"]), .object("message"), .object("document")]),
            "The shape of the message. `catalog` is the built-in catalog message. Of a collection's documents: what is"
                + " published; `document` is the document as it is.",
            "message: catalog"),
        LanguageKey(
            "definition", .text, "The catalog that the items belong to, where the message does not say it itself.",
            "definition: catalogItem"),
        LanguageKey(
            "to", .either([target, .list(target)]),
            "Where records go, or several such places; without it to MongoDB, to the collection of the definition.",
            "to: mongodb"),
        LanguageKey(
            "onError", .word(["reject", "null", "drop"]),
            "What happens to a field that cannot be made: the item becomes a dead letter (`reject`, the default), the field"
                + " is null, or it is left out (`drop`). A field can say otherwise.",
            "onError: reject"),
    ]
}
