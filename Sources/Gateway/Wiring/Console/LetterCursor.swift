internal import Console
internal import Documents
internal import MongoStore

/// How far an order for many letters has come, as its answer tells it and the next request gives it back: the cut-off, and the
/// last letter that was treated. What arrives later is never part of it, and what could not be treated is left behind.
struct LetterCursor {
    /// Milliseconds since 1970: letters received then or later are left alone.
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
            throw .invalid("the cursor is none", remedy: "send the one of the answer before as it is")
        }
        self.before = before
        place = DeadLetterQuery.Place(receivedAt: receivedAt, id: ByteString(String(parts[2])))
    }

    var text: String? { place.map { "\(before).\($0.receivedAt).\($0.id)" } }
}
