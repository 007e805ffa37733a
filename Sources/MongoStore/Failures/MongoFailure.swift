package import JSON

/// A failed driver call, classified by codes only. Pure data; ``verdict`` interprets it.
package struct MongoFailure: Error, Equatable, Sendable {
    /// The operation.
    package enum Step: Sendable, Equatable {
        case connect
        case begin
        /// Creating a collection, or reading its properties.
        case create(collection: String)
        case read(collection: String)
        case write(collection: String)
        case commit
        case command(String)
    }

    /// Where the error comes from.
    package enum Origin: Sendable, Equatable {
        /// The server replied with an error.
        case server
        /// The connection failed, was refused, or timed out.
        case network
        /// No suitable server was found in time.
        case selection
        /// Authentication failed.
        case authentication
        /// Not sent: a document is too large or malformed.
        case document
        /// Not sent for another reason.
        case driver
        /// No call: the collection's type cannot hold records. ``text`` has type and remedy.
        case form
    }

    package struct Labels: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Nothing was committed; it may be run again.
        package static let transientTransaction = Labels(rawValue: 1)
        /// The commit may have been done; it may be requested again.
        package static let unknownCommit = Labels(rawValue: 2)
    }

    package var step: Step
    package var origin: Origin
    /// The server's code if it replied, else the driver's.
    package var code: Int
    package var labels: Labels = []
    /// The server refused one document of a write, not the whole command.
    package var isOneDocument = false
    /// Fields of the violated unique index, in order; empty for other errors.
    package var keyPattern: [ByteString] = []
    /// Message of the server or driver. May contain a record's data if ``isOneDocument``: then it must not be shown.
    package var text: String

    package init(step: Step, origin: Origin, code: Int, text: String) {
        self.step = step
        self.origin = origin
        self.code = code
        self.text = text
    }
}
