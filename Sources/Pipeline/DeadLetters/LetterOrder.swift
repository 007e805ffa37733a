package import Documents
internal import Mappings
internal import Records

/// What an operator does with one dead letter, as writes of one transaction: however often it is asked for, and by however
/// many at once, it is done once. Pure.
package struct LetterOrder: Sendable {
    package enum Action: Sendable {
        /// Noted as a posting to the queue that the message came from.
        case replay
        /// It is not looked at any more; why, in the operator's words.
        case discard(reason: String?)
        /// Another message takes the place of the one that failed. JSON text.
        case edit([UInt8])

        var word: String {
            switch self {
            case .replay: "replay"
            case .discard: "discard"
            case .edit: "edit"
            }
        }
    }

    package enum Outcome: Sendable, Equatable {
        /// Under this message-id, where it is sent again.
        case done(messageId: ByteString?)
        case missing
        /// Somebody was faster: it is replayed or discarded already.
        case notOpen(state: String)
        /// It came from a timer or a file: there is no queue that it could be sent to again.
        case notFromQueue(String)
        /// So many bytes are too many for one posting.
        case tooLarge(Int)
        /// Its bytes lie in parts, and not all of them are there: what is left would be another message.
        case incomplete
    }

    /// The header that tells a replay: its message-id counts, whatever id the message carries inside.
    package static let replayHeader = "x-replay-of"

    /// The header that tells which case of the route it is for, where a route has several that all take a message.
    package static let caseHeader = "x-replay-case"

    /// Bytes of a body that a posting's row can hold.
    package static let largestBody = 15 << 20

    package let id: ByteString
    package let action: Action
    /// Who asks, for the audit: a name and a machine.
    package let who: String
    /// Milliseconds since 1970.
    package let now: Int64
    /// A number that nobody else was given.
    package let seed: UInt64
    /// The place of what is sent again among other postings.
    package let stamp: PostingStamp
    /// The bytes of a letter that lies in parts. What the letter itself has by now goes before them: it was mended.
    package let body: [UInt8]?

    package init(
        id: ByteString, _ action: Action, by who: String, now: Int64, seed: UInt64, stamp: PostingStamp? = nil,
        body: [UInt8]? = nil
    ) {
        self.id = id
        self.action = action
        self.who = who
        self.now = now
        self.seed = seed
        self.stamp = stamp ?? PostingStamp(milliseconds: now, seed: seed)
        self.body = body
    }

    package var reads: StoreReads {
        var reads = StoreReads()
        reads.records = [(StoreNames.deadLetters, [id])]
        return reads
    }

    package func plan(_ snapshot: StoreSnapshot) -> (writes: StoreWrites, result: Outcome) {
        guard let records = snapshot.records.first, !records.isEmpty,
            let letter = records.withDocument(0, { StoredLetter(bson: $0) })
        else { return (StoreWrites(), .missing) }
        guard letter.state == "open" else { return (StoreWrites(), .notOpen(state: letter.state)) }
        var writes = StoreWrites()
        var messageId: ByteString?
        switch action {
        case .replay:
            guard RouteSource.isQueue(letter.queue) else { return (StoreWrites(), .notFromQueue(letter.queue)) }
            guard let body = letter.body ?? body else { return (StoreWrites(), .incomplete) }
            messageId = letter.replayID
            let posting = posting(of: letter, body)
            guard body.count <= Self.largestBody, posting.inserts.largestDocument <= StoreBounds.documentBytes else {
                return (StoreWrites(), .tooLarge(body.count))
            }
            writes.collections.append(posting)
            writes.collections.append(
                change { set in
                    set.append("state", string: "replayed")
                    set.append("replayedAt", date: now)
                    set.append("replayedAs", string: letter.replayID)
                })
        case .discard(let reason):
            writes.collections.append(
                change { set in
                    set.append("state", string: "discarded")
                    set.append("discardedAt", date: now)
                    set.append("discardReason", string: reason)
                })
        case .edit(let message):
            let change = change { set in
                set.append("editedAt", date: now)
                Self.append(message, to: &set)
            }
            let rest = records.withDocument(0) {
                $0.count - (BSONElements($0).first(named: "message")?.whole.count ?? 0)
            }
            guard rest + change.updates.largestDocument <= StoreBounds.documentBytes else {
                return (StoreWrites(), .tooLarge(message.count))
            }
            writes.collections.append(change)
        }
        writes.collections.append(
            .audit("dead-letters \(action.word)", of: id, by: who, at: now, seed: seed, messageId: messageId))
        return (writes, .done(messageId: messageId))
    }

    private func posting(of letter: StoredLetter, _ body: [UInt8]) -> CollectionWrites {
        let row = PostingRow(replaying: letter, body: body, id: stamp.rowIDs[0], registeredAt: now)
        var writes = CollectionWrites(collection: StoreNames.postings)
        writes.inserts.appendDocument { row.append(to: &$0) }
        return writes
    }

    private func change(_ fields: (inout BSONWriter) -> Void) -> CollectionWrites {
        var writes = CollectionWrites(collection: StoreNames.deadLetters)
        writes.updateIDs = [id]
        writes.updates.appendDocument { update in update.append("$set", document: fields) }
        return writes
    }

    /// As a document where every value can be one exactly, else as text.
    private static func append(_ message: [UInt8], to set: inout BSONWriter) {
        guard let document = try? JSONParser().parse(message),
            document.withRoot({ DeadLetterEnvelope.isStoredAsDocument($0) })
        else {
            return message.withUnsafeBufferPointer { set.append(BSONWriter.bytes(of: "message"), string: $0) }
        }
        document.withRoot { DeadLetterEnvelope.append($0, named: BSONWriter.bytes(of: "message"), to: &set) }
    }
}

extension PostingRow {
    /// A dead letter's message as it is sent again: with the properties and headers of its sender, under an id of its own,
    /// and marked as a replay.
    package init(replaying letter: StoredLetter, body: [UInt8], id: ByteString, registeredAt: Int64) {
        self.init(
            id: id, origin: .replay, name: letter.route, target: .amqp(exchange: "", routingKey: letter.queue),
            body: body, registeredAt: registeredAt)
        messageId = letter.replayID
        sender = letter.properties
        headers = letter.headersToSend + [.init(name: LetterOrder.replayHeader, value: .string(letter.id.description))]
        if let name = letter.caseName { headers.append(.init(name: LetterOrder.caseHeader, value: .string(name))) }
    }
}
