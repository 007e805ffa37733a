import JSON
import Schemas
import Testing

@testable import Mappings

/// Routes with requests: what `gateway check` refuses, and where.
@Suite struct EndpointTests {
    private static func findings(_ text: String) -> [String] {
        MappingCompiler.compile(
            files: [("r.yaml", text)],
            context: MappingContext(
                settings: [], catalogs: Mapping.catalogs,
                directory: { path, _ in path == "pages" ? .success("m/pages") : .failure(.init("there is none")) })
        ).mistakes.map { "\($0.rule)" }
    }

    private static func write(
        http: String = "method: POST, path: \"/brands/{code}\"", message: String = "", route: String = ""
    ) -> String {
        """
        routes:
          write:
            from: { http: { \(http) } }
            definition: catalogBrand
            message:
              companyId: { value: c }
              items: $
              operation: U
              fields: { code: { parameter: code }, name: .name }
              \(message)
            \(route)
        """
    }

    private static func read(_ read: String, http: String = "method: GET, path: \"/brands/{code}\"") -> String {
        """
        routes:
          read:
            from: { http: { \(http) } }
            read: { \(read) }
            message: document
        """
    }

    private static func files(_ http: String, route: String = "") -> String {
        """
        routes:
          pages:
            from: { http: { \(http) } }
            \(route)
        """
    }

    private static let key = "key: { companyId: { value: c }, code: { parameter: code } }"

