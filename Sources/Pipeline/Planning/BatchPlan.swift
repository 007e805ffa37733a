package import Documents
internal import Mappings
internal import Records

/// Works out what a batch does to what the store holds. A pure function of the batch and the snapshot: operations are
/// folded over each record in their order, and only what differs at the end is written.
///
/// Outcomes are exactly those of applying the items one by one.
package struct BatchPlan: Sendable {
    package let batch: Batch
    private let keys: BatchKeys
    private let context: PlanContext

    package init(_ batch: Batch, context: PlanContext) {
        self.init(batch, keys: BatchKeys(batch), context: context)
    }

    /// `keys`: those of this batch, where they are known already.
    init(_ batch: Batch, keys: BatchKeys, context: PlanContext) {
        self.batch = batch
        self.keys = keys
        self.context = context
    }

    /// What must be read for this batch.
    package var reads: StoreReads {
        var reads = StoreReads()
        reads.ledger = keys.ledgerIDs
        if !batch.furtherLedgerIDs.isEmpty { reads.ledger += Set(batch.furtherLedgerIDs) }
        reads.records = keys.groups.filter(\.isStored).map { ($0.collection, $0.ids) }
        return reads
    }

    /// What to write, and what then became of each item.
    package func plan(_ snapshot: StoreSnapshot) -> (writes: StoreWrites, result: BatchResult) {
        var run = Run(keys: keys, snapshot: snapshot, batch: batch, context: context)
        for (number, segment) in batch.segments.enumerated() {
            run.settle(segment, number: number, refusals: batch.refusals)
        }
        guard !run.result.isUndecided else { return (StoreWrites(), run.result) }
        return (run.writes(), run.result)
    }

    private struct Run {
        let keys: BatchKeys
        /// The records read, for each group.
        let records: [BSONSequence]
        let context: PlanContext
        var ledger: LedgerPlan
        var folds: [[RecordFold]]
        var deadLetters: DeadLetterWriter
        var postings: PostingWriter
        var result = BatchResult()

        init(keys: BatchKeys, snapshot: StoreSnapshot, batch: Batch, context: PlanContext) {
            self.keys = keys
            self.context = context
            var read = snapshot.records[...]
            records = keys.groups.map { $0.isStored ? read.popFirst() ?? BSONSequence() : BSONSequence() }
            ledger = LedgerPlan(snapshot: snapshot.ledger, batch: batch, now: context.now)
            deadLetters = DeadLetterWriter(context: context)
            postings = PostingWriter(context: context)
            folds = zip(keys.groups, records).map { group, records in
                var folds = [RecordFold](repeating: RecordFold(base: nil), count: group.ids.count)
                for index in 0..<records.count {
                    let id = records.withDocument(index) { BSONElements($0).first(named: "_id")?.byteString }
                    if let id, let slot = group.slots[id] { folds[Int(slot)] = RecordFold(base: index) }
                }
                return folds
            }
        }

        mutating func settle(_ segment: Segment, number: Int, refusals: [ItemPlace: Reason]) {
            let message = segment.message.message
            let first: Int
            let isContinued: Bool
            switch ledger.decision(for: segment) {
            case .apply(let from, let continued): (first, isContinued) = (from, continued)
            case .duplicate:
                ledger.recordDuplicate(message)
                result.segments.append(SegmentResult(kind: .duplicate))
                return
            case .reused:
                deadLetters.append(whole: segment.message, reasons: [.messageIdReuse(message)])
                ledger.recordReuse(message)
                tellResult(of: message, outcomes: nil, errors: [.messageIdReuse(message)])
                result.segments.append(SegmentResult(kind: .deadLettered))
                return
            case .unknown(let id):
                result.missingLedgerIDs.append(id)
                return
            case .doubtful(let at):
                result.doubtful[message.identity.ledgerID] = at
                return
            }
            if case .unreadable(let reasons, _, _, _) = message.content {
                deadLetters.append(whole: segment.message, reasons: reasons)
                ledger.record(segment, outcomes: OutcomeCounts(), isContinued: isContinued)
                tellResult(of: message, outcomes: nil, errors: reasons)
                result.segments.append(SegmentResult(kind: .deadLettered))
                return
            }
            var applied = SegmentResult(kind: .applied)
            applied.outcomes.reserveCapacity(segment.range.count)
            var counts = OutcomeCounts()
            var rejected: [(item: Int, reasons: [Reason])] = []
            var posted = segment.message.postings.drop { $0.item < first }
            var stale: [Int] = []
            for index in segment.range {
                guard index >= first else {
                    applied.outcomes.append(nil)
                    continue
                }
                let refusal =
                    refusals.isEmpty ? nil : refusals[ItemPlace(of: message, item: index)]
                let staleBefore = result.staleItems
                let (outcome, reasons) = apply(index, of: segment, number: number, refusal: refusal)
                if result.staleItems > staleBefore { stale.append(index) }
                while let posting = posted.first, posting.item <= index {
                    if posting.item == index, posting.shape.outcomes.contains(outcome.word) {
                        postings.append(posting)
                    }
                    posted.removeFirst()
                }
                applied.outcomes.append(outcome)
                counts[outcome] += 1
                if outcome == .rejected {
                    rejected.append((index, segment.message.asTheyCame(reasons, item: index)))
                }
            }
            if !rejected.isEmpty {
                deadLetters.append(items: rejected, of: segment.message, isFirst: segment.range.lowerBound == 0)
            }
            let total = ledger.record(segment, outcomes: counts, isContinued: isContinued)
            if segment.isLast { applied.total = total }
            result.segments.append(applied)
            if segment.isLast {
                let errors = segment.message.errors(before: segment.range.lowerBound) + rejected.flatMap(\.reasons)
                tellResult(of: message, outcomes: total, errors: errors, stale: stale)
            }
        }

        private mutating func tellResult(
            of message: Message, outcomes: OutcomeCounts?, errors: [Reason], stale: [Int] = []
        ) {
            let properties = message.delivery.properties
            guard context.resultQueue != nil || properties.replyTo != nil else { return }
            // A result that has come back to a queue that is consumed has none of its own, or there would be no end.
            guard properties.type != PostingRow.resultType || properties.appId != ByteString(PostingRow.application)
            else { return }
            let result = MessageResult(
                message: message, route: context.route, settledAt: context.now, outcomes: outcomes, errors: errors,
                staleItems: stale)
            postings.append(result: result.text, for: message.delivery)
        }

        private mutating func apply(
            _ index: Int, of segment: Segment, number: Int, refusal: Reason?
        ) -> (Outcome, [Reason]) {
            let message = segment.message
            let item = message.items[index]
            guard !item.isRejected, let operation = item.operation else {
                return (.rejected, message.rejections[Int(item.index)])
            }
            if let refusal { return (.rejected, [refusal]) }
            if !item.references.isEmpty {
                let missing = missingReferences(of: index, in: segment, number: number)
                if !missing.isEmpty { return (.rejected, missing) }
            }
            let group = keys.groupOfSegment[number]
            guard keys.groups[group].isStored else { return (operation.outcomeUnstored, []) }
            let slot = Int(keys.slotsOfSegment[number][index - segment.range.lowerBound])
            if let field = context.versionField,
                folds[group][slot].isStale(
                    image: Int(item.index), of: message, records: records[group], versionField: field)
            {
                result.staleItems += 1
                return (.unchanged, [])
            }
            let outcome = folds[group][slot].apply(
                operation, image: Int(item.index), of: message, records: records[group])
            guard outcome == .rejected else { return (outcome, []) }
            return (outcome, [.conflict(operation, id: keys.groups[group].ids[slot], item: index)])
        }

        /// The references of an item that lead nowhere and must not; those that may are told as warnings.
        private mutating func missingReferences(of index: Int, in segment: Segment, number: Int) -> [Reason] {
            guard case .catalog(let catalog) = segment.message.message.content else { return [] }
            var reasons: [Reason] = []
            for place in segment.message.items[index].references {
                let target = keys.targetsOfSegment[number][Int(place)] ?? nil
                if let target, folds[target.group][target.slot].isPresent { continue }
                let prepared = segment.message.references[Int(place)]
                let reference = catalog.references[prepared.reference]
                let reason = Reason.missingReference(reference, id: prepared.id, item: index)
                if reference.isRequired {
                    reasons.append(reason)
                } else if result.warnings.count < BatchResult.warningLimit {
                    result.warnings.append(reason.text)
                }
            }
            return reasons
        }

        mutating func writes() -> StoreWrites {
            var writes = StoreWrites()
            for (number, group) in keys.groups.enumerated() {
                var own = CollectionWrites(collection: group.collection)
                for (slot, fold) in folds[number].enumerated() {
                    fold.appendWrite(to: &own, id: group.ids[slot], records: records[number])
                }
                if !own.isEmpty { writes.collections.append(own) }
            }
            result.deadLetters = deadLetters.count
            writes.collections += deadLetters.writes()
            result.postings = postings.count
            writes.collections += postings.writes()
            var rows = CollectionWrites(collection: StoreNames.ledger)
            ledger.appendWrites(to: &rows)
            if !rows.isEmpty { writes.collections.append(rows) }
            return writes
        }
    }
}

