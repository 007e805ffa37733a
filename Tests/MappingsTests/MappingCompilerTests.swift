import JSON
import Mappings
import Testing

@Suite struct MappingCompilerTests {
    private static let settings = ["rabbitMQ.endpointName"]

    private func mistakes(_ text: String) -> [String] {
        MappingCompiler.compile(files: [("m.yaml", text)], settings: Self.settings).mistakes.map(\.description)
    }

    @Test func `a route with a queue of its own and one from a setting`() {
        let text = """
            routes:
              catalogs:
                from: { amqp: { queue: { setting: rabbitMQ.endpointName } } }
                message: catalog
              erp:
                from:
                  amqp: { queue: erp.in, prefetch: 10 }
                message: catalog
            """
        let (table, mistakes) = MappingCompiler.compile(files: [("m.yaml", text)], settings: Self.settings)
        #expect(mistakes.isEmpty)
        #expect(table?.routes.map(\.name) == ["catalogs", "erp"])
        #expect(table?.routes.flatMap(\.from.queues) == [.setting("rabbitMQ.endpointName"), .literal("erp.in")])
        #expect(table?.routes.last?.from == .queue(.literal("erp.in"), prefetch: 10))
        #expect(table?.routes.last?.position == TextPosition(line: 7, column: 22))
    }

    @Test(
        "every mistake is reported with its place and remedy",
        arguments: [
            ("routs: {}", "m.yaml:1:1: unknown field 'routs' (did you mean 'routes'?)"),
            ("routes:\n  a:\n    form: 1", "m.yaml:3:5: unknown field 'form' (did you mean 'from'?)"),
            (
                "routes:\n  a:\n    message: catalog\n    from: {amqp: {queue: {setting: rabbitMQ.endpointname}}}",
                "m.yaml:4:36: no setting is named 'rabbitMQ.endpointname' (did you mean 'rabbitMQ.endpointName'?)"
            ),
            (
                "routes:\n  a:\n    message: catalogs\n    from: {amqp: {queue: q}}",
                "m.yaml:3:14: message: expected 'catalog', or its shape, found 'catalogs'"
            ),
            (
                "routes:\n  a:\n    message: catalog\n    from: {amqp: {queue: q, prefetch: many}}",
                "m.yaml:4:39: prefetch: expected a whole number from 1 to 65535, found 'many'"
            ),
            ("routes:\n  'a b': {}", "m.yaml:2:3: a route's name has 1 to 64 letters, digits, '-' or '_'"),
            ("routes: [1]", "m.yaml:1:9: 'routes' holds routes by name, such as 'catalogs:'"),
            ("[", "m.yaml:2:1: not valid YAML: did not find expected node content while parsing a flow node"),
        ])
    func mistakes(text: String, expected: String) {
        #expect(mistakes(text).contains(expected), "\(mistakes(text))")
    }

    @Test func `two routes that read one queue are refused, across files`() {
        let route = "routes:\n  NAME:\n    message: catalog\n    from: {amqp: {queue: q}}"
        let files = ["a", "b"].map { ("\($0).yaml", route.replacing("NAME", with: $0)) }
        let (table, mistakes) = MappingCompiler.compile(files: files, settings: [])
        #expect(table == nil)
        #expect(mistakes.map(\.rule) == ["queue-twice"])
        #expect(mistakes.first?.message.contains("a.yaml:4:26") == true)
    }

    private static func feed(_ name: String) -> String {
        """
        routes:
          \(name):
            from: { mongodb: { collection: limitStatus, progress: snapshot, every: 30m } }
            message: document
            to: { amqp: { queue: limits } }
        """
    }

    @Test("a name of a field in a feed is the name of a field", arguments: ["order", "version", "field", "flag"])
    func fieldNames(key: String) {
        func feed(_ name: String) -> String {
            let isProgress = ["field", "flag"].contains(key)
            let progress = isProgress ? "{ \(key): \(name) }" : "snapshot"
            return Self.feed("limits").replacing(
                "progress: snapshot", with: "progress: \(progress)\(isProgress ? "" : ", \(key): \(name)")")
        }
        #expect(mistakes(feed("lastUpdate")).isEmpty, "\(mistakes(feed("lastUpdate")))")
        for wrong in ["$x", ".x", "\"a\\0b\""] {
            let found = mistakes(feed(wrong))
            #expect(
                found.count == 1 && found[0].hasPrefix("m.yaml:3:")
                    && found[0].contains("\(key): expected the name of a field such as lastUpdate"),
                "\(wrong): \(found)")
        }
    }

    @Test func `a feed cannot have the name under which gateways agree on who publishes postings`() {
        #expect(
            mistakes(Self.feed("postings")) == [
                "m.yaml:2:3: a feed cannot be named 'postings': in gateway.feeds that row belongs to the publisher of"
                    + " route postings, and one of the two would never publish; give the feed another name"
            ])
        let (table, _) = MappingCompiler.compile(files: [("m.yaml", Self.feed("postings"))], settings: Self.settings)
        #expect(table == nil)
    }

    @Test(
        "names beside it are taken: another case, a longer one, a route's",
        arguments: ["Postings", "postings2", "POSTINGS", "-", String(repeating: "p", count: 64)])
    func otherNames(name: String) {
        #expect(mistakes(Self.feed(name)) == [])
        let route = "routes:\n  postings:\n    from: { amqp: { queue: q } }\n    message: catalog"
        #expect(mistakes(route) == [])
    }
}
