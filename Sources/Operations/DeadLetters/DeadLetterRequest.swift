internal import BSON
package import Contracts
internal import Ingest
package import JSON
internal import Mappings

/// A command on one dead letter, as the writes of one transaction. Idempotent, also under concurrent requests. Pure.
package struct DeadLetterRequest: Sendable {
    package enum Action: Sendable {
        /// Written to the outbox, for the queue that the message came from.
        case replay
        /// Closes it; with the operator's reason.
        case discard(reason: String?)
        /// Replaces the failed message, and keeps what was received if both fit into a document. JSON text.
        case edit([UInt8])
        /// Opens a discarded one again.
        case restore

        package var word: String {
            switch self {
            case .replay: "replay"
            case .discard: "discard"
            case .edit: "edit"
            case .restore: "restore"
            }
        }

        /// The state that a dead letter must be in.
        package var state: DeadLetterState { if case .restore = self { .discarded } else { .open } }
    }

    package enum Outcome: Sendable, Equatable {
        /// With the message-id of the replay.
        case done(messageId: ByteString?)
        case missing
        /// It is in another state than the action needs: replayed or discarded already, or for `restore` not discarded.
        case notOpen(state: DeadLetterState)
        /// It came from a timer or a file: there is no queue that it could be sent to again.
        case notFromQueue(String)
        /// Too large for a posting; in bytes.
        case tooLarge(Int)
        /// Parts of its payload are missing: the rest would be another message.
        case incomplete
    }

    package let id: ByteString
    package let action: Action
    /// Operator, for the audit log: a name and a machine.
    package let who: String
    /// Milliseconds since 1970.
    package let now: Int64
    /// A unique number.
    package let seed: UInt64
    /// Position of the replay among other postings.
    package let stamp: PostingStamp
    /// The payload of a dead letter stored in parts. An edited message takes precedence.
    package let body: [UInt8]?
    /// The operator's reason, for the audit log.
    package let reason: String?

    package init(
        id: ByteString, _ action: Action, by who: String, now: Int64, seed: UInt64, stamp: PostingStamp? = nil,
        body: [UInt8]? = nil, reason: String? = nil
    ) {
        if case .discard(let own) = action { self.reason = own ?? reason } else { self.reason = reason }
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
        reads.records = [(StoreCollections.deadLetters, [id])]
        return reads
    }

    package func plan(_ snapshot: StoreSnapshot) -> (writes: StoreWrites, result: Outcome) {
        guard let records = snapshot.records.first, !records.isEmpty,
            let letter = records.withDocument(0, { DeadLetter(bson: $0) })
        else { return (StoreWrites(), .missing) }
        guard letter.state == action.state else { return (StoreWrites(), .notOpen(state: letter.state)) }
        var writes = StoreWrites()
        var messageId: ByteString?
        switch action {
        case .replay:
            guard RouteSource.isQueue(letter.queue) else { return (StoreWrites(), .notFromQueue(letter.queue)) }
            guard let body = letter.body ?? body else { return (StoreWrites(), .incomplete) }
            messageId = letter.replayID
            let posting = posting(of: letter, body)
            guard body.count <= PostingRow.largestBody, posting.inserts.largestDocument <= StoreBounds.documentBytes
            else {
                return (StoreWrites(), .tooLarge(body.count))
            }
            writes.collections.append(posting)
            writes.collections.append(
                change { set in
                    set.append("state", string: DeadLetterState.replayed.rawValue)
                    set.append("replayedAt", date: now)
                    set.append("replayedAs", string: letter.replayID)
                })
        case .discard(let reason):
            writes.collections.append(
                change { set in
                    set.append("state", string: DeadLetterState.discarded.rawValue)
                    set.append("discardedAt", date: now)
                    set.append("discardReason", string: reason)
                })
        case .restore:
            var restored = CollectionWrites(collection: StoreCollections.deadLetters)
            restored.updateIDs = [id]
            restored.updates.appendDocument { update in
                update.append("$set", document: { $0.append("state", string: DeadLetterState.open.rawValue) })
                update.append(
                    "$unset",
                    document: { unset in
                        unset.append("discardedAt", bool: true)
                        unset.append("discardReason", bool: true)
                    })
            }
            writes.collections.append(restored)
        case .edit(let message):
            let rest = records.withDocument(0) {
                $0.count - (BSONElements($0).first(named: "message")?.whole.count ?? 0)
            }
            func edited(_ keep: Bool) -> CollectionWrites {
                change { set in
                    set.append("editedAt", date: now)
                    set.append("editedBy", string: who)
                    if keep { records.withDocument(0) { Self.appendUnedited($0, to: &set) } }
                    Self.append(message, to: &set)
                }
            }
            var edit = edited(true)
            if rest + edit.updates.largestDocument > StoreBounds.documentBytes { edit = edited(false) }
            guard rest + edit.updates.largestDocument <= StoreBounds.documentBytes else {
                return (StoreWrites(), .tooLarge(message.count))
            }
            writes.collections.append(edit)
        }
        writes.collections.append(
            .audit(
                "dead-letters \(action.word)", of: id, by: who, at: now, seed: seed, messageId: messageId,
                detail: reason))
        return (writes, .done(messageId: messageId))
    }

    private func posting(of letter: DeadLetter, _ body: [UInt8]) -> CollectionWrites {
        let row = PostingRow(replaying: letter, body: body, id: stamp.rowIDs[0], registeredAt: now)
        var writes = CollectionWrites(collection: StoreCollections.postings)
        writes.inserts.appendDocument { row.append(to: &$0) }
        return writes
    }

    private func change(_ fields: (inout BSONWriter) -> Void) -> CollectionWrites {
        var writes = CollectionWrites(collection: StoreCollections.deadLetters)
        writes.updateIDs = [id]
        writes.updates.appendDocument { update in update.append("$set", document: fields) }
        return writes
    }

    /// The message that the first edit replaces, where it is not in the original bytes.
    private static func appendUnedited(_ document: UnsafeRawBufferPointer, to set: inout BSONWriter) {
        let fields = BSONElements(document)
        guard fields.first(named: "unedited") == nil, fields.first(named: "original")?.binary == nil,
            fields.first(named: "editedAt") == nil, let message = fields.first(named: "message"), message.type != .null
        else { return }
        set.append(BSONWriter.bytes(of: "unedited"), type: message.typeByte, value: message.value)
    }

    /// As a document if it can be represented exactly, else as text.
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
    /// The replay of a dead letter: the sender's properties and headers, a message-id of its own, and a replay header.
    package init(replaying letter: DeadLetter, body: [UInt8], id: ByteString, registeredAt: Int64) {
        self.init(
            id: id, origin: .replay, name: letter.route, target: .amqp(exchange: "", routingKey: letter.queue),
            body: body, registeredAt: registeredAt)
        messageId = letter.replayID
        sender = letter.properties
        headers =
            letter.headersToSend + [.init(name: MessageProperties.replayHeader, value: .string(letter.id.description))]
        if let name = letter.caseName {
            headers.append(.init(name: MessageProperties.caseHeader, value: .string(name)))
        }
    }
}