/// What a plan must be told, since it has no clock and no chance of its own.
package struct PlanContext: Sendable {
    package let route: String
    /// Milliseconds since 1970.
    package let now: Int64
    /// A number that no other plan was given; ids of dead letters are made from it.
    package let seed: UInt64
    /// The field that says how new a record is: an item that is older than the record it meets changes nothing.
    package let versionField: ByteString?
    /// The queue that results go to, beside those that ask for one; nil for none.
    package let resultQueue: String?

    package init(
        route: String, now: Int64, seed: UInt64, versionField: ByteString? = nil, resultQueue: String? = nil
    ) {
        self.route = route
        self.now = now
        self.seed = seed
        self.versionField = versionField
        self.resultQueue = resultQueue
    }
}

/// The collections that are the gateway's own.
package enum StoreNames {
    package static let ledger = "gateway.ledger"
    /// Postings that are due, and those that failed.
    package static let postings = "gateway.postings"
    package static let deadLetters = "gateway.deadLetters"
    /// What operators did.
    package static let audit = "gateway.audit"
    /// The bytes of dead letters that are too large for one document.
    package static let deadLetterParts = "gateway.deadLetterParts"
}

extension Operation {
    /// How an item ends that is only posted, since no record says otherwise.
    fileprivate var outcomeUnstored: Outcome {
        switch self {
        case .insert: .inserted
        case .update, .upsert: .updated
        case .delete: .deleted
        }
    }
}

