import JSON
import Mappings
import Testing

@testable import Interfaces

@Suite struct OpenAPITests {
    // MARK: What a body must be

    struct Member: Sendable, CustomTestStringConvertible {
        var field: String
        var value: String
        var operation = "I"
        var schema: String
        var isRequired = false

        var testDescription: String { "\(operation) \(field): \(value)" }
    }

    static let members = [
        Member(field: "text", value: ".v", schema: #"{"type":"string","minLength":2}"#, isRequired: true),
        Member(
            field: "text", value: ".v", operation: "U",
            schema: #"{"anyOf":[{"type":"string","minLength":2},{"type":"null"}]}"#),
        Member(
            field: "text", value: ".v", operation: "IU",
            schema: #"{"anyOf":[{"type":"string","minLength":2},{"type":"null"}]}"#),
        // A delete looks at the key alone.
        Member(field: "text", value: ".v", operation: "D", schema: "{}"),
        Member(
            field: "text", value: ".v", operation: "{ path: .op, table: { a: I, d: D } }", schema: "{}"),
        Member(field: "text", value: "{ path: .v, trim: true }", schema: #"{"type":"string"}"#, isRequired: true),
        Member(
            field: "text", value: "{ path: .v, text: true, trim: true }",
            schema: #"{"type":["string","number","boolean"]}"#, isRequired: true),
        Member(field: "text", value: "{ path: .v, default: none }", schema: "{}"),
        Member(field: "text", value: "{ path: .v, trim: true, default: none }", schema: #"{"type":["string","null"]}"#),
        // A text that is blank is then missing.
        Member(field: "text", value: "{ path: .v, trim: true, blank: missing }", schema: #"{"type":"string"}"#),
        Member(field: "text", value: "{ path: .v, trim: true, onError: drop }", schema: "{}"),
        Member(field: "text", value: "{ path: .v, jq: .a }", schema: "{}"),
        Member(
            field: "text", value: "{ path: [.v, .w] }",
            schema: #"{"anyOf":[{"type":"string","minLength":2},{"type":"null"}]}"#),
        Member(
            field: "text", value: "{ concat: [.v, '!'] }", schema: #"{"type":["string","number","boolean"]}"#,
            isRequired: true),
        Member(
            field: "text", value: "{ concat: [.v, .w] }", schema: #"{"type":["string","number","boolean","null"]}"#),
        Member(
            field: "text", value: "{ choose: [{ when: { path: .v, exists: true }, then: .v }, { else: none }] }",
            schema: "{}"),
        Member(
            field: "text", value: "{ path: .v, table: { NEW: open, OLD: done } }",
            schema: #"{"type":"string","enum":["NEW","OLD"]}"#, isRequired: true),
        // 1 and "1" are the same key.
        Member(
            field: "text", value: "{ path: .v, table: { '1': open, OLD: done } }",
            schema: #"{"type":["string","number","boolean"]}"#, isRequired: true),
        // What is in no key becomes `done`, also a list; null stays null.
        Member(
            field: "text", value: "{ path: .v, table: { NEW: open, '*': done } }",
            schema: #"{"type":["string","number","boolean","array","object"]}"#, isRequired: true),
        Member(field: "count", value: "{ path: .v, integer: true }", schema: #"{"type":["string","number","null"]}"#),
        Member(field: "price", value: "{ path: .v, decimal: '1234.50' }", schema: #"{"type":["string","number"]}"#),
        Member(
            field: "list", value: "{ path: .v, each: { trim: true } }",
            schema: #"{"type":"array","items":{"type":["string","null"]}}"#),
        Member(field: "state", value: ".v", schema: ##"{"$ref":"#/components/schemas/catalogNote/$defs/state"}"##),
        Member(field: "far", value: ".v", schema: ##"{"$ref":"#/components/schemas/catalogOther/$defs/text"}"##),
        Member(field: "thing", value: "{ fields: { a: .v } }", schema: "{}"),
        Member(
            field: "thing", value: "{ fields: { a: { path: .v, upper: true } } }",
            schema: #"{"type":["string","null"]}"#),
    ]

    @Test("What a member must be follows from definition, steps and operation", arguments: members)
    func member(_ member: Member) throws {
        let document = try Described.document(
            Described.route(member.field, member.value, operation: member.operation))
        let body = Described.body(document)
        #expect(body["properties"]?["v"]?.json == member.schema)
        #expect((body["required"]?.elements.contains("v") ?? false) == member.isRequired)
        #expect(body["required"]?.elements.contains("k") == true, "the key is always required")
    }

    static let bodies: [(http: String, message: String, type: String, schema: String)] = [
        (", body: text", "", "text/plain", #"{"type":"string"}"#),
        (
            ", body: form", "", "application/x-www-form-urlencoded",
            #"{"type":"object","properties":{"k":{"type":"string","minLength":1},"text":{"type":"string","minLength":2}},"required":["k","text"]}"#
        ),
        (
            ", contentTypes: [text/json]", "", "text/json",
            #"{"type":"object","properties":{"k":{"type":"string","minLength":1},"text":{"type":"string","minLength":2}},"required":["k","text"]}"#
        ),
        // With `where:` an item may be left out, whatever it is.
        (
            "", "where: { path: .k, exists: true }", "application/json",
            #"{"type":"object","properties":{"k":{},"text":{}}}"#
        ),
    ]

    @Test("The body is as the route reads it", arguments: bodies.indices)
    func body(_ index: Int) throws {
        let (http, message, type, schema) = Self.bodies[index]
        let document = try Described.document(Described.route(http: http, message: message))
        let content = document["paths"]?["/notes"]?["post"]?["requestBody"]?["content"]
        #expect(content?.members.map(\.name) == [type])
        #expect(content?.members.first?.value["schema"]?.json == schema)
    }

    @Test("A list of items may be one item, and its items are described by name")
    func list() throws {
        let text = Described.route().replacing("items: $", with: "items: $.notes[*]").replacing(".k", with: "^.k")
        let document = try Described.document(text)
        #expect(
            Described.body(document).json
                == ##"{"type":"object","properties":{"notes":{"anyOf":[{"type":"array","items":{"$ref":"#/components/schemas/r.item"}},{"$ref":"#/components/schemas/r.item"}]},"k":{}},"required":["notes"]}"##
        )
        #expect(
            document["components"]?["schemas"]?["r.item"]?.json
                == #"{"type":"object","properties":{"text":{"type":"string","minLength":2}},"required":["text"]}"#)
    }

    @Test("Of several cases each says what it takes; with 'else: ignore' anything is taken")
    func cases() throws {
        func text(_ otherwise: String) -> String {
            """
            routes:
              r:
                from: { http: { method: POST, path: /notes } }
                \(otherwise)
                cases:
                  - when: { path: .type, equals: a }
                    definition: catalogNote
                    message: { companyId: { value: c }, items: $, operation: D, fields: { id: .a } }
                  - when: { all: [{ path: .type, in: [b, c] }, { path: .n, above: 3 }] }
                    definition: catalogOther
                    message: { companyId: { header: X-Company }, items: $, operation: D, fields: { id: .b } }
            """
        }
        let strict = try Described.document(text("else: deadLetter"))
        let first =
            #"{"type":"object","properties":{"type":{"enum":["a"]},"a":{"type":"string","minLength":1}},"required":["type","a"]}"#
        let second =
            #"{"type":"object","properties":{"type":{"enum":["b","c"]},"n":{"type":["string","number"]},"b":{"type":"string","minLength":1}},"required":["type","n","b"]}"#
        #expect(Described.body(strict).json == "{\"anyOf\":[\(first),\(second)]}")
        let operation = strict["paths"]?["/notes"]?["post"]
        // Only one case needs it.
        let header = operation?["parameters"]?.elements.first { $0["name"] == "x-company" }
        #expect(header?.json == #"{"name":"x-company","in":"header","schema":{"type":"string"}}"#)
        let loose = try Described.document(text("else: ignore"))
        #expect(Described.body(loose)["anyOf"]?.elements.count == 3)
        #expect(loose["paths"]?["/notes"]?["post"]?["requestBody"]?["required"] == nil)
        #expect(loose["paths"]?["/notes"]?["post"]?["responses"]?["202"]?["content"] == nil)
    }

    // MARK: Parameters

    @Test("Parameters of path, query and headers have the types of what is made of them")
    func parameters() throws {
        let document = try Described.document(
            """
            routes:
              r:
                description: Writes a note.
                from: { http: { method: PUT, path: "/notes/{id}", idempotency: required } }
                definition: catalogNote
                message:
                  companyId: { header: X-Company }
                  items: $
                  operation: I
                  fields:
                    id: { parameter: id }
                    text: { parameter: text }
                    count: { parameter: n, integer: true }
            """)
        let operation = document["paths"]?["/notes/{id}"]?["put"]
        #expect(operation?["description"] == "Writes a note.")
        #expect(operation?["operationId"] == "r")
        #expect(operation?["tags"]?.json == #"["r"]"#)
        let found = (operation?["parameters"]?.elements ?? []).map { one in
            "\(one["in"]?.string ?? "") \(one["name"]?.string ?? "") \(one["required"] == true) \(one["schema"]?.json ?? "")"
        }
        #expect(
            found == [
                #"path id true {"type":"string","minLength":1}"#, #"query text true {"type":"string","minLength":2}"#,
                #"query n false {"type":["integer","null"],"x-bson":"long"}"#,
                #"header Idempotency-Key true {"type":"string","minLength":1,"maxLength":255,"pattern":"^[!-~]+$"}"#,
                #"header If-Match false {"type":"string"}"#, #"header If-None-Match false {"type":"string"}"#,
                #"header x-company true {"type":"string","minLength":1,"maxLength":256}"#,
            ])
    }

    // MARK: Answers

    static let answers: [(operation: String, route: String, message: String, statuses: String)] = [
        ("I", "", "", "200 201 400 403 408 409 412 413 414 415 422 503"),
        ("U", "", "", "200 400 403 404 408 409 412 413 414 415 422 503"),
        ("D", "", "", "204 400 403 408 409 412 413 414 415 422 503"),
        ("IU", "", "", "200 201 400 403 408 409 412 413 414 415 422 503"),
        ("I", "to: { log: {} }", "", "202 400 403 408 413 414 415 422 503"),
        (
            "I", "respond: { inserted: { status: 202 }, alreadyExists: { status: 410 } }", "",
            "200 202 400 403 408 409 410 412 413 414 415 422 503"
        ),
        ("D", "respond: { deleted: { redirect: /notes } }", "", "204 303 400 403 408 409 412 413 414 415 422 503"),
        ("D", "", "where: { path: .k, exists: true }", "200 204 400 403 408 409 412 413 414 415 422 503"),
    ]

    @Test("Every status that can come is there", arguments: answers.indices)
    func statuses(_ index: Int) throws {
        let (operation, route, message, statuses) = Self.answers[index]
        let document = try Described.document(Described.route(operation: operation, route: route, message: message))
        let found = document["paths"]?["/notes"]?["post"]?["responses"]?.members.map(\.name) ?? []
        #expect(found.joined(separator: " ") == statuses)
    }

    @Test("Answers of the mapping have its content types and the types of what they show")
    func content() throws {
        let document = try Described.document(
            Described.route(
                operation: "IU",
                route:
                    "respond: { inserted: { text: Created }, updated: { body: { id: .id, at: ~.at, n: { value: 1 } }, headers: { X-Note: .id } }, rejected: { text: no } }"
            ))
        let responses = document["paths"]?["/notes"]?["post"]?["responses"]
        #expect(
            responses?["201"]?["content"]?.json == #"{"text/plain":{"schema":{"type":"string","const":"Created"}}}"#)
        // Unchanged is answered as usual.
        #expect(
            responses?["200"]?["content"]?.json
                == ##"{"application/json":{"schema":{"anyOf":[{"type":"object","properties":{"id":{"type":"string"},"at":{"type":["string","null"]},"n":{"type":"number","const":1}},"required":["id","n"]},{"$ref":"#/components/schemas/Result"}]}}}"##
        )
        #expect(responses?["200"]?["headers"]?.members.map(\.name) == ["x-note"])
        #expect(
            Set(responses?["400"]?["content"]?.members.map(\.name) ?? []) == ["text/plain", "application/problem+json"])
    }

    @Test("A record that is read has the types of its definition; a list has a cursor and a link")
    func reading() throws {
        let document = try Described.document(
            """
            routes:
              one:
                from: { http: { method: GET, path: "/notes/{id}" } }
                read: { definition: catalogNote, key: { companyId: { value: c }, id: { parameter: id } } }
                message: { fields: { id: .id, at: .at, n: .count, price: .price, size: { path: .text, default: x }, thing: .thing.a }, missing: "null" }
              all:
                from: { http: { method: GET, path: /notes } }
                read: { definition: catalogNote, filter: { count: { parameter: count, integer: true } }, limit: 7 }
                message: { fields: { id: .id, at: .at } }
              any:
                from: { http: { method: GET, path: /any } }
                read: { collection: whatever }
                message: document
            """)
        func shown(_ path: String) -> JSONValue? {
            document["paths"]?[path]?["get"]?["responses"]?["200"]?["content"]?["application/json"]?["schema"]
        }
        #expect(
            shown("/notes/{id}")?.json
                == #"{"type":"object","properties":{"id":{"type":"string"},"at":{"type":["string","null"],"format":"date-time"},"n":{"type":["integer","null"]},"price":{"type":["number","null"]},"size":{"type":"string"},"thing":{}},"required":["id","at","n","price","size","thing"]}"#
        )
        #expect(
            shown("/notes")?.json
                == #"{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"at":{"type":["string","null"],"format":"date-time"}},"required":["id"]},"maxItems":7}"#
        )
        #expect(shown("/any")?.json == #"{"type":"array","items":{"type":"object"},"maxItems":100}"#)
        let list = document["paths"]?["/notes"]?["get"]
        #expect(list?["parameters"]?.elements.map { $0["name"] } == ["count", "cursor", "If-None-Match"])
        #expect(list?["responses"]?["200"]?["headers"]?.members.map(\.name) == ["ETag", "Link"])
        #expect(list?["responses"]?["404"] == nil)
        #expect(document["paths"]?["/notes/{id}"]?["get"]?["responses"]?["404"] != nil)
        #expect(list?["responses"]?["304"]?["content"] == nil)
    }

    // MARK: The document

    private static let two = """
        routes:
          one:
            from: { http: { method: GET, path: "/notes/{id}", listener: api } }
            read: { collection: notes, key: { id: { parameter: id } } }
            message: document
          two:
            from: { http: { method: DELETE, path: "/notes/{code}", listener: OTHER, body: none } }
            definition: catalogNote
            message: { companyId: { value: c }, items: $, operation: D, fields: { id: { parameter: code } } }
        """

    @Test("Paths that differ in the names of their parameters are one path")
    func names() throws {
        let document = try Described.document(Self.two.replacing("OTHER", with: "api"))
        #expect(document["paths"]?.members.map(\.name) == ["/notes/{id}"])
        let delete = document["paths"]?["/notes/{id}"]?["delete"]
        #expect(
            delete?["parameters"]?.elements.first?.json
                == #"{"name":"id","in":"path","required":true,"schema":{"type":"string","minLength":1}}"#)
        #expect(delete?["requestBody"] == nil)
    }

    @Test("Of several listeners each operation names its own; one of them can be chosen")
    func listeners() throws {
        let text = Self.two.replacing("OTHER", with: "admin")
        let known = [OpenAPIDocument.Listener(name: "api", address: "http://127.0.0.1:3333")]
        let both = try Described.document(text, listeners: known)
        #expect(both["servers"]?.elements.map { $0["url"] } == ["http://127.0.0.1:3333", "/"])
        #expect(
            both["paths"]?["/notes/{id}"]?["get"]?["servers"]?.elements.map { $0["url"] } == ["http://127.0.0.1:3333"])
        let one = try Described.document(text, listeners: known, listener: "api")
        #expect(one["paths"]?["/notes/{id}"]?.members.map(\.name) == ["get"])
        #expect(one["paths"]?["/notes/{id}"]?["get"]?["servers"] == nil)
        #expect(throws: OpenAPIDocument.Problem.self) { try Described.document(text, listener: "other") }
    }

    @Test("The same address at two listeners needs a choice")
    func conflict() throws {
        let text = """
            routes:
              one: { from: { http: { method: GET, path: "/{a}", listener: api } }, read: { collection: a }, message: document }
              two: { from: { http: { method: GET, path: "/{b}", listener: web } }, read: { collection: b }, message: document }
            """
        #expect(throws: OpenAPIDocument.Problem.self) { try Described.document(text) }
        #expect(try Described.document(text, listener: "web")["paths"]?.members.map(\.name) == ["/{b}"])
    }

    @Test("Pages have the content type of their template, and files are not described")
    func pages() throws {
        let text = """
            routes:
              files: { from: { http: { path: /, files: pages } } }
              one:
                from: { http: { method: GET, path: "/notes/{id}" } }
                read: { definition: catalogNote, key: { companyId: { value: c }, id: { parameter: id } }, template: note.html }
                message: document
              write:
                from: { http: { method: POST, path: /notes } }
                definition: catalogNote
                message: { companyId: { value: c }, items: $, operation: I, fields: { id: .id, text: .text } }
                respond: { inserted: { template: done.txt, body: { id: .id, by: { header: X-By } } } }
            """
        let (table, mistakes) = MappingCompiler.compile(
            files: [("notes.yaml", text)],
            context: MappingContext(
                settings: [], catalogs: Described.catalogs, read: { _, _ in .success("{{id}}") },
                directory: { path, _ in .success(path) }))
        let routes = try #require(table, "\(mistakes.map(\.description))")
        let document = try OpenAPIDocument.make(routes, catalogs: Described.catalogs, listeners: [], version: "1")
        #expect(document["paths"]?.members.map(\.name) == ["/notes/{id}", "/notes"])
        let read = document["paths"]?["/notes/{id}"]?["get"]?["responses"]?["200"]?["content"]
        #expect(read?.json == #"{"text/html":{"schema":{"type":"string"}}}"#)
        let write = document["paths"]?["/notes"]?["post"]
        #expect(write?["responses"]?["201"]?["content"]?.json == #"{"text/plain":{"schema":{"type":"string"}}}"#)
        #expect(write?["parameters"]?.elements.contains { $0["name"] == "x-by" } == true)
    }
}
