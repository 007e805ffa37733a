internal import BSON
internal import Contracts
internal import JSON
internal import Mappings

/// One computation of a batch's plan: settles its segments one after the other, and gathers what is to be written.
struct BatchRun {
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
    lazy var maker = PostingMaker()
    lazy var recordMaker = RecordMaker()
    lazy var parser = JSONParser()
    lazy var lateItem = LateItem(limits: context.limits, versionField: context.versionField)
    lazy var evaluation = StoredCondition.Evaluation()
    /// Bytes of what was made of stored records: nothing bounds them before the plan.
    var lateBytes = 0
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
