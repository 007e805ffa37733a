internal import BSON
internal import Contracts
internal import JSON

/// What a person did with a dead letter, from the audit log.
struct AuditEntry: Equatable {
    /// Milliseconds since 1970.
    let at: Int64
    let who: String
    /// Such as `replay`.
    let action: String
    let detail: String?

    init(at: Int64, who: String, action: String, detail: String?) {
        self.at = at
        self.who = who
        self.action = action
        self.detail = detail
    }

    init(bson document: UnsafeRawBufferPointer) {
        let row = BSONElements(document)
        at = row.first(named: "at")?.date ?? 0
        who = row.first(named: "who")?.text ?? ""
        action = row.first(named: "action")?.text?.replacing("dead-letters ", with: "", maxReplacements: 1) ?? ""
        detail = row.first(named: "detail")?.text
    }

    private static let past = ["replay": "replayed", "discard": "discarded", "edit": "edited", "restore": "restored"]

    /// `2026-03-01T15:03:01Z  discarded by ana@console: test data`.
    var text: String {
        "\(WallClock.text(milliseconds: at))  \(Self.past[action] ?? action) by \(who)"
            + (detail.map { ": \($0)" } ?? "")
    }

    var json: String {
        var object = JSONObjectText()
        object.add("at", WallClock.text(milliseconds: at))
        object.add("who", who)
        object.add("action", action)
        object.add("detail", detail)
        return object.text
    }
}
