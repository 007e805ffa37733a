package import JSON
package import BSON

/// A row of the audit log `gateway.audit`.
package struct AuditRow: Sendable {
    /// Milliseconds since 1970.
    package var at: Int64
    /// Name and machine.
    package var who: String
    /// The equivalent command: `dead-letters replay`.
    package var action: String
    /// Object of the action: a dead letter's id, a feed's or setting's name.
    package var subject: ByteString
    /// Message-id of the replay.
    package var messageId: ByteString?
    /// Details that are not secret.
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

    /// `seed`: a unique number.
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
