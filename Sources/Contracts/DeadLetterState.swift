/// What has become of a dead letter: the field `state` of its document. The raw values are stored, and are names that
/// commands, HTTP and metrics show.
package enum DeadLetterState: String, Sendable, CaseIterable {
    /// Neither replayed nor discarded.
    case open
    /// Sent again.
    case replayed
    /// Not looked at any more.
    case discarded
}
