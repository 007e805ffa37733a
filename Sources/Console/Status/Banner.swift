internal import JSON
internal import BSON

extension Readiness {
    /// One line of the banner: a problem, since when, how often, and the remedy.
    package struct BannerLine: Sendable, Equatable {
        package var name: String
        package var since: Int64
        package var count: Int?
        package var detail: String

        var text: String {
            var object = JSONObjectText()
            object.add("name", name)
            object.add("since", Instant.text(milliseconds: since))
            object.add("count", count)
            object.add("detail", detail)
            return object.text
        }
    }

    /// Current problems; empty if there are none.
    package var banner: [BannerLine] {
        parts.filter { !$0.ok }.map { BannerLine(name: $0.name, since: $0.since, detail: $0.detail) }
            + warnings.map { BannerLine(name: $0.name, since: $0.since, count: $0.count, detail: $0.detail) }
    }

    var word: String { isDraining ? "draining" : isReady ? "ready" : "not ready" }
}
