/// A step on a batch's way that is done: where a test ends the process, to show that nothing is lost or done twice there.
///
/// The code that takes the step calls the `reached` closure of its settings, which does nothing by default. Called on the
/// thread that takes the step.
package enum FaultPoint: String, CaseIterable, Sendable {
    /// The parts of a dead letter that is too large for one transaction are durable; the transaction of the dead letter
    /// itself, which names them, has not begun. Reached only for such dead letters.
    case partsWritten
    /// Records of one collection are written, in a transaction that is open.
    case recordsWritten
    case deadLettersWritten
    case ledgerWritten
    case beforeCommit
    /// The store has said that the batch is durable.
    case afterCommit
    case beforeAck
    /// The acknowledgement was given to the socket.
    case afterAck
    /// Postings were handed to the broker, which has said what became of each.
    case postingsConfirmed
    /// Confirmed postings are removed from the store.
    case postingsRemoved

    /// Of feeds: a batch is about to be published.
    case beforePublish
    /// Postings were given to the socket.
    case postingsSent
    /// The broker has confirmed a batch of postings; nothing of it is marked.
    case afterConfirm
    /// What failed is durable as rows; nothing is marked.
    case beforeMark
    /// The progress is durable.
    case afterMark

    /// Those on the way of a batch of items, which every route passes.
    package static let ofRoutes: [FaultPoint] = [
        .recordsWritten, .deadLettersWritten, .ledgerWritten, .beforeCommit, .afterCommit, .beforeAck, .afterAck,
    ]
    /// Those on the way of a feed's documents.
    package static let ofFeeds: [FaultPoint] = [.beforePublish, .postingsSent, .afterConfirm, .beforeMark, .afterMark]
}