    @Test func `what is right has no finding`() {
        #expect(Self.findings(Self.write()) == [])
        #expect(Self.findings(Self.write(message: "if: { path: ~.name, equals: a }")) == [])
        #expect(Self.findings(Self.write(route: "respond: { updated: { text: OK }, notFound: { status: 410 } }")) == [])
        #expect(Self.findings(Self.read("definition: catalogBrand, \(Self.key)")) == [])
        #expect(Self.findings(Self.files("path: /, files: pages, listener: web, cors: [\"*\"]")) == [])
        #expect(
            Self.findings(
                Self.files(
                    "path: /a/b, files: pages, contentSecurityPolicy: \"default-src 'none'; img-src https://a.b;\""))
                == [])
        #expect(
            Self.findings(Self.read("collection: engine, filter: { a: { parameter: a } }, order: -b, limit: 5")) == [])
    }

    @Test(
        "what can never work is refused",
        arguments: [
            ("endpoint-path", write(http: "method: POST, path: brands")),
            ("endpoint-path", write(http: "method: POST, path: /a//b")),
            ("endpoint-path", write(http: "method: POST, path: /a/")),
            ("endpoint-path", write(http: "method: POST, path: \"/{a}/{a}\"")),
            ("endpoint-path", write(http: "method: POST, path: \"/a b\"")),
            ("endpoint-path", write(http: "method: POST, path: /a/..")),
            ("listener-name", write(http: "method: POST, path: /a, listener: API")),
            ("content-type", write(http: "method: POST, path: /a, contentTypes: [json]")),
            ("origin", write(http: "method: POST, path: /a, cors: [\"https://a.b/c\"]")),
            ("misplaced-field", write(http: "method: POST, path: /a, body: none, bodyBytes: 5")),
            ("missing-field", write(http: "method: GET, path: /a")),
            ("unreachable", write(route: "respond: { inserted: { text: no } }")),
            ("unreachable", write(route: "respond: { guard: { status: 409 } }")),
            ("misplaced-field", write(route: "respond: { updated: { text: a, body: { b: .c } } }")),
            ("misplaced-field", write(route: "respond: { updated: { status: 204, text: a } }")),
            ("header-name", write(route: "respond: { updated: { headers: { Content-Length: \"5\" } } }")),
            (
                "path",
                write(message: "if: { all: [{ path: ~.name, exists: true }, { path: .nope, equals: a }] }")
            ),
            ("condition", write(message: "if: { path: .name, equals: a }")),
            ("path", write(message: "where: { path: ~.name, equals: a }")),
            ("misplaced-field", read("definition: catalogBrand, \(key)", http: "method: POST, path: /a")),
            ("misplaced-field", read("definition: catalogBrand, \(key)", http: "method: GET, path: /a, body: json")),
            ("misplaced-field", read("definition: catalogBrand, collection: brand")),
            ("misplaced-field", read("definition: catalogBrand, \(key), limit: 5")),
            ("missing-field", read("definition: catalogBrand, key: { code: { parameter: code } }")),
            ("missing-field", read("limit: 5")),
            ("unknown-definition", read("definition: catalogBrant")),
            ("collection", read("collection: gateway.ledger")),
            ("field-name", read("collection: a, filter: { $where: { parameter: a } }")),
            ("path", read("collection: a, filter: { b: .b }")),
            ("missing-field", write(http: "path: /a")),
            ("files", files("path: /, files: none")),
            ("files", files("path: /, files: .")),
            ("files", files("path: /, files: ./")),
            ("endpoint-path", files("path: \"/{a}\", files: pages")),
            ("misplaced-field", files("method: GET, path: /, files: pages")),
            ("misplaced-field", files("path: /, files: pages, body: none")),
            ("misplaced-field", files("path: /, files: pages", route: "respond: { inserted: { status: 200 } }")),
            ("misplaced-field", files("path: /, files: pages", route: "read: { definition: catalogBrand }")),
            ("page-policy", files("path: /, files: pages, contentSecurityPolicy: \"default-scr 'self'\"")),
            ("page-policy", files("path: /, files: pages, contentSecurityPolicy: \"img-src a\\nb\"")),
        ])
    func refused(rule: String, text: String) {
        #expect(Self.findings(text).contains(rule), "\(text)\n\(Self.findings(text))")
    }

    @Test func `a route that takes the names of files is pointed at`() {
        let files = Self.files("path: /, files: pages")
        let route = { (http: String) in
            Self.read("definition: catalogBrand, \(Self.key)", http: http).split(separator: "\n").dropFirst().joined(
                separator: "\n")
        }
        #expect(Self.findings(files + "\n" + route("method: GET, path: \"/{code}\"")).contains("files-hidden"))
        #expect(Self.findings(files + "\n" + route("method: GET, path: \"/brands/{code}\"")) == [])
        #expect(Self.findings(files + "\n" + route("method: GET, path: \"/{code}\", listener: api")) == [])
        let again = Self.files("path: /, files: pages").split(separator: "\n").dropFirst().joined(separator: "\n")
            .replacing("pages:", with: "others:")
        #expect(Self.findings(files + "\n" + again).contains("endpoint-twice"))
    }

    @Test func `two routes do not take the same requests`() {
        let one = Self.write()
        let other = Self.write(http: "method: POST, path: \"/brands/{other}\"").split(separator: "\n").dropFirst()
            .joined(separator: "\n").replacing("write:", with: "again:").replacing(
                "parameter: code", with: "parameter: other")
        #expect(Self.findings(one + "\n" + other).contains("endpoint-twice"))
    }

    @Test func `a record that is inserted is where a route reads it`() throws {
        let both =
            Self.write().replacing("operation: U", with: "operation: I") + "\n"
            + Self.read("definition: catalogBrand, \(Self.key)").split(separator: "\n").dropFirst().joined(
                separator: "\n")
        let table = MappingCompiler.compile(
            files: [("r.yaml", both)], context: MappingContext(settings: [], catalogs: Mapping.catalogs)
        ).table
        let answers = try #require(table?.routes.first { $0.name == "write" }?.answers)
        let item = try JSONParser().parse(#"{"code":"a b/é"}"#)
        #expect(item.withRoot { answers.location(of: $0) } == "/brands/a%20b%2F%C3%A9")
    }

    @Test func `forms and texts become JSON, and what is not text is refused`() throws {
        func message(_ body: HTTPEndpoint.Body, _ bytes: [UInt8]) throws -> String {
            var endpoint = HTTPEndpoint(method: .post, path: try PathTemplate("/"))
            endpoint.body = body
            return String(decoding: try endpoint.message(of: bytes), as: UTF8.self)
        }
        #expect(try message(.form, Array("a=1&b=x+y%26&a=2&c".utf8)) == #"{"a":["1","2"],"b":"x y&","c":""}"#)
        #expect(try message(.text, Array("a\"b".utf8)) == #""a\"b""#)
        #expect(try message(.none, []) == "{}")
        #expect(throws: FormText.Problem.self) { try message(.none, [1]) }
        #expect(throws: FormText.Problem.self) { try message(.text, [0xFF]) }
        #expect(throws: FormText.Problem.self) { try message(.form, Array("a=%FF".utf8)) }
    }
}
