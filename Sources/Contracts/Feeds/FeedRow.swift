package import BSON

/// A feed's row in `gateway.feeds`, as its leaseholder and the command line read it. ``init(bson:)`` tells its fields.
package struct FeedRow: Sendable, Equatable {
    package var name = ""
    /// Nil: the row is a lease of something else.
    package var identity: Identity?
    /// Leaseholder, for people; nil: none.
    package var holder: String?
    package var leaseUntil: Int64?
    package var mark: FeedCheckpoint?
    package var resumeToken: [UInt8]?
    package var isIncomplete = false
    package var state: String?
    package var reason: String?
    package var running: FeedRun?
    package var lastRun: FeedRun?
    package var nextRunAt: Int64?

    // Commands of operators.
    package var isPaused = false
    package var runRequestedAt: Int64?
    package var rewind: Rewind?
    /// Time of the last rewind command carried out.
    package var rewoundAt: Int64?

    package struct Identity: Sendable, Equatable {
        package var collection: String
        /// For people: `field lastUpdate`, `flag sent`, `all documents`.
        package var goesBy: String
        /// Nil in a row that no gateway of this version has held yet.
        package var progressKind: FeedProgressKind?
        /// The field with which the value of a rewind is compared; nil: none, or no gateway of this version has held it.
        package var orderField: String?
        package var isShared: Bool

        package init(
            collection: String, goesBy: String, progressKind: FeedProgressKind? = nil, orderField: String? = nil,
            isShared: Bool
        ) {
            self.orderField = orderField
            self.collection = collection
            self.goesBy = goesBy
            self.progressKind = progressKind
            self.isShared = isShared
        }
    }

    /// A rewind command.
    package struct Rewind: Sendable, Equatable {
        /// Time of the command, in milliseconds since 1970. Distinguishes equal commands.
        package var at: Int64
        /// Nil: to the beginning.
        package var to: BSONValue?
    }
}
