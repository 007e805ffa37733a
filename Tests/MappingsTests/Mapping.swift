import JSON
@testable import Mappings
import Schemas

/// A mapping of one route for tests: compiled, and run on one message.
struct Mapping {
    static let catalogs: Catalogs = {
        do {
            return try Catalogs.builtin()
        } catch {
            fatalError("the shipped definitions do not compile: \(error)")
        }
    }()

    let mistakes: [MappingDiagnostic]
    var table: RouteTable?

    init(_ text: String, files: [String: String] = [:], checks: Bool = false) {
        let context = MappingContext(
            settings: ["rabbitMQ.endpointName"], catalogs: checks ? Self.catalogs : nil,
            read: { path, _ in files[path].map { .success($0) } ?? .failure(.init("there is no file '\(path)'")) })
        (table, mistakes) = MappingCompiler.compile(files: [("m.yaml", text)], context: context)
    }

    /// A route with this message shape.
    init(message: String, checks: Bool = false) {
        let indented = message.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
        self.init(
            "routes:\n  r:\n    from: { amqp: { queue: q } }\n    definition: catalogItem\n    message:\n\(indented)",
            checks: checks)
    }

    /// The mistakes as `line:column rule: message`.
    var shown: [String] { mistakes.map { "\($0.position) \($0.rule): \($0.message)" } }

    /// A route whose items have the one field `f`.
    init(field: String, files: [String: String] = [:]) {
        let indented = field.split(separator: "\n").map { "          " + $0 }.joined(separator: "\n")
        self.init(
            """
            routes:
              r:
                from: { amqp: { queue: q } }
                definition: catalogItem
                message:
                  items: $.a[*].b[*]
                  companyId: napse
                  operation: I
                  fields:
                    f:
            \(indented)
            """, files: files)
    }

    /// What becomes of a message: the items as they were written, or why not.
    func map(_ message: String, headers: [(name: String, value: String)] = []) -> String {
        guard let shape = table?.routes.first?.shapes.first else {
            return "mistakes: " + mistakes.map(\.description).joined(separator: " | ")
        }
        guard let document = try? JSONParser().parse(message) else { return "no JSON" }
        let facts = MessageFacts(
            queue: "q", messageId: "m1", receivedAt: 1_767_225_600_000,
            headers: headers.map { ($0.name, .text($0.value)) })
        switch MessageMapper().map(document, with: shape, facts: facts, catalogs: Self.catalogs) {
        case .notTaken: return "not taken"
        case .asTheyAre(let envelope, _, _): return "as they are: \(envelope.companyId) \(envelope.catalog)"
        case .refused(let faults, _, _):
            return faults.map { "\($0.part) \($0.pointer): \($0.fault.expected), \($0.fault.found)" }.joined(
                separator: " | ")
        case .items(_, let body, let items):
            guard items.faults.isEmpty else {
                return items.faults.sorted { $0.key < $1.key }.flatMap(\.value)
                    .map { "\($0.pointer): expected \($0.fault.expected), found \($0.fault.found); \($0.fault.remedy)" }
                    .joined(separator: " | ")
            }
            return String(decoding: body.dropFirst(#"{"items":["#.utf8.count).dropLast(2), as: UTF8.self)
        }
    }

    /// The field `f` of a single item.
    func field(_ item: String, headers: [(name: String, value: String)] = []) -> String {
        let mapped = map(#"{"n":"root","a":[{"n":"outer","b":[\#(item)]}]}"#, headers: headers)
        let start = #"{"operation":"I","#
        guard mapped.hasPrefix(start) else { return mapped == #"{"operation":"I"}"# ? "missing" : mapped }
        return String(mapped.dropFirst(start.count + 4).dropLast())
    }
}
