/// Delivery guarantee of a deployment.
package enum Guarantee: String, Sendable {
    /// Replica set or mongos: each batch is a transaction.
    case exactlyOnce = "exactly once"
    /// A single mongod has no transactions: a crash in the middle of a batch leaves a part of it, which the redelivered
    /// message repeats.
    case atLeastOnce = "at least once (standalone mongod)"
}
