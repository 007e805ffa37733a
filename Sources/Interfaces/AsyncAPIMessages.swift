internal import JSON
internal import Mappings
internal import Schemas

/// Messages and their payloads.
enum AsyncAPIMessages {
    /// What leads from a component to its schema.
    static let suffix = "/schema"

    /// A schema of JSON Schema 2020-12, which definitions are written in.
    static func payload(_ schema: JSONValue) -> JSONValue {
        ["schemaFormat": "application/schema+json;version=draft-2020-12", "schema": schema]
    }

    static func message(
        _ name: String, _ description: String?, _ schema: JSONValue, _ headers: [(name: String, schema: JSONValue)] = []
    ) -> JSONValue {
        var message: JSONValue = ["name": .text(name), "contentType": "application/json"]
        if let description, !description.isEmpty { message["description"] = .text(description) }
        if !headers.isEmpty {
            message["headers"] = [
                "type": "object", "properties": .object(headers.map { .init($0.name, $0.schema) }),
            ]
        }
        message["payload"] = payload(schema)
        return message
    }

    static func message(
        _ name: String, _ description: String?, _ schema: JSONValue, _ headers: [RequestForm.Text]
    ) -> JSONValue {
        // AMQP headers are of any type.
        var message = message(name, description, schema, headers.map { ($0.name, [:]) })
        let required = headers.filter(\.isRequired).map { JSONValue.text($0.name) }
        if !required.isEmpty { message["headers"]?["required"] = .list(required) }
        return message
    }

    /// The messages of a catalog.
    static func catalog(_ definition: Definition, _ schema: JSONValue?) -> JSONValue {
        var message: JSONValue = ["name": .text(definition.catalog)]
        if let title = definition.title { message["title"] = .text(title) }
        if let description = definition.description { message["description"] = .text(description) }
        message["contentType"] = "application/json"
        message["payload"] = payload(schema ?? [:])
        return message
    }

    /// A catalog message of one catalog. Each item is checked by itself, as far as its operation asks.
    static func envelope(_ definition: Definition, _ definitions: DefinitionSchemas) -> JSONValue {
        let item: JSONValue = [
            "type": "object", "required": .list((["operation"] + definition.key).map { .text($0) }),
            "properties": ["operation": operation],
            "if": ["properties": ["operation": ["const": "I"]]],
            "then": definitions.reference(to: definition),
        ]
        return envelope(catalog: ["const": .text(definition.catalog)], item: item)
    }

    /// A catalog message of any catalog.
    static let anyEnvelope = envelope(
        catalog: ["type": "string"],
        item: ["type": "object", "required": ["operation"], "properties": ["operation": operation]])

    /// What clients of sockets are sent besides.
    static let notices: [(name: String, schema: JSONValue)] = [
        (
            "sockets.error",
            [
                "type": "object", "required": ["type", "detail"],
                "properties": ["type": ["const": "error"], "detail": ["type": "string"]],
            ]
        ),
        ("sockets.gap", ["type": "object", "required": ["type"], "properties": ["type": ["const": "gap"]]]),
    ]

    private static let operation: JSONValue = ["enum": ["I", "U", "D", "IU"]]

    private static func envelope(catalog: JSONValue, item: JSONValue) -> JSONValue {
        [
            "type": "object", "required": ["companyId", "catalog", "items"],
            "properties": [
                "companyId": ["type": "string", "minLength": 1, "maxLength": 256], "catalog": catalog, "params": [:],
                "items": ["type": "array", "items": item],
            ],
        ]
    }
}
