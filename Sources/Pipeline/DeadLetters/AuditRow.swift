package import Documents
package import Records

/// What somebody did, as a row of `gateway.audit`.
package struct AuditRow: Sendable {
    /// Milliseconds since 1970.
    package var at: Int64
    /// A name and a place.
    package var who: String
    /// The command that does the same: `dead-letters replay`.
    package var action: String
    /// What it was done to: a dead letter's id, a feed's or setting's name.
    package var subject: ByteString
    /// Under which a message was sent again.
    package var messageId: ByteString?
    /// More of it, where that is no secret.
    package var detail: String?

    package init(
        at: Int64, who: String, action: String, subject: ByteString, messageId: ByteString? = nil, detail: String? = nil
    ) {
        self.at = at
        self.who = who
        self.action = action
        self.subject = subject
        self.messageId = messageId
        self.detail = detail
    }

    /// `seed`: a number that nobody else was given.
    package func append(to row: inout BSONWriter, seed: UInt64) {
        row.append("_id", string: PostingStamp(milliseconds: at, seed: seed).rowIDs[1])
        row.append("at", date: at)
        row.append("who", string: who)
        row.append("action", string: action)
        row.append("subject", string: subject)
        row.append("messageId", string: messageId)
        if let detail { row.append("detail", string: detail) }
    }
}
