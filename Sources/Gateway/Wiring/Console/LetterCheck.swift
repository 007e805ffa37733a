internal import Documents
internal import Pipeline
internal import Rehearsal

/// What a letter's route would say of a message, before it is saved: read and checked as the route does, without the store.
struct LetterCheck {
    private let reasons: [Reason]
    private let message: [UInt8]

    /// `rehearsal`: of the letter's route. `letter`: says for which of its cases the message is.
    init(_ message: [UInt8], of letter: StoredLetter, on rehearsal: Rehearsal) {
        self.message = message
        let sent = PostingRow(replaying: letter, body: message, id: letter.id, registeredAt: 0).posting?.properties
        reasons = rehearsal.prepare(rehearsal.delivery(message, properties: sent ?? MessageProperties())).flatMap {
            prepared -> [Reason] in
            switch prepared.message.content {
            case .unreadable(let reasons, _, _, _): return reasons
            case .catalog: return prepared.rejections.flatMap { $0 }
            case .ignored: return []
            }
        }
    }

    private static let most = 100

    /// The findings with their places: UTF-16 units of the text, or line and column.
    var text: String {
        let shown = Array(reasons.prefix(Self.most))
        let places = TextPlaces.find(shown.map(\.pointer), in: message)
        var object = JSONObjectText()
        object.add(
            "findings",
            objects: zip(shown, places).map { reason, place in
                var finding = JSONObjectText()
                finding.add("code", reason.code.rawValue)
                finding.add("pointer", "\(reason.pointer)")
                finding.add("text", reason.text)
                finding.add("line", reason.position?.line)
                finding.add("column", reason.position?.column)
                finding.add("start", place?.start)
                finding.add("length", place?.length)
                return finding.text
            })
        object.add("count", reasons.count)
        return object.text
    }
}
