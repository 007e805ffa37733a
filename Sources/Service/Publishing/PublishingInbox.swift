internal import Contracts

/// What shall be published, on its way to ``PublishingService``; the newest desired state counts.
typealias PublishingInbox = Inbox<PublishingWish>

struct PublishingWish: InboxContent {
    enum Wanted: Sendable {
        case nothing
        case publishing(PublishingConfiguration)
    }

    /// Nil: as before.
    var wanted: Wanted?
    var isClosing = false
}

extension PublishingInbox {
    /// Nil: nothing shall be published.
    package func want(_ form: PublishingConfiguration?) { put { $0.wanted = form.map { .publishing($0) } ?? .nothing } }

    package func close() { put { $0.isClosing = true } }
}
