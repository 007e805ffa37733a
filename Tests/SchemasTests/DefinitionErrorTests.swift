import JSON
import Testing

@testable import Schemas

@Suite struct `A wrong definition` {
    static let good = """
        {"$schema": "urn:promo-gateway:definition:1",
         "x-catalog": "catalogThing", "x-key": ["code"], "type": "object",
         "required": ["code"],
         "properties": {"code": {"type": "string"}}}
        """

    @Test func `is not this one`() throws {
        _ = try Definition.compile(JSONParser().parse(Self.good), file: "good.json")
    }

    @Test(arguments: [
        // What is replaced, by what, where the error is, and what it says.
        (#""$schema": "urn:promo-gateway:definition:1""#, #""$schema": "urn:other""#, "1:13", "$schema"),
        (#""$schema": "urn:promo-gateway:definition:1""#, #""title": """#, "1:1", "$schema"),
        ("catalogThing", "catalog../x", "2:15", "letters, digits, _ or -"),
        ("catalogThing", "catalog" + String(repeating: "x", count: 58), "2:15", "57"),
        ("catalogThing", "thing", "2:15", "catalog"),
        ("catalogThing", "catalogConfiguration", "2:15", "configuration"),
        (#""x-catalog": "catalogThing","#, "", "1:1", "names its catalog"),
        (#""x-catalog""#, #""x-collection": "system.users", "x-catalog""#, "2:18", "system.users"),
        (#""x-catalog""#, #""x-collection": 7, "x-catalog""#, "2:18", "x-collection"),
        (#""x-key": ["code"]"#, #""x-key": "code""#, "2:40", "names its key"),
        (#""x-key": ["code"]"#, #""x-key": []"#, "2:40", "names its key"),
        (#""x-key": ["code"]"#, #""x-key": ["code", "code"]"#, "2:40", "twice"),
        (#""x-key": ["code"]"#, #""x-key": ["id"]"#, "2:40", "id"),
        (#""required": ["code"]"#, #""required": []"#, "2:40", "code"),
        (#""type": "object""#, #""type": ["object", "null"]"#, "2:58", "object"),
        (#"{"type": "string"}"#, #"{"type": ["string", "null"]}"#, "4:25", "code"),
        (#"{"type": "string"}"#, #"{"type": "number"}"#, "4:25", "code"),
        (#"{"type": "string"}"#, #"{}"#, "4:25", "code"),
        (#"{"type": "string"}"#, #"{"type": "string", "x-bson": "int"}"#, "4:54", "x-bson"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "n": {"type": "string", "x-bson": "long"}"#, "4:79", "long"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "n": {"x-ref": "brand"}"#, "4:60", "x-ref"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "n": {"x-ref-policy": "stop"}"#, "4:67", "x-ref-policy"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "n": {"x-secret": 1}"#, "4:63", "x-secret"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "operation": {}"#, "4:45", "operation"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "_id": {}"#, "4:45", "_id"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "$set": {}"#, "4:45", "$set"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "a.b": {}"#, "4:45", "a.b"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "code": {}"#, "4:45", "two members"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "n": {"pattern": "(["}"#, "4:62", "not closed"),
        (#"{"type": "string"}"#, #"{"type": "string"}, "n": {"$ref": "other.json"}"#, "4:59", "other.json"),
    ])
    func `is told with its place and what to do`(
        _ part: String, _ replacement: String, _ position: String, _ words: String
    ) throws {
        let text = Self.good.replacing(part, with: replacement, maxReplacements: 1)
        try #require(text != Self.good)
        let error = try #require(throws: SchemaError.self) {
            try Definition.compile(JSONParser().parse(text), file: "bad.json")
        }
        #expect(error.description.hasPrefix("bad.json:\(position): "), "\(error)")
        #expect(error.message.contains(words), "\(error)")
    }
}
