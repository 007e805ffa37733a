internal import Contracts
package import DryRun
package import Ingest
internal import JSON

/// An edited message of a dead letter, before it is saved.
package enum EditedMessage {
    /// What the dead letter's route will refuse of the message, as far as that is known without the store. `dryRun`: of the
    /// route. `letter`: gives properties and route case.
    package static func refusals(of message: [UInt8], _ letter: DeadLetter, on dryRun: RouteDryRun) -> [Reason] {
        let sent = PostingRow(replaying: letter, body: message, id: letter.id, registeredAt: 0).posting?.properties
        return dryRun.prepare(dryRun.delivery(message, properties: sent ?? MessageProperties())).flatMap {
            prepared -> [Reason] in
            switch prepared.message.content {
            case .unreadable(let reasons, _, _, _): return reasons
            case .catalog: return prepared.rejections.flatMap { $0 }
            case .ignored: return []
            }
        }
    }
}
