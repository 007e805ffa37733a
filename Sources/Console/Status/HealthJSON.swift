internal import JSON
internal import BSON

/// Formats health as JSON.
enum HealthJSON {
    static func live() -> String { #"{"status":"alive"}"# }

    static func version(_ version: String) -> String {
        var object = JSONObjectText()
        object.add("name", "promo-gateway")
        object.add("version", version)
        return object.text
    }

    static func text(of readiness: Readiness) -> String {
        var object = JSONObjectText()
        object.add("status", readiness.word)
        object.add("guarantee", readiness.guarantee)
        object.add("parts", objects: readiness.parts.map { text(of: $0) })
        object.add("warnings", objects: readiness.warnings.map { text(of: $0) })
        return object.text
    }

    /// `showsState`: with the word that a page shows.
    static func text(of part: PartHealth, showsState: Bool = false) -> String {
        var object = JSONObjectText()
        object.add("name", part.name)
        object.add("ok", part.ok)
        object.add("since", Instant.text(milliseconds: part.since))
        object.add("detail", part.detail)
        if showsState { object.add("state", part.word) }
        return object.text
    }

    private static func text(of warning: Readiness.Warning) -> String {
        var object = JSONObjectText()
        object.add("name", warning.name)
        object.add("since", Instant.text(milliseconds: warning.since))
        object.add("detail", warning.detail)
        if let count = warning.count { object.add("count", count) }
        return object.text
    }
}
