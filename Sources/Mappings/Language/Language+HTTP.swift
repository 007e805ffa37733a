extension Language {
    static let http = LanguageObject(
        "http", "Requests by HTTP",
        "A request is a message, and its answer is sent once it is settled: in one transaction with the records, the"
            + " postings and the answer. A request with an `Idempotency-Key` is applied once, and the same request gets the"
            + " same answer again, at any gateway and after a crash; another request under the key is answered 422.",
        [
            LanguageKey(
                "method", .word(HTTPEndpoint.Method.allCases.map(\.rawValue)),
                "The method; needed unless there is `files`.", "method: POST"),
            LanguageKey(
                "path", .text, required: true,
                "The path; `{name}` takes one segment, as the value `{ parameter: name }`. A literal segment goes before a"
                    + " parameter.",
                "path: \"/tasks/{id}\""),
            LanguageKey(
                "listener", .text,
                "The listener, by its name in the settings http.listeners; default: `main`.", "listener: api"),
            LanguageKey(
                "body", .word(HTTPEndpoint.Body.allCases.map(\.rawValue)),
                "How the body is read: `json` whatever its content type (the default), `form` as an object of texts, `text`"
                    + " as one text, or `none`: the message is an empty object.",
                "body: form"),
            LanguageKey(
                "bodyBytes", .integer(1...(128 << 20)),
                "Most bytes of a body; a larger one is answered 413. Default: 1048576.", "bodyBytes: 65536"),
            LanguageKey(
                "contentTypes", .list(.text), "Content types that are taken; others are answered 415. Default: all.",
                "contentTypes: [application/json]"),
            LanguageKey(
                "idempotency", .word(HTTPEndpoint.Idempotency.allCases.map(\.rawValue)),
                "Whether a request must have an `Idempotency-Key`; default: `optional`.", "idempotency: required"),
            LanguageKey(
                "deadLetters", .bool,
                "Whether errors of a request also become dead letters, for senders that never look at the answer;"
                    + " default: false.",
                "deadLetters: true"),
            LanguageKey(
                "cors", .list(.text),
                "Origins of other pages whose scripts may send requests, or `\"*\"`. Default: none, and a request of another"
                    + " origin is answered 403.",
                "cors: [\"https://shop.example\"]"),
            LanguageKey(
                "files", .text,
                "A directory, in the mapping's own or below it, whose files are served to GET and HEAD below the path; a"
                    + " directory's page is its `index.html`. Routes of the same listener go before files. Names that"
                    + " begin with a dot, links that lead out of the directory and files of more than 16 MiB are not"
                    + " served. Such a route has nothing but its `from`.",
                "files: pages"),
            LanguageKey(
                "contentSecurityPolicy", .text,
                "The `Content-Security-Policy` of the route's pages, instead of the usual one: everything from the"
                    + " listener itself, images also as `data:`, and connections, forms and images also from other ports"
                    + " of its host.",
                "contentSecurityPolicy: \"default-src 'self' https://cdn.example\""),
        ])

    static let read = LanguageObject(
        "read", "Reading by requests",
        "Records that were stored durably (a majority read). Values of a request are data, compared for equality. An answer"
            + " has an `ETag`, and the same again is answered 304.",
        [
            LanguageKey(
                "definition", .text, "The catalog whose records are read; `collection` reads any other collection.",
                "definition: catalogItem"),
            LanguageKey(
                "collection", .text, "The collection, instead of the definition's.", "collection: transactions"),
            LanguageKey(
                "key", .map(.value),
                "Fields that name one record, which is the answer; without one it is 404.",
                "key: { id: { parameter: id, integer: true } }"),
            LanguageKey(
                "filter", .map(.value),
                "Fields that several records have; one without a value in the request is left out. The answer is a list."
                    + " Without `key` and `filter`, all.",
                "filter: { status: { parameter: status, integer: true } }"),
            LanguageKey(
                "order", .text, "The field that orders a list, with `-` in front for descending; default: `_id`.",
                "order: -createdAt"),
            LanguageKey(
                "limit", .integer(1...10_000),
                "Most records of one answer; default: 100. If there are more, or those have more than 16 MiB, the header"
                    + " `Link` names the next ones (`rel=\"next\"`).",
                "limit: 20"),
            LanguageKey(
                "template", .text,
                "A template, as of [an answer](#an-answer), that shows the record as a page. Of a list it has the records as `items`, and the"
                    + " address of the next ones as `next`.",
                "template: pages/note.html"),
        ])

    static let respond = LanguageObject(
        "respond", "Answers",
        "By an outcome of the request's item, by the code of a reason, or `rejected` for all reasons without an answer of"
            + " their own. Without one: inserted 201, updated and unchanged 200, deleted and absent 204, an item without a"
            + " record 202; notFound 404, alreadyExists, guard and storeRefused 409, preconditionFailed 412, messageIdReuse 422, tooLarge 413, other"
            + " reasons 400. A request with a list of items is answered with the result object, 200, or 422 if all were"
            + " refused.",
        ["inserted", "updated", "unchanged", "deleted", "absent", "rejected"].map { word in
            LanguageKey(
                word, .object("answer"),
                word == "rejected" ? "The answer to a rejected item." : "The answer if the item is \(word).",
                "\(word): { status: \(word == "rejected" ? 400 : 200) }")
        }
            + AnswerTable.reasonCodes.map { code in
                LanguageKey(
                    code, .object("answer"), "The answer if the item is rejected with the reason `\(code)`.",
                    "\(code): { status: 400 }")
            })

    static let answer = LanguageObject(
        "answer", "An answer",
        "What it does not say is as usual. Paths start with `.` at the item, as it is mapped, and with `$` at the catalog"
            + " message with only that item. At most one of `body`, `text`, `redirect` and `template`.",
        [
            LanguageKey("status", .integer(200...599), "The status.", "status: 200"),
            LanguageKey(
                "headers", .map(.either([.text, .value])), "Headers, each a text or a value.",
                "headers: { Location: { concat: [/tasks/, .id] } }"),
            LanguageKey(
                "body", .map(.value),
                "The body: a JSON object of these fields. Beside `template`: the values of its tags.",
                "body: { id: .id }"),
            LanguageKey(
                "template", .text,
                "A file beside the mapping, or below it, that makes the body of `body`, or of the item without one. Its tags"
                    + " are those of Mustache: `{{name}}` and `{{address.city}}` for values, `{{#name}}…{{/name}}` for each"
                    + " element of a list, or once if there is a value, `{{^name}}…{{/name}}` if there is none or it is"
                    + " false or empty, `{{.}}` for the element itself, `{{! … }}` for comments. `.html` escapes what it"
                    + " shows, `.txt` does not.",
                "template: pages/done.html"),
            LanguageKey("text", .either([.text, .value]), "The body: a text.", "text: Created"),
            LanguageKey(
                "redirect", .either([.text, .value]),
                "Where the client goes next: the header `Location` with an empty body; default status: 303.",
                "redirect: { concat: [/tasks/, .id] }"),
        ])
}
