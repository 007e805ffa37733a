extension Language {
    /// The member of a client's messages that says where it goes on when it comes back.
    static let pushID = "id"

    static let webSocket = LanguageObject(
        "websocket", "WebSockets and event streams",
        "Clients connect, say whose messages they want, and get what targets `websocket` push to the topic, at any gateway:"
            + " all sockets of a key, in the order of the commits, and no others. Needs a MongoDB replica set. A `GET` that"
            + " accepts `text/event-stream` gets the same as Server-Sent Events; its query is then its only message. Such"
            + " a route has no other keys.",
        [
            LanguageKey(
                "listener", .text,
                "The listener, by its name in the settings http.listeners; default: `main`.", "listener: push"),
            LanguageKey(
                "path", .text,
                "The path; default: any path that no other route of the listener takes.", "path: /notifications"),
            LanguageKey(
                "topic", .text, required: true, "What is pushed to this topic goes to these sockets.", "topic: tasks"),
            LanguageKey(
                "subscribe", .object("subscribe"), required: true, "How a client says whose messages it wants.",
                "subscribe: { key: .user_id }"),
            LanguageKey(
                "keep", .text,
                "How long pushes are kept for clients that come back: 1s to 1h; default: 5m. At most 10000 of a topic are"
                    + " kept.",
                "keep: 1m"),
            LanguageKey(
                "access", .either([.text, .object("access")]),
                "Who may connect: the callers that http.access of the settings knows by this name. A browser's WebSocket"
                    + " sends its token as the parameter `access_token` of the address. Default: everybody.",
                "access: { name: people, claim: user_id }"),
            LanguageKey(
                "cors", .list(.text),
                "Origins of other pages that may connect, or `\"*\"`. Default: only pages of this listener.",
                "cors: [\"https://shop.example\"]"),
        ])

    static let subscribe = LanguageObject(
        "subscribe", "A subscription",
        "A client's message is a JSON object: paths start with `.` or `$` at it, and `{ parameter: … }` and `{ header: … }`"
            + " are those of its first request. A client may subscribe to up to 64 keys; a message that does not subscribe"
            + " is answered `{\"type\": \"error\", \"detail\": …}`.",
        [
            LanguageKey(
                "when", .condition, "The messages that subscribe; default: all.",
                "when: { path: .type, equals: subscribe }"),
            LanguageKey(
                "key", .value, required: true,
                "Whose messages the client wants: a text or a number; 1 and \"1\" are the same key.", "key: .user_id"),
            LanguageKey(
                "after", .value,
                "Where a client that comes back goes on. One that sends it, at first as an empty text, gets a member `id` in"
                    + " all its messages, and sends the last one when it comes back; if something may be missing, it first"
                    + " gets `{\"type\": \"gap\"}`. Event streams have the header `Last-Event-ID` for that.",
                "after: .after"),
            LanguageKey(
                "reply", .map(.value),
                "What a subscription is answered; default: `{\"type\": \"subscribed\", \"key\": …}`.",
                "reply: { type: .type, user_id: .user_id }"),
        ])

    static let webSocketTarget = LanguageObject(
        "websocketTarget", "Sockets of a key",
        "Pushed to the sockets that have subscribed to the key, once, in the order of the commits: the push is written to"
            + " gateway.pushes in the records' transaction, and every gateway sends it to its own sockets.",
        [
            LanguageKey(
                "topic", .text, required: true, "The topic of a route with `from: { websocket: … }`.", "topic: tasks"),
            LanguageKey(
                "key", .either([.text, .value]), required: true, "Whose sockets: a text or a number of 1 to 255 bytes.",
                "key: .user_id"),
        ] + posting)
}
