extension Language {
    static let message = LanguageObject(
        "message", "A message's shape",
        "Where the items are, and how each is mapped. Paths start with `$` at the message, with `.` at the"
            + " item, and with `^` at the element around the item (`^^` at the next one outwards, and so on).",
        [
            LanguageKey(
                "items", .path, required: true,
                "The items. `[*]` iterates over an array; several of them iterate over nested arrays. An object in place"
                    + " of an array is a list of one. `[*]?`: the array may be missing or null. Without `[*]` the message"
                    + " is a single item.",
                "items: $.pedidos[*].lineas[*]"),
            LanguageKey(
                "companyId", .either([.text, .value]), required: true,
                "The company: a path or value of the message, or a constant text.",
                "companyId: $.empresa"),
            LanguageKey(
                "catalog", .either([.text, .value]),
                "The catalog, if the message names it; otherwise set `definition`.",
                "catalog: $.catalog"),
            LanguageKey(
                "messageId", .value,
                "An id in the message, used instead of the AMQP message-id. A repeated message with the same id is"
                    + " applied once; a different message with the same id (an edited one, for example) is a message of"
                    + " its own.",
                "messageId: $.id"),
            LanguageKey(
                "operation", .either([.word(["I", "U", "D", "IU"]), .value]), required: true,
                "The item's operation: I, U, D or IU.",
                "operation: { path: .accion, table: { ALTA: I, BAJA: D, MODIFICACION: U } }"),
            LanguageKey(
                "if", .condition,
                "A condition on the stored record, judged in the transaction: where it does not hold, the item is rejected"
                    + " with the reason `guard`. Paths start with `~` at the record, and with `.` at the item as it is"
                    + " mapped. An item without a record is not asked.",
                "if: { path: ~.status, equals: 0 }"),
            LanguageKey(
                "version", .path,
                "The path of a value that orders updates: an item older than its record, or than its record's"
                    + " deletion, changes nothing, and an item without a usable value is rejected. It must be"
                    + " the path of one of the `fields` (or, with `keep: all`, of a member that is kept).",
                "version: .updatedAt"),
            LanguageKey(
                "where", .condition, "The items to map; others are skipped and counted.",
                "where: { path: .sku, exists: true }"),
            LanguageKey(
                "csv", .object("csv"), "Items are lines of separated values; columns are then read as `.column`.",
                "csv: { separator: \";\", columns: [sku, price] }"),
            LanguageKey(
                "fields", .map(.value), "The record's fields and their values.",
                "fields:\n  code: .cod\n  price: { path: .precio, decimal: \"1.234,50\" }"),
            LanguageKey(
                "keep", .word(["all"]),
                "`all` keeps the item's other members unchanged. By default a record has only the `fields`.",
                "keep: all"),
            LanguageKey("drop", .list(.text), "With `keep: all`: members that are not kept.", "drop: [accion]"),
        ])

    static let csv = LanguageObject(
        "csv", "Lines of separated values",
        "Quoted as in RFC 4180. Lines end with LF, CR LF or CR; a byte order mark and a first line such as `sep=;` are"
            + " skipped. A line that has the names of the `columns` in another order is an error, and so are the lines after it.",
        [
            LanguageKey(
                "columns", .list(.text), "Column names, in order; required without `header`.", "columns: [sku, price]"),
            LanguageKey(
                "header", .flag,
                "With `lines`: the first line names the columns, in any order, and is not an item.", "header: true"),
            LanguageKey(
                "lines", .flag,
                "`items` leads to a text of many lines, each an item. By default an item is one line.",
                "lines: true"),
            LanguageKey("separator", .text, "Separator, one character; default: a comma.", "separator: \";\""),
            LanguageKey("quote", .text, "Quote, one character; default: `\"`.", "quote: \"'\""),
        ])

    static let condition = LanguageObject(
        "condition", "A condition",
        "A value (see below) with a test, or a combination of conditions. A number and a text with the same"
            + " digits are equal. `above`, `below`, `atLeast`, `atMost`, `olderThan`, `newerThan` and"
            + " `startsWith` are false for a missing or null value, `notEquals` and `notIn` are true. A comparison that cannot be made (`above`"
            + " of a word, `olderThan` of a text that is not a date) is an error of the item.",
        value.keys + [
            LanguageKey(
                "equals", .either([.scalar, .object("value")]),
                "Whether the value equals this: a constant, or another value with its keys.", "equals: items"),
            LanguageKey(
                "notEquals", .either([.scalar, .object("value")]), "Whether it differs from this.", "notEquals: items"),
            LanguageKey("in", .list(.scalar), "Whether it is one of these.", "in: [ALTA, BAJA]"),
            LanguageKey("notIn", .list(.scalar), "Whether it is none of these.", "notIn: [ALTA, BAJA]"),
            LanguageKey("exists", .bool, "Whether it is present and not null.", "exists: true"),
            LanguageKey("startsWith", .text, "Whether it is a text with this prefix.", "startsWith: ERP-"),
            LanguageKey("above", .scalar, "Whether it is a number greater than this.", "above: 0"),
            LanguageKey("atLeast", .scalar, "Whether it is a number greater than or equal to this.", "atLeast: 1"),
            LanguageKey("below", .scalar, "Whether it is a number less than this.", "below: 100"),
            LanguageKey("atMost", .scalar, "Whether it is a number less than or equal to this.", "atMost: 99.5"),
            LanguageKey(
                "olderThan", .either([.text, .object("setting")]),
                "Whether it is a date more than this duration ago: a number and ms, s, m, h or d.", "olderThan: 10m"),
            LanguageKey(
                "newerThan", .either([.text, .object("setting")]), "Whether it is a date at most this duration ago.",
                "newerThan: 10m"),
            LanguageKey("all", .list(.condition), "Whether all of these hold.", "all: [{ path: .a, exists: true }]"),
            LanguageKey(
                "any", .list(.condition), "Whether at least one of these holds.", "any: [{ path: .a, equals: 1 }]"),
            LanguageKey("not", .condition, "Whether this does not hold.", "not: { path: .a, equals: 1 }"),
        ])

    /// Condition keys that test the value, without those that select it.
    static let tests = [
        "equals", "notEquals", "in", "notIn", "exists", "startsWith", "above", "atLeast", "below", "atMost",
        "olderThan", "newerThan",
    ]
}
