internal import Console
internal import Mappings

/// The warnings of `/readyz` about a queue that loses messages without a word to anybody. Pure.
enum QueueWarnings {
    /// `losses`: what makes the broker drop messages, as the queue is declared. `returns`: how often one of the messages at
    /// hand was given back, where that is often; else 0. `since`: milliseconds since 1970.
    static func of(
        _ queue: String, losses: [QueueLosses.Loss], returns: Int, since: Int64
    ) -> [Readiness.Warning] {
        var details = losses.map { loss in (loss.argument.map { $0 + ": " } ?? "") + loss.words }
        if returns > 0 {
            details.append(
                "messages were given back up to \(returns) times; where the queue has a delivery limit, by its arguments or"
                    + " a policy, they are dropped beyond it: give it a dead-letter exchange, and see why they"
                    + " are given back (lost connections, an outage of the store)")
        }
        return details.map { Readiness.Warning(name: "queue \(queue)", since: since, detail: $0) }
    }
}
