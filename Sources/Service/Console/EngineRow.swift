internal import BSON
internal import Contracts
internal import JSON
internal import Operations

/// The displayed parts of a document of the collection `engine`.
struct EngineRow {
    private static let names = ["engineId", "engineName", "stores", "mapVersion", "startDate", "endDate", "isConsole"]

    let text: String

    /// `now`: milliseconds since 1970. `offlineAfter`: milliseconds.
    init(bson document: UnsafeRawBufferPointer, now: Int64, offlineAfter: Int64) {
        let fields = BSONElements(document)
        var object = JSONObjectText()
        for name in Self.names {
            let element = fields.first { $0.nameText == name }
            object.add(name, raw: element.map(Self.json) ?? "null")
        }
        let ping = fields.first(named: "processDate")
        let at = ping?.date ?? ping?.text.flatMap { SinceTime.moment($0) }
        object.add("processDate", at.map { WallClock.text(milliseconds: $0) } ?? ping?.text)
        object.add(
            "status", at.map { now.subtractingClamped($0) <= offlineAfter } == true ? "ONLINE" : "OFFLINE")
        text = object.text
    }

    private static func json(_ element: BSONElement) -> String {
        var out: [UInt8] = []
        BSONText.append(element, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}