extension CollectionWrites {
    package var isEmpty: Bool { deletes.isEmpty && updateIDs.isEmpty && inserts.isEmpty }
}

extension Reason {
    fileprivate static func messageIdReuse(_ message: Message) -> Reason {
        let id = message.delivery.properties.messageId?.asText.description ?? ""
        return Reason(
            code: .messageIdReuse, expected: "a new message-id", found: "\"\(id.prefix(80))\"",
            text: "message-id '\(id.prefix(80))' was used before for another message; send this one under an id of its"
                + " own")
    }

    fileprivate static func missingReference(_ reference: FieldReference, id: ByteString, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item), reference.field])
        let key = id.description.prefix(160)
        return Reason(
            item: item, code: .schema, pointer: pointer, keyword: "x-ref",
            expected: "the key of a record of \(reference.catalog)", found: "no record '\(key)'",
            text:
                "\(pointer): there is no record '\(key)' in \(reference.catalog)\(reference.collection == nil ? ", which is not defined" : ""); send it first, or correct the field"
        )
    }

    fileprivate static func conflict(_ operation: Operation, id: ByteString, item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item)])
        let key = id.description.prefix(160)
        if operation == .insert {
            return Reason(
                item: item, code: .alreadyExists, pointer: pointer, expected: "no record '\(key)'",
                found: "a different one",
                text: "\(pointer): record '\(key)' exists and differs; send U or IU to change it")
        }
        return Reason(
            item: item, code: .notFound, pointer: pointer, expected: "a record '\(key)'", found: "none",
            text: "\(pointer): there is no record '\(key)' to update; send I or IU to create it")
    }
}

extension PreparedMessage {
    /// Why items before that one, of batches before, could not be taken as they are; as many as a result tells. What only the
    /// records said of them is in their dead letters.
    fileprivate func errors(before end: Int) -> [Reason] {
        guard end > 0, !rejections.isEmpty else { return [] }
        var found: [Reason] = []
        for index in 0..<end where items[index].isRejected && found.count < MessageResult.errorLimit {
            found += asTheyCame(rejections[Int(items[index].index)], item: index)
        }
        return found
    }
}
