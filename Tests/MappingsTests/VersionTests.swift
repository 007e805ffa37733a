import JSON
import Mappings
import Testing

/// `version:` of a message comes to the field that the records are compared by.
@Suite struct VersionTests {
    private func compile(_ message: String, route: String = "") -> (field: String?, mistakes: [String]) {
        let indented = message.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
        let text = """
            routes:
              r:
                from: { amqp: { queue: q } }
                definition: catalogItemStock
            \(route.isEmpty ? "    # no more" : "    " + route)
                message:
                  companyId: c
                  items: $.a[*]
                  operation: IU
            \(indented)
            """
        let mapping = Mapping(text, checks: true)
        return (
            mapping.table?.routes.first?.versionField,
            mapping.mistakes.map { "\($0.position) \($0.rule): \($0.message)" }
        )
    }

    @Test(
        "the field that gets its value from the path",
        arguments: [
            ("version: .when\nfields: { item: .i, store: .s, quantity: .q, updatedAt: .when }", "updatedAt"),
            (
                "version: ^.date\nfields: { item: .i, store: .s, quantity: .q, updatedAt: { path: ^.date, date: dd/MM/yyyy } }",
                "updatedAt"
            ),
            ("version: .updatedAt\nkeep: all", "updatedAt"),
            ("version: .revision\nkeep: all\nfields: { item: .i }", "revision"),
        ])
    func fields(message: String, expected: String) {
        let (field, mistakes) = compile(message)
        #expect(field == expected, "\(mistakes)")
    }

    @Test(
        "a mistake is reported with its place and remedy",
        arguments: [
            (
                "version: .when\nfields: { item: .i, store: .s, quantity: .q }", "",
                "10:16 version-field: version: no field gets its value from .when; the record must hold what tells its version, so add one to 'fields:', such as updatedAt: .when"
            ),
            ("version: .a.b\nkeep: all", "", "10:16 version-field: version: no field gets its value from .a.b"),
            ("version: .when\nkeep: all\ndrop: [when]", "", "10:16 version-field: version: no field gets"),
            ("version: .a[*]\nkeep: all", "", "10:16 path: version: '.a[*]'"),
            (
                "version: .updatedAt\nkeep: all", "versionField: updatedAt",
                "10:16 version-twice: 'version:' and the route's 'versionField:' both say it; keep one"
            ),
        ])
    func mistakes(message: String, route: String, expected: String) {
        let (field, mistakes) = compile(message, route: route)
        #expect(field == nil)
        #expect(mistakes.contains { $0.hasPrefix(expected) }, "\(mistakes)")
    }

    @Test func `the cases of a route agree on the field`() {
        func route(_ first: String, _ second: String) -> Mapping {
            func message(_ version: String, _ field: String) -> String {
                "{ companyId: c, items: \"$.a[*]\", operation: IU\(version), fields: { item: .i, store: .s, quantity: .q, \(field): .t } }"
            }
            func parts(_ text: String) -> (String, String) {
                let parts = text.split(separator: " ")
                return (parts[0] == "-" ? "" : ", version: .t", String(parts[1]))
            }
            let (a, b) = (parts(first), parts(second))
            return Mapping(
                """
                routes:
                  r:
                    from: { amqp: { queue: q } }
                    cases:
                      - when: { path: $.x, exists: true }
                        definition: catalogItemStock
                        message: \(message(a.0, a.1))
                      - definition: catalogItemStock
                        message: \(message(b.0, b.1))
                """, checks: true)
        }
        #expect(route("v updatedAt", "v updatedAt").table?.routes.first?.versionField == "updatedAt")
        #expect(route("v updatedAt", "- updatedAt").table?.routes.first?.versionField == "updatedAt")
        #expect(
            route("v updatedAt", "v changedAt").mistakes.contains {
                $0.message.contains("another case tells it by 'updatedAt' (7:") && $0.position.line == 9
            })
        #expect(
            route("v updatedAt", "- changedAt").mistakes.contains {
                $0.message.contains("'fields:' of 'case 2' gives no 'updatedAt'")
            })
    }
}
