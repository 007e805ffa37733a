extension Language {
    static let message = LanguageObject(
        "message", "A message's shape",
        "Where in the message the items are, and what becomes of each. Paths begin with `$` for the message, with `.` for the"
            + " item, with `^` for what the item stands in (`^^` for what that stands in, and so on).",
        [
            LanguageKey(
                "items", .path, required: true,
                "The items. `[*]` goes through an array; several of them go through arrays inside one another. Without any,"
                    + " the message is one item.",
                "items: $.pedidos[*].lineas[*]"),
            LanguageKey(
                "companyId", .either([.text, .value]), required: true,
                "The company: a path or value of the message, or a text that is always the same.",
                "companyId: $.empresa"),
            LanguageKey(
                "catalog", .either([.text, .value]), "The catalog, where the message says it; else `definition` does.",
                "catalog: $.catalog"),
            LanguageKey(
                "messageId", .value,
                "An id that the message carries inside; without it the AMQP message-id counts. The same message under it has its"
                    + " effect once; another one under it (a mended one, say) is a message of its own.",
                "messageId: $.id"),
            LanguageKey(
                "operation", .either([.word(["I", "U", "D", "IU"]), .value]), required: true,
                "What an item asks for: I, U, D or IU.",
                "operation: { path: .accion, table: { ALTA: I, BAJA: D, MODIFICACION: U } }"),
            LanguageKey(
                "version", .path,
                "The path that says how new an item is, which must be that of one of the `fields` (or, with `keep: all`, of a"
                    + " member that is kept): an item older than its record changes nothing.",
                "version: .updatedAt"),
            LanguageKey(
                "where", .condition, "Which items are taken; the others are left out and counted.",
                "where: { path: .sku, exists: true }"),
            LanguageKey(
                "csv", .object("csv"), "Items are lines of separated values; columns are then read as `.column`.",
                "csv: { separator: \";\", columns: [sku, price] }"),
            LanguageKey(
                "fields", .map(.value), "The record's fields, each with the value it gets.",
                "fields:\n  code: .cod\n  price: { path: .precio, decimal: \"1.234,50\" }"),
            LanguageKey(
                "keep", .word(["all"]),
                "`all` keeps the item's other members as they are. Without `keep` a record has the `fields` alone.",
                "keep: all"),
            LanguageKey("drop", .list(.text), "With `keep: all`, the members that are not kept.", "drop: [accion]"),
        ])

    static let csv = LanguageObject(
        "csv", "Lines of separated values", "As RFC 4180 has them.",
        [
            LanguageKey(
                "columns", .list(.text), required: true, "The columns' names, in order.", "columns: [sku, price]"),
            LanguageKey(
                "lines", .flag,
                "`items` leads to a text of many lines, each of which is an item. Without it an item is one line.",
                "lines: true"),
            LanguageKey("separator", .text, "One character between cells; a comma without it.", "separator: \";\""),
            LanguageKey("quote", .text, "One character around cells; `\"` without it.", "quote: \"'\""),
        ])

    static let condition = LanguageObject(
        "condition", "A condition",
        "A value (see below) and what it is asked, or several conditions together. A text and a number that look alike are"
            + " the same here.",
        value.keys + [
            LanguageKey("equals", .scalar, "Whether the value is this.", "equals: items"),
            LanguageKey("notEquals", .scalar, "Whether it is not.", "notEquals: items"),
            LanguageKey("in", .list(.scalar), "Whether it is one of these.", "in: [ALTA, BAJA]"),
            LanguageKey("notIn", .list(.scalar), "Whether it is none of these.", "notIn: [ALTA, BAJA]"),
            LanguageKey("exists", .bool, "Whether it is there and not null.", "exists: true"),
            LanguageKey("startsWith", .text, "Whether it is a text that begins so.", "startsWith: ERP-"),
            LanguageKey("above", .scalar, "Whether it is a number greater than this.", "above: 0"),
            LanguageKey("atLeast", .scalar, "Whether it is this number or greater.", "atLeast: 1"),
            LanguageKey("below", .scalar, "Whether it is a number less than this.", "below: 100"),
            LanguageKey("atMost", .scalar, "Whether it is this number or less.", "atMost: 99.5"),
            LanguageKey(
                "olderThan", .either([.text, .object("setting")]),
                "Whether it is a date of more than this time ago: a number and s, m, h or d.", "olderThan: 10m"),
            LanguageKey(
                "newerThan", .either([.text, .object("setting")]), "Whether it is a date of at most this time ago.",
                "newerThan: 10m"),
            LanguageKey("all", .list(.condition), "Whether all of these hold.", "all: [{ path: .a, exists: true }]"),
            LanguageKey("any", .list(.condition), "Whether one of these holds.", "any: [{ path: .a, equals: 1 }]"),
            LanguageKey("not", .condition, "Whether this does not hold.", "not: { path: .a, equals: 1 }"),
        ])

    /// The keys of a condition that ask, apart from those that give the value.
    static let tests = [
        "equals", "notEquals", "in", "notIn", "exists", "startsWith", "above", "atLeast", "below", "atMost",
        "olderThan", "newerThan",
    ]
}
