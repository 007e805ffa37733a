internal import BSON
package import Contracts
internal import JSON
internal import Mappings

/// Computes the writes of a batch. A pure function of batch and snapshot: folds the operations of each record in order,
/// and writes only the final difference.
///
/// Outcomes are exactly those of applying the items one by one.
package struct BatchPlan: Sendable {
    package let batch: Batch
    /// Bytes of postings made of stored records in one transaction; more of them are made in several.
    private static let mostLateBytes = 16 << 20
    private let keys: BatchKeys
    private let context: PlanContext

    package init(_ batch: Batch, context: PlanContext) {
        self.init(batch, keys: BatchKeys(batch), context: context)
    }

    /// `keys`: of this batch, if already computed.
    init(_ batch: Batch, keys: BatchKeys, context: PlanContext) {
        self.batch = batch
        self.keys = keys
        self.context = context
    }

    /// The reads of this batch.
    package var reads: StoreReads {
        var reads = StoreReads()
        reads.ledger = keys.ledgerIDs
        if !batch.furtherLedgerIDs.isEmpty { reads.ledger += Set(batch.furtherLedgerIDs) }
        reads.records = keys.groups.filter { batch.reads($0) }.map { ($0.collection, $0.ids) }
        if context.versionField != nil {
            let ids = Set(keys.groupOfSegment).filter { $0 >= 0 && batch.reads(keys.groups[$0]) }.flatMap { number in
                keys.groups[number].ids.map { Tombstone.id(of: $0, in: keys.groups[number].collection) }
            }
            if !ids.isEmpty { reads.records.append((StoreCollections.tombstones, ids)) }
        }
        return reads
    }

    /// Computes the writes and the outcome of each item.
    package func plan(_ snapshot: StoreSnapshot) -> (writes: StoreWrites, result: BatchResult) {
        var run = Run(keys: keys, snapshot: snapshot, batch: batch, context: context)
        for (number, segment) in batch.segments.enumerated() {
            run.settle(segment, number: number, refusals: batch.refusals)
        }
        guard !run.result.isUndecided else { return (StoreWrites(), run.result) }
        if run.lateBytes > Self.mostLateBytes, batch.itemCount > 1 {
            run.result.oversized = StoreCollections.postings
            return (StoreWrites(), run.result)
        }
        let writes = run.writes()
        if let large = writes.collections.first(where: { $0.largestDocument > StoreBounds.documentBytes }) {
            run.result.oversized = large.collection
            return (StoreWrites(), run.result)
        }
        return (writes, run.result)
    }

    private struct Run {
        let keys: BatchKeys
        /// Records read, by group.
        let records: [BSONSequence]
        let context: PlanContext
        let refusedCollections: [String: StoreError]
        var ledger: LedgerPlan
        var folds: [[RecordFold]]
        var deadLetters: DeadLetterBuilder
        var postings: PostingWriter
        let answers: AnswerBuild
        // Made where they are needed: most routes look at no record.
        private lazy var maker = PostingMaker()
        private lazy var evaluation = StoredCondition.Evaluation()
        /// Bytes of postings that were made of stored records: nothing bounds them before the plan.
        private(set) var lateBytes = 0
        /// Nil if the route orders no updates.
        var versions: VersionGuard?
        var result = BatchResult()

        init(keys: BatchKeys, snapshot: StoreSnapshot, batch: Batch, context: PlanContext) {
            self.keys = keys
            self.context = context
            var read = snapshot.records[...]
            records = keys.groups.map { batch.reads($0) ? read.popFirst() ?? BSONSequence() : BSONSequence() }
            versions = context.versionField.map {
                VersionGuard(field: $0, now: context.now, tombstones: read.popFirst() ?? BSONSequence())
            }
            refusedCollections = batch.refusedCollections
            ledger = LedgerPlan(snapshot: snapshot.ledger, batch: batch, now: context.now)
            deadLetters = DeadLetterBuilder(context: context, isLastResort: batch.isLastResort)
            postings = PostingWriter(context: context)
            answers = AnswerBuild(table: context.answers, route: context.route, now: context.now)
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
                var duplicate = SegmentResult(kind: .duplicate)
                duplicate.answer = ledger.answer(to: message)
                result.segments.append(duplicate)
                return
            case .reused where message.delivery.request != nil:
                var refused = SegmentResult(kind: .refused)
                refused.answer = answers.answer(to: segment.message, item: nil, reasons: [.messageIdReuse(message)])
                result.segments.append(refused)
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
                refuse(segment, reasons: reasons, isContinued: isContinued)
                return
            }
            var applied = SegmentResult(kind: .applied)
            applied.outcomes.reserveCapacity(segment.range.count)
            var counts = OutcomeCounts()
            var rejected: [(item: Int, reasons: [Reason])] = []
            var posted = segment.message.postings.drop { $0.item < first }
            for index in segment.range {
                guard index >= first else {
                    applied.outcomes.append(nil)
                    continue
                }
                let refusal =
                    refusals.isEmpty ? nil : refusals[ItemPlace(of: message, item: index)]
                var late: [PreparedPosting] = []
                let (outcome, reasons) = applyWhole(
                    index, of: segment, number: number, refusal: refusal, stale: &applied.staleItems, &applied.answer,
                    &late)
                while let posting = posted.first, posting.item <= index {
                    if posting.item == index, posting.shape.outcomes.contains(outcome.word) {
                        postings.append(posting, of: message)
                    }
                    posted.removeFirst()
                }
                for posting in late { postings.append(posting, of: message) }
                applied.outcomes.append(outcome)
                counts[outcome] += 1
                if outcome == .rejected {
                    rejected.append((index, segment.message.asTheyCame(reasons, item: index)))
                }
            }
            if !rejected.isEmpty {
                let texts = rejected.prefix(SegmentResult.reasonLimit).flatMap(\.reasons).map(\.text)
                applied.reasons = Array(texts.prefix(SegmentResult.reasonLimit))
                if message.delivery.request?.keepsDeadLetters ?? true {
                    deadLetters.append(items: rejected, of: segment.message)
                }
            }
            let errors =
                segment.isLast
                ? segment.message.errors(before: segment.range.lowerBound) + rejected.flatMap(\.reasons) : []
            let stale = applied.staleItems
            if !segment.isLast || message.delivery.request == nil { applied.answer = nil }
            let total = ledger.record(segment, outcomes: counts, isContinued: isContinued) {
                [answers, answer = applied.answer] total in
                guard segment.isLast, message.delivery.request != nil else { return nil }
                return answer ?? answers.answer(to: message, outcomes: total, errors: errors, stale: stale)
            }
            if segment.isLast {
                applied.total = total
                applied.answer = ledger.answer(to: message)
            }
            result.segments.append(applied)
            if segment.isLast {
                tellResult(of: message, outcomes: total, errors: errors, stale: applied.staleItems)
            }
        }

        /// The message as a whole: a dead letter, or a request that is refused.
        private mutating func refuse(_ segment: Segment, reasons: [Reason], isContinued: Bool) {
            let message = segment.message.message
            guard let request = message.delivery.request else {
                deadLetters.append(whole: segment.message, reasons: reasons)
                ledger.record(segment, outcomes: OutcomeCounts(), isContinued: isContinued)
                tellResult(of: message, outcomes: nil, errors: reasons)
                result.segments.append(SegmentResult(kind: .deadLettered))
                return
            }
            if request.keepsDeadLetters { deadLetters.append(whole: segment.message, reasons: reasons) }
            var refused = SegmentResult(kind: request.keepsDeadLetters ? .deadLettered : .refused)
            let answer = answers.answer(to: segment.message, item: nil, reasons: reasons)
            ledger.record(segment, outcomes: OutcomeCounts(), isContinued: isContinued) { _ in answer }
            tellResult(of: message, outcomes: nil, errors: reasons)
            refused.answer = answer
            refused.reasons = reasons.prefix(SegmentResult.reasonLimit).map(\.text)
            result.segments.append(refused)
        }

        /// Applies an item with all that it leads to: postings that look at its record, and the answer of a request with
        /// this item alone. Where one of them cannot be made, the item is not applied.
        private mutating func applyWhole(
            _ index: Int, of segment: Segment, number: Int, refusal: Reason?, stale: inout [Int],
            _ answer: inout RequestAnswer?, _ late: inout [PreparedPosting]
        ) -> (Outcome, [Reason]) {
            let message = segment.message
            let (isAnswered, posts) = (message.isAnsweredByItem, message.postsStored)
            guard isAnswered || posts else {
                return apply(index, of: segment, number: number, refusal: refusal, stale: &stale)
            }
            let group = keys.groupOfSegment[number]
            let slot = Int(keys.slotsOfSegment[number][index - segment.range.lowerBound])
            let foldBefore = slot >= 0 ? folds[group][slot] : nil
            let versionsBefore = versions
            let staleBefore = stale.count
            var (outcome, reasons) = apply(index, of: segment, number: number, refusal: refusal, stale: &stale)
            // Of a record that was deleted, what it was.
            let fold = slot >= 0 ? (outcome == .deleted ? foldBefore : folds[group][slot]) : nil
            let stored = Result { () throws(BSONText.Unrenderable) in
                guard let fold, posts || answers.looksAtRecord else { return nil as [UInt8]? }
                return try fold.text(records[group])
            }
            if outcome != .rejected {
                do throws(LateFault) {
                    let stored = try stored.mapError { LateFault(reason: .unreadable($0, item: index)) }.get()
                    if posts { late = try latePostings(of: index, in: message, outcome, stored: stored) }
                    if isAnswered {
                        answer = try answers.answer(
                            to: message, item: index, outcome: outcome, stale: stale, stored: stored)
                    }
                } catch {
                    if let foldBefore { folds[group][slot] = foldBefore }
                    versions = versionsBefore
                    stale.removeLast(stale.count - staleBefore)
                    (outcome, reasons) = (.rejected, [error.reason])
                }
            }
            if outcome == .rejected, isAnswered {
                answer = answers.answer(
                    to: message, item: index, reasons: message.asTheyCame(reasons, item: index),
                    stored: (try? stored.get()) ?? nil)
            }
            return (outcome, reasons)
        }

        /// Postings of an item that look at its record.
        private mutating func latePostings(
            of index: Int, in message: PreparedMessage, _ outcome: Outcome, stored: [UInt8]?
        ) throws(LateFault) -> [PreparedPosting] {
            guard case .catalog(let catalog) = message.message.content, let shape = catalog.shape else { return [] }
            var build = PostingBuild(
                maker: maker, shapes: shape.postings, catalog: catalog,
                facts: MessageFacts(message.message.delivery))
            let reason = message.withItem(index) { item in
                item.flatMap { build.add($0, index: index, stored: stored) }
            }
            if let reason { throw LateFault(reason: reason) }
            lateBytes += build.byteCount
            return build.postings.filter { $0.shape.outcomes.contains(outcome.word) }
        }

        private mutating func tellResult(
            of message: Message, outcomes: OutcomeCounts?, errors: [Reason], stale: [Int] = []
        ) {
            let properties = message.delivery.properties
            guard context.resultQueue != nil || properties.replyTo != nil else { return }
            // A result that comes back to a consumed queue gets no result itself: that would loop forever.
            guard properties.type != ByteString(PostingRow.resultType) || properties.appId != PostingRow.application
            else { return }
            let result = MessageResult(
                message: message, route: context.route, settledAt: context.now, outcomes: outcomes, errors: errors,
                staleItems: stale)
            postings.append(result: result.text, for: message)
        }

        private mutating func apply(
            _ index: Int, of segment: Segment, number: Int, refusal: Reason?, stale: inout [Int]
        ) -> (Outcome, [Reason]) {
            let message = segment.message
            let item = message.item(index)
            guard !item.isRejected, let operation = item.operation else {
                return (.rejected, message.rejections[Int(item.index)])
            }
            if let refusal { return (.rejected, [refusal]) }
            let group = keys.groupOfSegment[number]
            if let refused = collectionRefusal(of: group, item: index) { return (.rejected, [refused]) }
            if !item.references.isEmpty {
                let missing = missingReferences(of: index, in: segment, number: number)
                if !missing.isEmpty { return (.rejected, missing) }
            }
            guard keys.groups[group].isStored else { return (operation.outcomeUnstored, []) }
            let slot = Int(keys.slotsOfSegment[number][index - segment.range.lowerBound])
            if let reason = guardReason(index, of: message, folds[group][slot], records[group]) {
                return (.rejected, [reason])
            }
            if versions != nil {
                return applyInOrder(
                    index, of: message, operation, group: group, slot: slot, stale: &stale)
            }
            return applyNow(index, of: message, operation, group: group, slot: slot)
        }

        /// Why an item is not applied to its record as it is now; nil if it is.
        private mutating func guardReason(
            _ index: Int, of message: PreparedMessage, _ fold: RecordFold, _ records: BSONSequence
        ) -> Reason? {
            guard let condition = message.storedCondition else { return nil }
            do throws(BSONText.Unrenderable) {
                guard let stored = try fold.text(records) else { return nil }
                do throws(Fault) {
                    let holds = try evaluation.holds(
                        condition, envelope: message.envelope(item: index), stored: stored,
                        facts: MessageFacts(message.message.delivery))
                    return holds ? nil : .guardFailed(item: index)
                } catch {
                    return .unaskable(error, item: index)
                }
            } catch {
                return .unreadable(error, item: index)
            }
        }

        /// Applies the item unless its version is older than that of its record, or of the record's deletion.
        private mutating func applyInOrder(
            _ index: Int, of message: PreparedMessage, _ operation: Operation, group: Int, slot: Int,
            stale: inout [Int]
        ) -> (Outcome, [Reason]) {
            let image = Int(message.item(index).index)
            let tombstone = Tombstone.id(of: keys.groups[group].ids[slot], in: keys.groups[group].collection)
            let verdict = versions?.verdict(
                on: folds[group][slot], image: image, of: message, records: records[group], tombstone: tombstone)
            switch verdict {
            case .incomparable: return (.rejected, [.incomparable(context.versionField, item: index)])
            case .stale where operation == .delete && !folds[group][slot].isPresent: return (.absent, [])
            case .stale:
                stale.append(index)
                return (.unchanged, [])
            case .current, nil: break
            }
            let (outcome, reasons) = applyNow(index, of: message, operation, group: group, slot: slot)
            versions?.record(outcome, image: image, of: message, tombstone: tombstone)
            return (outcome, reasons)
        }

        private mutating func applyNow(
            _ index: Int, of message: PreparedMessage, _ operation: Operation, group: Int, slot: Int
        ) -> (Outcome, [Reason]) {
            let outcome: Outcome
            do {
                outcome = try folds[group][slot].apply(
                    operation, image: Int(message.item(index).index), of: message, records: records[group],
                    merging: message.merging)
            } catch {
                return (.rejected, [.notMerged(error, item: index)])
            }
            guard outcome == .rejected else { return (outcome, []) }
            if operation != .insert, folds[group][slot].isPresent {
                return (outcome, [.growsTooLarge(id: keys.groups[group].ids[slot], item: index)])
            }
            return (outcome, [.conflict(operation, id: keys.groups[group].ids[slot], item: index)])
        }

        /// References without a record that are required; optional ones become warnings.
        private mutating func missingReferences(of index: Int, in segment: Segment, number: Int) -> [Reason] {
            guard case .catalog(let catalog) = segment.message.message.content else { return [] }
            var reasons: [Reason] = []
            var more = 0
            for place in segment.message.item(index).references {
                let target = keys.targetsOfSegment[number][Int(place)] ?? nil
                if let target, folds[target.group][target.slot].isPresent { continue }
                let prepared = segment.message.references[Int(place)]
                let reference = catalog.references[prepared.reference]
                let refused = target.flatMap { collectionRefusal(of: $0.group, item: index) }
                guard reference.isRequired else {
                    if refused == nil, result.warnings.count < BatchResult.warningLimit {
                        result.warnings.append(Reason.missingReference(reference, id: prepared.id, item: index).text)
                    }
                    continue
                }
                guard reasons.count < StoreBounds.reasonsOfItem else {
                    more += 1
                    continue
                }
                reasons.append(refused ?? .missingReference(reference, id: prepared.id, item: index))
            }
            if more > 0 { reasons[reasons.count - 1].text += " (and \(more) more references)" }
            return reasons
        }

        /// Why a group's collection cannot be written; nil if it can.
        private func collectionRefusal(of group: Int, item: Int) -> Reason? {
            guard !refusedCollections.isEmpty, let error = refusedCollections[keys.groups[group].collection],
                keys.groups[group].isStored
            else { return nil }
            return .storeRefused(error, item: item)
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
            if let rows = versions?.writes() { writes.collections.append(rows) }
            result.deadLetters = deadLetters.count
            writes.collections += deadLetters.writes()
            result.postings = postings.count
            writes.collections += postings.writes()
            var rows = CollectionWrites(collection: StoreCollections.ledger)
            ledger.appendWrites(to: &rows)
            if !rows.isEmpty { writes.collections.append(rows) }
            return writes
        }
    }
}

extension Operation {
    /// Outcome of an item that is only posted.
    fileprivate var outcomeUnstored: Outcome {
        switch self {
        case .insert: .inserted
        case .update, .upsert: .updated
        case .delete: .deleted
        }
    }
}

extension Batch {
    /// Whether the records of a group are read.
    fileprivate func reads(_ group: BatchKeys.Group) -> Bool {
        group.isStored && !isLastResort && (refusedCollections.isEmpty || refusedCollections[group.collection] == nil)
    }
}

extension PreparedMessage {
    /// Reasons of rejected items in earlier batches of the message, as many as a result reports. Reasons that depend on
    /// records are only in the dead letters.
    fileprivate func errors(before end: Int) -> [Reason] {
        var found = earlierErrors
        for index in firstItem..<end where item(index).isRejected && found.count < MessageResult.errorLimit {
            found += asTheyCame(rejections[Int(item(index).index)], item: index)
        }
        return found
    }
}
