internal import JSON
internal import Mappings

/// Schemas of what the gateway answers by itself.
enum OpenAPISchemas {
    static let problem: JSONValue = ["$ref": "#/components/schemas/Problem"]
    static let result: JSONValue = ["$ref": "#/components/schemas/Result"]

    static let components: [JSONValue.Member] = [
        .init(
            "Problem",
            [
                "type": "object", "description": "Errors of a request (RFC 9457).",
                "required": ["title", "status", "detail"],
                "properties": [
                    "title": ["type": "string"],
                    "status": ["type": "integer", "minimum": 400, "maximum": 599],
                    "detail": ["type": "string", "description": "The error, and what to do."],
                    "errors": [
                        "type": "array",
                        "items": [
                            "type": "object", "required": ["pointer", "code", "detail"],
                            "properties": [
                                "pointer": [
                                    "type": "string", "description": "JSON Pointer into the body as it came.",
                                ],
                                "code": ["enum": .list(AnswerTable.reasonCodes.map { .text($0) })],
                                "detail": ["type": "string"],
                            ],
                        ],
                    ],
                ],
            ]),
        .init(
            "Result",
            [
                "type": "object", "description": "What came of a request and its items.",
                "required": ["route", "outcome", "items", "outcomes", "errors", "receivedAt", "settledAt"],
                "properties": [
                    "messageId": ["type": ["string", "null"]], "route": ["type": "string"],
                    "queue": ["type": "string"], "case": ["type": "string"], "companyId": ["type": ["string", "null"]],
                    "catalog": ["type": ["string", "null"]],
                    "outcome": ["enum": ["applied", "partlyRejected", "rejected", "deadLettered"]],
                    "items": count,
                    "outcomes": [
                        "type": "object",
                        "properties": .object(
                            ["inserted", "updated", "unchanged", "deleted", "absent", "rejected"].map {
                                .init($0, count)
                            }),
                    ],
                    "errors": [
                        "type": "array",
                        "items": [
                            "type": "object", "required": ["item", "code", "pointer", "text"],
                            "properties": [
                                "item": ["type": ["integer", "null"]],
                                "code": ["enum": .list(AnswerTable.reasonCodes.map { .text($0) })],
                                "pointer": ["type": "string"], "text": ["type": "string"],
                            ],
                        ],
                    ],
                    "moreErrors": count,
                    "stale": ["type": "array", "items": count],
                    "receivedAt": ["type": "string", "format": "date-time"],
                    "settledAt": ["type": "string", "format": "date-time"],
                ],
            ]),
    ]

    private static let count: JSONValue = ["type": "integer", "minimum": 0]
}
