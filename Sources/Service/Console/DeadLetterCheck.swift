internal import Contracts
internal import DryRun
internal import Ingest
internal import JSON
internal import Operations

/// Validates an edited message against its dead letter's route before it is saved, without the store.
struct DeadLetterCheck {
    private let reasons: [Reason]
    private let message: [UInt8]

    /// `rehearsal`: of the dead letter's route. `letter`: gives the route case.
    init(_ message: [UInt8], of letter: DeadLetter, on dryRun: RouteDryRun) {
        self.message = message
        reasons = EditedMessage.refusals(of: message, letter, on: dryRun)
    }

    private static let most = 100

    /// Findings with locations: UTF-16 offsets, or line and column.
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
