package import Contracts

/// Configuration of the store. The first two have the names of the settings.
package struct MongoSettings: Sendable {
    /// `mongoDB.uri`. Never printed: it may contain a password.
    package var uri: String
    /// `mongoDB.database`; nil: the URI's database.
    package var database: String?
    /// Retention of ledger rows: how late a duplicate is still recognised.
    package var ledgerLifetime = Duration.seconds(7 * 24 * 3600)
    /// A batch that exceeds this time twice, and loses its transaction, is too large: slightly less than the server's
    /// `transactionLifetimeLimitSeconds`.
    package var transactionLifetime = Duration.seconds(55)
    /// How long a commit with unknown result is repeated before the batch is returned.
    package var commitPatience = Duration.seconds(5)
    /// Interval of heartbeats.
    package var beatInterval = Duration.seconds(2)
    /// Age of the last heartbeat, by the server's clock, above which an instance counts as dead.
    package var deadAfter = Duration.seconds(6)
    /// Time limit of ``MongoDeployment/close()`` and ``MongoTransactor/close()``.
    package var closePatience = Duration.seconds(2)

    /// Whether connecting sets up the database and ends dead instances' sessions, as a running gateway does. False for
    /// commands, which create nothing and write only what they are asked to.
    package var preparesDatabase = true

    /// Called at the steps of each batch, on its lane's thread.
    package var reached: @Sendable (FaultPoint) -> Void = { _ in }

    package init(uri: String, database: String? = nil) {
        self.uri = uri
        self.database = database
    }
}

extension Duration {
    /// In whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
