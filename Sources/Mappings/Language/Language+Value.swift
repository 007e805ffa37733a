extension Language {
    /// The keys of a value that say where it comes from; at most one of them.
    static let sources = ["path", "value", "header", "delivery", "concat", "choose", "fields"]

    static let value = LanguageObject(
        "value", "A value",
        "Where it comes from, and then the steps it goes through *in the order in which they are written*. A path alone can"
            + " stand for `{ path: … }`. Steps leave a value that is missing or null as it is.",
        [
            LanguageKey(
                "path", .either([.path, .list(.path)]), "A place in the message; of several the first that is there.",
                "path: [.precioOferta, .precio]"),
            LanguageKey("value", .anything, "The same value always.", "value: 1"),
            LanguageKey("header", .text, "A header of the delivery, as text.", "header: x-company"),
            LanguageKey(
                "delivery", .word(DeliveryValue.Fact.allCases.map(\.rawValue)),
                "Something else known of the delivery; `index` is the item's number from 0.", "delivery: receivedAt"),
            LanguageKey(
                "concat", .either([.list(.either([.text, .value])), .object("concat")]),
                "Values one after another as text. Missing ones count as empty; where all are missing, so is the whole.",
                "concat: [.linea, \"-\", .codigo]"),
            LanguageKey(
                "choose", .list(.object("branch")), "The value of the first branch whose condition holds.",
                "choose:\n  - when: { path: .tipo, equals: A }\n    then: .precioA\n  - else: .precioB"),
            LanguageKey(
                "fields", .map(.value), "An object with these fields.", "fields: { street: .calle, city: .ciudad }"),
            LanguageKey("text", .flag, "A number, or true or false, as text.", "text: true"),
            LanguageKey("trim", .flag, "Without the white space around it.", "trim: true"),
            LanguageKey("upper", .flag, "In upper case.", "upper: true"),
            LanguageKey("lower", .flag, "In lower case.", "lower: true"),
            LanguageKey(
                "blank", .word(["missing", "null"]), "What text of nothing but white space counts as.", "blank: missing"
            ),
            LanguageKey(
                "pad", .object("pad"), "Filled up to a number of characters.", "pad: { length: 8, with: \"0\" }"),
            LanguageKey(
                "replace", .map(.text), "Each of these texts replaced, in order.", "replace: { \"-\": \"\" }"),
            LanguageKey(
                "substring", .object("substring"), "Some of its characters.", "substring: { from: 0, length: 3 }"),
            LanguageKey(
                "table", .map(.scalar),
                "Exchanged by a table; `\"*\"` stands for all else, which otherwise is an error.",
                "table: { ALTA: I, BAJA: D }"),
            LanguageKey(
                "lookup", .object("lookup"), "Exchanged by a file.",
                "lookup: { file: stores.csv, key: erp, column: code }"),
            LanguageKey(
                "decimal", .text,
                "Text to an exact decimal number. The sample tells what separates fraction and thousands.",
                "decimal: \"1.234,50\""),
            LanguageKey("integer", .flag, "Text of digits to a whole number.", "integer: true"),
            LanguageKey(
                "round", .either([.integer(0...34), .object("round")]), "To so many digits after the point.", "round: 2"
            ),
            LanguageKey("scale", .integer(-34...34), "The decimal point moved: × 10ⁿ.", "scale: -2"),
            LanguageKey(
                "date", .either([.text, .list(.text), .object("date")]),
                "Text to a date, by a pattern; a date with a time becomes UTC. Also `epochSeconds`, `epochMilliseconds`.",
                "date: { pattern: \"dd/MM/yyyy HH:mm\", zone: America/Argentina/Buenos_Aires }"),
            LanguageKey(
                "format", .either([.text, .object("format")]), "A date (as ISO 8601) to text, by a pattern.",
                "format: { pattern: \"dd/MM/yyyy HH:mm\", zone: America/Argentina/Buenos_Aires }"),
            LanguageKey(
                "bool", .either([.flag, .object("bool")]), "Words to true or false.",
                "bool: { true: [S, ALTA], false: [N, BAJA] }"),
            LanguageKey("split", .either([.text, .object("split")]), "Delimited text to a list.", "split: \",\""),
            LanguageKey("join", .text, "A list to text, with this between its elements.", "join: \", \""),
            LanguageKey(
                "each", .value, "A list, with each element (which is `.`) made into this.",
                "each: { path: ., trim: true }"),
            LanguageKey(
                "jq", .text,
                "A jq program on the value so far, or on the item where nothing stands before it. Numbers pass through"
                    + " doubles: 15 digits are kept.",
                "jq: '.precios | max'"),
            LanguageKey(
                "default", .either([.scalar, .value]), "What takes the place of a value that is missing or null.",
                "default: { value: 0 }"),
            LanguageKey(
                "onError", .either([.word(["reject", "null", "drop"]), .object("value")]),
                "What happens where a step fails: the item becomes a dead letter, the field is null or left out, or it gets"
                    + " another value. Only for a field.",
                "onError: { value: 0 }"),
        ])

    static let pad = LanguageObject(
        "pad", "Filling up", "With `left` the filling stands before the text.",
        [
            LanguageKey("length", .integer(1...1000), required: true, "Characters at the end.", "length: 8"),
            LanguageKey("with", .text, "One character; a space without it.", "with: \"0\""),
            LanguageKey("side", .word(["left", "right"]), "Where the filling goes; left without it.", "side: left"),
        ])

    static let substring = LanguageObject(
        "substring", "Some characters", "Counted from 0; a negative `from` counts from the end.",
        [
            LanguageKey("from", .integer(-100_000...100_000), required: true, "The first one.", "from: 0"),
            LanguageKey("length", .integer(0...100_000), "How many; without it all that follow.", "length: 3"),
        ])

    static let lookup = LanguageObject(
        "lookup", "A table in a file",
        "Beside the mapping file. A CSV file (`.csv`) has a line of column names first; a YAML file holds keys and values.",
        [
            LanguageKey(
                "file", .text, required: true, "The file, from the mapping file's directory.", "file: stores.csv"),
            LanguageKey("key", .text, "The column that the value is looked up in (CSV).", "key: erp"),
            LanguageKey("column", .text, "The column that holds what it is exchanged for (CSV).", "column: code"),
            LanguageKey(
                "separator", .text, "One character between cells (CSV); a comma without it.", "separator: \";\""),
            LanguageKey(
                "otherwise", .scalar, "For values that are not there; without it they are an error.", "otherwise: X"),
        ])

    static let round = LanguageObject(
        "round", "Rounding", "Exactly, on the decimal digits.",
        [
            LanguageKey("digits", .integer(0...34), required: true, "Digits after the point.", "digits: 2"),
            LanguageKey(
                "mode", .word(Round.Mode.allCases.map(\.rawValue)), "Which way; halfUp without it.", "mode: halfEven"),
        ])

    static let date = LanguageObject(
        "date", "Reading a date", "Letters as in dd/MM/yyyy HH:mm:ss.SSS; XXX is an offset such as -03:00.",
        [
            LanguageKey(
                "pattern", .either([.text, .list(.text)]), required: true, "The pattern, or several to try in order.",
                "pattern: dd/MM/yyyy"),
            LanguageKey(
                "zone", .either([.text, .object("setting")]), "Where the clocks stand; UTC without it.",
                "zone: America/Argentina/Buenos_Aires"),
        ])

    static let format = LanguageObject(
        "format", "Writing a date", "Letters as for `date`.",
        [
            LanguageKey("pattern", .text, required: true, "The pattern.", "pattern: dd/MM/yyyy"),
            LanguageKey(
                "zone", .either([.text, .object("setting")]), "Where the clocks stand; UTC without it.",
                "zone: America/Argentina/Buenos_Aires"),
        ])

    static let bool = LanguageObject(
        "bool", "Words for true and false",
        "Case does not count. `bool: true` knows \(ToBool.usualYes.joined(separator: ", ")) and"
            + " \(ToBool.usualNo.joined(separator: ", ")).",
        [
            LanguageKey("true", .list(.scalar), required: true, "Words for true.", "true: [S]"),
            LanguageKey("false", .list(.scalar), required: true, "Words for false.", "false: [N]"),
        ])

    static let split = LanguageObject(
        "split", "Cutting text", "Parts are trimmed and empty ones left out, unless it is said otherwise.",
        [
            LanguageKey("by", .text, required: true, "What stands between the parts.", "by: \",\""),
            LanguageKey("trim", .bool, "Whether white space around parts goes.", "trim: false"),
            LanguageKey("keepEmpty", .bool, "Whether empty parts stay.", "keepEmpty: true"),
        ])

    static let concat = LanguageObject(
        "concat", "Joining values", "With something between those that are there.",
        [
            LanguageKey(
                "parts", .list(.either([.text, .value])), required: true,
                "The values; a text that is no path stands for itself.", "parts: [.nombre, .apellido]"),
            LanguageKey("separator", .text, "What stands between.", "separator: \" \""),
        ])

    static let branch = LanguageObject(
        "branch", "A branch of `choose`", "`when` and `then`, or `else` alone at the end.",
        [
            LanguageKey("when", .condition, "The condition.", "when: { path: .a, equals: 1 }"),
            LanguageKey("then", .either([.scalar, .value]), "The value where it holds.", "then: .b"),
            LanguageKey("else", .either([.scalar, .value]), "The value where none held.", "else: { value: 0 }"),
        ])
}
