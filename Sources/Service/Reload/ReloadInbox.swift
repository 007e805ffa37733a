package import BSON
internal import Contracts

/// What may be a reason to read the configuration again, on its way to the one who does; of each kind the newest counts.
typealias ReloadInbox = Inbox<ReloadReasons>

struct ReloadReasons: InboxContent {
    var hasHungUp = false
    var mustLook = false
    /// The documents of the collection, where they were read.
    var documents: BSONSequence?
}

extension ReloadInbox {
    package func hangUp() { put { $0.hasHungUp = true } }

    package func look() { put { $0.mustLook = true } }

    package func take(documents: BSONSequence) { put { $0.documents = documents } }
}
