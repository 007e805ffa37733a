extension Language {
    /// Value keys that select a source; at most one may be present.
    static let sources = [
        "path", "value", "header", "parameter", "delivery", "new", "sequence", "concat", "sum", "choose", "fields",
    ]

    static let value = LanguageObject(
        "value", "A value",
        "A source, then steps, applied *in the order in which they are written*. A path alone is short for"
            + " `{ path: … }`. Steps leave missing and null values unchanged.",
        [
            LanguageKey(
                "path", .either([.path, .list(.path)]), "A path in the message; of several, the first that is present.",
                "path: [.precioOferta, .precio]"),
            LanguageKey("value", .anything, "A constant.", "value: 1"),
            LanguageKey(
                "header", .text, "A header of the delivery: single values as text; a list or table as list or object.",
                "header: x-company"),
            LanguageKey(
                "parameter", .text,
                "A parameter of a request: of its path, else of its query. One that is there twice is an error.",
                "parameter: id"),
            LanguageKey(
                "delivery", .word(DeliveryValue.Fact.allCases.map(\.rawValue)),
                "Another property of the delivery; `index` is the item's number, from 0, and `principal` who sent a request, by"
                    + " `access:`.", "delivery: receivedAt"),
            LanguageKey(
                "new", .word(["uuid"]),
                "A new UUID for each item: the same when the message is delivered again under its message-id. Only for"
                    + " a field of a record.", "new: uuid"),
            LanguageKey(
                "sequence", .either([.text, .object("sequence")]),
                "The next whole number of a sequence, which all gateways share: no number is given twice, and some are"
                    + " left out. Only for a field of a record.", "sequence: tasks"),
            LanguageKey(
                "concat", .either([.list(.either([.text, .value])), .object("concat")]),
                "Concatenates values as text: a path, or any other text as it is (in quotes, if it looks like a path). A whole"
                    + " number is its digits. Missing values count as empty; if all are missing, so is the result.",
                "concat: [.linea, \"-\", .codigo]"),
            LanguageKey(
                "sum", .list(.value),
                "The exact sum of numbers. Missing values count as nothing; if all are missing, so is the sum.",
                "sum: [~.quantity, .quantity]"),
            LanguageKey(
                "choose", .list(.object("branch")),
                "The value of the first branch whose condition holds. If none holds, that is an error, unless there is an"
                    + " `else`, or a `default` after it.",
                "choose:\n  - when: { path: .tipo, equals: A }\n    then: .precioA\n  - else: .precioB"),
            LanguageKey(
                "fields", .map(.value), "An object with these fields.", "fields: { street: .calle, city: .ciudad }"),
            LanguageKey(
                "text", .flag,
                "Converts a boolean or a whole number to text: 15, 15.0 and 1.5E1 are \"15\". Other numbers are an error,"
                    + " except in feeds and postings, where they are as stored.", "text: true"),
            LanguageKey("trim", .flag, "Removes surrounding white space.", "trim: true"),
            LanguageKey("upper", .flag, "Converts to upper case.", "upper: true"),
            LanguageKey("lower", .flag, "Converts to lower case.", "lower: true"),
            LanguageKey(
                "blank", .word(["missing", "null"]), "What blank text (only white space) is converted to.",
                "blank: missing"
            ),
            LanguageKey(
                "pad", .object("pad"), "Pads to a number of characters.", "pad: { length: 8, with: \"0\" }"),
            LanguageKey(
                "replace", .map(.text), "Replaces each of these texts, in order.", "replace: { \"-\": \"\" }"),
            LanguageKey(
                "substring", .object("substring"), "Extracts a substring.", "substring: { from: 0, length: 3 }"),
            LanguageKey(
                "table", .map(.scalar),
                "Replaces the value by a table; `\"*\"` matches all other values, which are an error without it.",
                "table: { ALTA: I, BAJA: D }"),
            LanguageKey(
                "lookup", .object("lookup"), "Replaces the value by a table in a file.",
                "lookup: { file: stores.csv, key: erp, column: code }"),
            LanguageKey(
                "decimal", .text,
                "Converts text to an exact decimal number. The sample shows the separators of fraction and"
                    + " thousands. All spaces separate alike, and both apostrophes.",
                "decimal: \"1.234,50\""),
            LanguageKey("integer", .flag, "Converts text of digits to a whole number.", "integer: true"),
            LanguageKey(
                "round", .either([.integer(0...34), .object("round")]), "Rounds to a number of decimal places.",
                "round: 2"
            ),
            LanguageKey("scale", .integer(-34...34), "Moves the decimal point: × 10ⁿ.", "scale: -2"),
            LanguageKey(
                "date", .either([.text, .list(.text), .object("date")]),
                "Parses a date by a pattern; a date with a time is converted to UTC. Also `epochSeconds`,"
                    + " `epochMilliseconds`.",
                "date: { pattern: \"dd/MM/yyyy HH:mm\", zone: America/Argentina/Buenos_Aires }"),
            LanguageKey(
                "format", .either([.text, .object("format")]), "Formats a date (ISO 8601) by a pattern.",
                "format: { pattern: \"dd/MM/yyyy HH:mm\", zone: America/Argentina/Buenos_Aires }"),
            LanguageKey(
                "bool", .either([.flag, .object("bool")]), "Converts words to true or false.",
                "bool: { true: [S, ALTA], false: [N, BAJA] }"),
            LanguageKey(
                "split", .either([.text, .object("split")]), "Splits delimited text into a list.", "split: \",\""),
            LanguageKey("join", .text, "Joins a list to text with this separator.", "join: \", \""),
            LanguageKey(
                "each", .value, "Maps each element of a list (`.`) to this value.",
                "each: { path: ., trim: true }"),
            LanguageKey(
                "jq", .text,
                "Runs a jq program on the value, or on the item if it is the first step. It gives one value or none."
                    + " Numbers are doubles in jq: a result that depends on a number of more digits (15, or whole ones up to"
                    + " 2^53), or has more itself, is an error.",
                "jq: '.precios | max'"),
            LanguageKey(
                "default", .either([.scalar, .value]), "Replaces a missing or null value.",
                "default: { value: 0 }"),
            LanguageKey(
                "onError", .either([.word(["reject", "null", "drop"]), .object("value")]),
                "What happens when a step fails: the item becomes a dead letter, the field is null or omitted, or"
                    + " it gets another value. Only for a field.",
                "onError: { value: 0 }"),
        ])

    static let pad = LanguageObject(
        "pad", "Padding", "Pads text on one side.",
        [
            LanguageKey(
                "length", .integer(1...1000), required: true, "Length of the result, in characters.", "length: 8"),
            LanguageKey("with", .text, "Padding, one character; default: a space.", "with: \"0\""),
            LanguageKey("side", .word(["left", "right"]), "The side to pad; default: left.", "side: left"),
        ])

    static let substring = LanguageObject(
        "substring", "A substring", "Positions are counted from 0; a negative `from` counts from the end.",
        [
            LanguageKey(
                "from", .integer(-100_000...100_000), required: true, "Position of the first character.", "from: 0"),
            LanguageKey(
                "length", .integer(0...100_000), "Number of characters; default: all that follow.", "length: 3"),
        ])

    static let lookup = LanguageObject(
        "lookup", "A table in a file",
        "A file beside the mapping file. A CSV file (`.csv`) starts with a line of column names; a YAML"
            + " file holds keys and values.",
        [
            LanguageKey(
                "file", .text, required: true, "The file, relative to the mapping file's directory.", "file: stores.csv"
            ),
            LanguageKey("key", .text, "The column to search for the value (CSV).", "key: erp"),
            LanguageKey("column", .text, "The column of the result (CSV).", "column: code"),
            LanguageKey(
                "separator", .text, "Separator, one character (CSV); default: a comma.", "separator: \";\""),
            LanguageKey(
                "otherwise", .scalar, "Result for values that are not found; without it they are an error.",
                "otherwise: X"),
        ])

    static let round = LanguageObject(
        "round", "Rounding", "Exact decimal rounding.",
        [
            LanguageKey("digits", .integer(0...34), required: true, "Number of decimal places.", "digits: 2"),
            LanguageKey(
                "mode", .word(Round.Mode.allCases.map(\.rawValue)), "Rounding mode; default: halfUp.", "mode: halfEven"),
        ])

    static let date = LanguageObject(
        "date", "Parsing a date",
        "Letters as in dd/MM/yyyy HH:mm:ss.SSS. yy is a year of two digits; d, M, H, m and s have one digit or two. MMM is the"
            + " month's English name in three letters, MMMM all of it; EEE and EEEE are the day's. hh is the hour from 1 to 12,"
            + " with a for AM or PM; DDD is the day of the year. Offsets: XXX is -03:00, XX is -0300, X is -03 (or -0330), all"
            + " with Z for UTC; xxx, xx and x are the same with +00:00, +0000 and +00. An offset is read in any of these ways."
            + " Other letters stand in 'quotes'; a part in [brackets] may be missing. Names are read in upper and lower case."
            + " What contradicts itself, such as Monday for a Tuesday, is an error. A date without a time yields a day; zone"
            + " and offset do not change it. A local time that daylight saving repeats is the earlier one; one that it skips"
            + " is moved by the gap.",
        [
            LanguageKey(
                "pattern", .either([.text, .list(.text)]), required: true, "The pattern, or several to try in order.",
                "pattern: [\"[EEE, ]d MMM yyyy HH:mm[:ss] xx\", \"EEE, dd MMM yyyy HH:mm:ss 'GMT'\"]"),
            LanguageKey(
                "zone", .either([.text, .object("setting")]), "Time zone of the text; default: UTC.",
                "zone: America/Argentina/Buenos_Aires"),
            LanguageKey(
                "pivot", .integer(1...9900),
                "First of the hundred years that a year of two digits (yy) is read as; default: 2000.", "pivot: 1930"),
        ])

    static let format = LanguageObject(
        "format", "Formatting a date",
        "Letters as for `date`. Parts in [brackets] are written; of a day, those without a time.",
        [
            LanguageKey(
                "pattern", .text, required: true, "The pattern.",
                "pattern: \"EEE MMM dd yyyy HH:mm:ss 'GMT'xx '(Coordinated Universal Time)'\""),
            LanguageKey(
                "zone", .either([.text, .object("setting")]), "Time zone of the result; default: UTC.",
                "zone: America/Argentina/Buenos_Aires"),
        ])

    static let bool = LanguageObject(
        "bool", "Words for true and false",
        "Ignores case. `bool: true` accepts \(ToBool.usualYes.joined(separator: ", ")) and"
            + " \(ToBool.usualNo.joined(separator: ", ")).",
        [
            LanguageKey("true", .list(.scalar), required: true, "Words for true.", "true: [S]"),
            LanguageKey("false", .list(.scalar), required: true, "Words for false.", "false: [N]"),
        ])

    static let split = LanguageObject(
        "split", "Splitting text", "By default parts are trimmed and empty parts are omitted.",
        [
            LanguageKey("by", .text, required: true, "The separator.", "by: \",\""),
            LanguageKey("trim", .bool, "Whether to remove white space around parts.", "trim: false"),
            LanguageKey("keepEmpty", .bool, "Whether to keep empty parts.", "keepEmpty: true"),
        ])

    /// Where a sequence can begin: what JSON readers with doubles take exactly.
    static let sequenceNumbers = 0...9_007_199_254_740_991

    static let sequence = LanguageObject(
        "sequence", "A sequence", "Whole numbers that are given once each. Stored in `gateway.sequences`.",
        [
            LanguageKey("name", .text, required: true, "Name of the sequence, 1 to 120 bytes.", "name: tasks"),
            LanguageKey(
                "from", .integer(sequenceNumbers),
                "The first number; default: 1. A sequence that is behind it goes on from there.", "from: 1000"),
        ])

    static let concat = LanguageObject(
        "concat", "Joining values", "Concatenates values with a separator between those that are present.",
        [
            LanguageKey(
                "parts", .list(.either([.text, .value])), required: true,
                "The values; a text that is not a path is literal.", "parts: [.nombre, .apellido]"),
            LanguageKey("separator", .text, "The separator.", "separator: \" \""),
        ])

    static let branch = LanguageObject(
        "branch", "A branch of `choose`", "`when` and `then`, or `else` alone as the last branch.",
        [
            LanguageKey("when", .condition, "The condition.", "when: { path: .a, equals: 1 }"),
            LanguageKey("then", .either([.scalar, .value]), "The value if the condition holds.", "then: .b"),
            LanguageKey("else", .either([.scalar, .value]), "The value if no condition holds.", "else: { value: 0 }"),
        ])
}
