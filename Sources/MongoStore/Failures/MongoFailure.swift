package import Documents

/// One failed call of the driver, told apart by codes alone. Pure data; ``verdict`` says what it means.
package struct MongoFailure: Error, Equatable, Sendable {
    /// What was being done.
    package enum Step: Sendable, Equatable {
        case connect
        case begin
        /// Making sure that a collection is there, and finding out what it is.
        case create(collection: String)
        case read(collection: String)
        case write(collection: String)
        case commit
        case command(String)
    }

    /// Who says that it failed.
    package enum Origin: Sendable, Equatable {
        /// The server answered with an error.
        case server
        /// The connection broke, was refused, or timed out.
        case network
        /// No server to talk to was found in time.
        case selection
        /// Credentials were not accepted.
        case authentication
        /// The driver did not send it: a document is too large or no BSON.
        case document
        /// The driver did not do it, for another reason.
        case driver
        /// Nobody was asked: the collection is of a kind that takes no records of ours. ``text`` says which, and the remedy.
        case form
    }

    package struct Labels: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Nothing of the transaction was done; it may be run again.
        package static let transientTransaction = Labels(rawValue: 1)
        /// The commit may or may not have been done; it may be asked for again.
        package static let unknownCommit = Labels(rawValue: 2)
    }

    package var step: Step
    package var origin: Origin
    /// The server's code where it answered, else the driver's.
    package var code: Int
    package var labels: Labels = []
    /// The server refused one document of a write, not the whole command.
    package var isOneDocument = false
    /// The fields of the unique index that a duplicate key violates, in order; empty where it is another error.
    package var keyPattern: [ByteString] = []
    /// In the words of server or driver. May hold data of a record where ``isOneDocument``: not to be shown then.
    package var text: String

    package init(step: Step, origin: Origin, code: Int, text: String) {
        self.step = step
        self.origin = origin
        self.code = code
        self.text = text
    }
}
