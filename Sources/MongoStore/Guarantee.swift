/// What the deployment can promise about a message's effect.
package enum Guarantee: String, Sendable {
    /// Replica set or mongos: each batch is one transaction.
    case exactlyOnce = "exactly once"
    /// A single mongod has no transactions: a crash in the middle of a batch leaves a part of it, and the redelivered
    /// message does that part again.
    case atLeastOnce = "at least once (standalone mongod)"
}
