internal import Console
internal import JSON
internal import MongoStore

/// Cursor of a bulk command on dead letters, returned in its answer and passed to the next request: the cut-off time
/// and the last one processed. Excludes later dead letters, and skips those that failed.
struct DeadLetterCursor {
    /// Cut-off, in milliseconds since 1970: later dead letters are not affected.
    let before: Int64
    /// Nil: at the beginning.
    let place: DeadLetterQuery.Place?

    init(before: Int64, place: DeadLetterQuery.Place? = nil) {
        self.before = before
        self.place = place
    }

    init(_ text: String) throws(ConsoleProblem) {
        let parts = text.split(separator: ".", maxSplits: 2)
        guard parts.count == 3, let before = Int64(parts[0]), let receivedAt = Int64(parts[1]) else {
            throw .invalid("the cursor is invalid", remedy: "send the cursor of the previous answer unchanged")
        }
        self.before = before
        place = DeadLetterQuery.Place(receivedAt: receivedAt, id: ByteString(String(parts[2])))
    }

    var text: String? { place.map { "\(before).\($0.receivedAt).\($0.id)" } }
}
