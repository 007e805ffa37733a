package import Pipeline

/// Where the store is and how it is treated. The names of the first two are those of the settings.
package struct MongoSettings: Sendable {
    /// `mongoDB.uri`. Never printed: it may hold a password.
    package var uri: String
    /// `mongoDB.database`; nil takes the one that the URI names.
    package var database: String?
    /// How long a ledger row is kept, and so how late a message may come a second time and still be known.
    package var ledgerLifetime = Duration.seconds(7 * 24 * 3600)
    /// A batch that twice takes longer than this, and then loses its transaction, is too much for one: a bit less than the
    /// server's `transactionLifetimeLimitSeconds`.
    package var transactionLifetime = Duration.seconds(55)
    /// How long a commit of unknown outcome is asked for again before the batch is given back.
    package var commitPatience = Duration.seconds(5)
    /// Between two heartbeats of this instance.
    package var beatInterval = Duration.seconds(2)
    /// An instance whose last heartbeat is older than this, by the server's clock, counts as dead.
    package var deadAfter = Duration.seconds(6)
    /// ``MongoDeployment/close()`` and ``MongoLane/close()`` return after this at the latest.
    package var closePatience = Duration.seconds(2)

    /// Whether connecting sets up the database and ends the sessions of dead instances: what a running gateway does. False for
    /// commands, which find the database as it is and write nothing but what they are asked to.
    package var preparesDatabase = true

    /// Is told of the steps of each batch, on its lane's thread.
    package var reached: @Sendable (Checkpoint) -> Void = { _ in }

    package init(uri: String, database: String? = nil) {
        self.uri = uri
        self.database = database
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
