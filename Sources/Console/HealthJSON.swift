internal import Documents
internal import Records

/// Health as JSON text.
enum HealthJSON {
    static func live() -> String { #"{"status":"alive"}"# }

    static func version(_ version: String) -> String {
        object([("name", quoted("promo-gateway")), ("version", quoted(version))])
    }

    static func text(of readiness: Readiness) -> String {
        let parts = readiness.parts.map { part in
            object([
                ("name", quoted(part.name)), ("ok", "\(part.ok)"),
                ("since", quoted(Instant.text(milliseconds: part.since))), ("detail", quoted(part.detail)),
            ])
        }
        let status = readiness.isDraining ? "draining" : readiness.isReady ? "ready" : "not ready"
        return object([
            ("status", quoted(status)), ("guarantee", quoted(readiness.guarantee)),
            ("parts", "[" + parts.joined(separator: ",") + "]"),
        ])
    }

    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { quoted($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var out: [UInt8] = []
        JSONText.append(string: text, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}
