internal import BSON
internal import Contracts
internal import Crypto
internal import JSON
internal import Mappings
internal import Schemas

/// An item of a message, whole: of one that is completed in the plan, the only item of a message of its own.
struct ItemInHand {
    let message: PreparedMessage
    let index: Int

    /// Index of its record among the message's images; -1 if it has none.
    var image: Int { Int(message.item(index).index) }
}

/// What becomes of one item.
extension BatchRun {
    /// Applies an item with all that it leads to: further records, postings that look at its record, and the answer of a
    /// request with this item alone. Where one of them cannot be made, the item is not applied.
    mutating func applyWhole(
        _ index: Int, of segment: Segment, number: Int, refusal: Reason?, stale: inout [Int],
        _ answer: inout RequestAnswer?, _ late: inout [PreparedPosting]
    ) -> (Outcome, [Reason]) {
        let message = segment.message
        let (isAnswered, posts) = (message.isAnsweredByItem, message.postsStored)
        var item = ItemInHand(message: message, index: index)
        let further = message.records.isEmpty ? [] : keys.furtherOfSegment[number][index] ?? []
        guard isAnswered || posts || !further.isEmpty else {
            return apply(index, of: segment, number: number, refusal: refusal, stale: &stale, &item)
        }
        let group = keys.groupOfSegment[number]
        let slot = Int(keys.slotsOfSegment[number][index - segment.range.lowerBound])
        let foldBefore = slot >= 0 ? folds[group][slot] : nil
        let versionBefore =
            slot >= 0
            ? versions?.mark(Tombstone.id(of: keys.groups[group].ids[slot], in: keys.groups[group].collection)) : nil
        let staleBefore = stale.count
        var (outcome, reasons) = apply(index, of: segment, number: number, refusal: refusal, stale: &stale, &item)
        // Of a record that was deleted, what it was.
        let fold = slot >= 0 ? (outcome == .deleted ? foldBefore : folds[group][slot]) : nil
        let written = further.filter { $0.record.shape.outcomes.contains(outcome.word) }
        let isLooked = posts || answers.looksAtRecord || written.contains { $0.record.shape.usesStored }
        let stored = Result { () throws(BSONText.Unrenderable) in
            guard let fold, isLooked else { return nil as [UInt8]? }
            return try fold.text(records[group])
        }
        if outcome != .rejected {
            var undo: [(target: BatchKeys.Target, fold: RecordFold)] = []
            do throws(LateFault) {
                let stored = try stored.mapError { LateFault(.unreadable($0, item: index)) }.get()
                for one in written {
                    try applyFurther(one, index, of: item, stored: stored, undo: &undo)
                }
                if posts { late = try latePostings(of: item, index, outcome, stored: stored) }
                if isAnswered {
                    answer = try answers.answer(
                        to: item.message, item: item.index, outcome: outcome, stale: stale, stored: stored)
                }
            } catch {
                for (target, fold) in undo.reversed() { folds[target.group][target.slot] = fold }
                if let foldBefore { folds[group][slot] = foldBefore }
                if let versionBefore { versions?.restore(versionBefore) }
                stale.removeLast(stale.count - staleBefore)
                (outcome, reasons) = (.rejected, error.reasons)
            }
        }
        if outcome == .rejected, isAnswered {
            // As it is without the item, whatever was made of it before it was rejected.
            let stored = slot >= 0 && answers.looksAtRecord ? try? folds[group][slot].text(records[group]) : nil
            answer = answers.answer(
                to: item.message, item: item.index, reasons: message.asTheyCame(reasons, item: index),
                stored: stored ?? nil)
        }
        return (outcome, reasons)
    }

    /// Applies a further record of an item that was applied. `undo`: what its record was before.
    private mutating func applyFurther(
        _ further: BatchKeys.Further, _ index: Int, of item: ItemInHand, stored: [UInt8]?,
        undo: inout [(target: BatchKeys.Target, fold: RecordFold)]
    ) throws(LateFault) {
        let record: PreparedMessage
        switch further.record.content {
        case .refused(let reasons):
            // A condition that could not be asked before may still say that there is none to make.
            if try lateRecord(further.record, index, of: item, stored: stored) == nil { return }
            throw LateFault(reasons: reasons)
        case .whole(let whole): record = whole
        case .known(let known):
            guard let whole = try lateRecord(further.record, index, of: item, stored: stored) else { return }
            // The key looks at nothing stored, so it is the one whose record was read.
            precondition(whole.ids == known.ids, "a late record has another key")
            record = whole
        }
        guard let target = further.target, let operation = record.items.first?.operation else { return }
        let catalog = further.record.shape.catalog
        if let refused = collectionRefusal(of: target.group, item: index) {
            throw LateFault(refused.ofRecord(catalog, item: index))
        }
        let missing = missingReferences(of: 0, in: record, targets: further.references)
        if !missing.isEmpty { throw LateFault(reasons: missing.map { $0.ofRecord(catalog, item: index) }) }
        undo.append((target, folds[target.group][target.slot]))
        let (outcome, reasons) = applyNow(
            0, of: ItemInHand(message: record, index: 0), operation, group: target.group, slot: target.slot,
            isFurther: true)
        if outcome == .rejected { throw LateFault(reasons: reasons.map { $0.ofRecord(catalog, item: index) }) }
    }

    /// A further record that looks at the stored record of its item; nil where its condition does not hold.
    private mutating func lateRecord(
        _ record: PreparedRecord, _ index: Int, of item: ItemInHand, stored: [UInt8]?
    ) throws(LateFault) -> PreparedMessage? {
        let message = item.message
        guard case .catalog(let catalog) = message.message.content, let further = catalog.further else { return nil }
        let build = RecordBuild(
            maker: recordMaker, parser: parser, message: message.message, catalog: catalog, further: further,
            limits: context.limits)
        let made = build.make(
            .whole, further.kinds[record.kind], envelope: message.envelope(item: item.index), index: index,
            stored: stored)
        let whole = try made.mapError { LateFault(reasons: $0.reasons) }.get()
        lateBytes += whole?.bytesAsRecord ?? 0
        return whole
    }

    /// Postings of an item that are made in the plan.
    private mutating func latePostings(
        of item: ItemInHand, _ index: Int, _ outcome: Outcome, stored: [UInt8]?
    ) throws(LateFault) -> [PreparedPosting] {
        let message = item.message
        guard case .catalog(let catalog) = message.message.content, let shape = catalog.shape else { return [] }
        var build = PostingBuild(
            maker: maker, shapes: shape.postings, catalog: catalog,
            facts: MessageFacts(message.message.delivery))
        let reason = message.withItem(item.index) { item in
            item.flatMap { build.add($0, index: index, stored: stored) }
        }
        if let reason { throw LateFault(reason) }
        lateBytes += build.byteCount
        return build.postings.filter { $0.shape.outcomes.contains(outcome.word) }
    }

    /// `whole`: the item, completed if fields of it look at its record.
    private mutating func apply(
        _ index: Int, of segment: Segment, number: Int, refusal: Reason?, stale: inout [Int],
        _ whole: inout ItemInHand
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
            let missing = missingReferences(of: index, in: message, targets: keys.targetsOfSegment[number])
            if !missing.isEmpty { return (.rejected, missing) }
        }
        if let reason = preconditionReason(index, of: segment, operation, number: number) {
            return (.rejected, [reason])
        }
        guard keys.groups[group].isStored else { return (operation.outcomeUnstored, []) }
        let slot = Int(keys.slotsOfSegment[number][index - segment.range.lowerBound])
        if let reason = guardReason(index, of: message, folds[group][slot], records[group]) {
            return (.rejected, [reason])
        }
        if item.isLate {
            do throws(LateFault) {
                whole = try complete(index, of: message, folds[group][slot], records[group])
            } catch {
                return (.rejected, error.reasons)
            }
        }
        if versions != nil {
            return applyInOrder(index, of: whole, operation, group: group, slot: slot, stale: &stale)
        }
        return applyNow(index, of: whole, operation, group: group, slot: slot)
    }

    /// An item whose fields look at its record, which is as it is before the item.
    private mutating func complete(
        _ index: Int, of message: PreparedMessage, _ fold: RecordFold, _ records: BSONSequence
    ) throws(LateFault) -> ItemInHand {
        let stored: [UInt8]?
        do throws(BSONText.Unrenderable) {
            stored = try fold.text(records)
        } catch {
            throw LateFault(.unreadable(error, item: index))
        }
        do throws(LateItem.Fault) {
            let whole = try lateItem.complete(index, of: message, stored: stored)
            lateBytes += whole.images.bytes.count
            return ItemInHand(message: whole, index: 0)
        } catch {
            throw LateFault(reasons: error.reasons)
        }
    }

    /// Why a request's `If-Match` or `If-None-Match` does not hold on the item's record as it is now; nil if it does.
    private func preconditionReason(
        _ index: Int, of segment: Segment, _ operation: Operation, number: Int
    ) -> Reason? {
        guard let precondition = segment.message.precondition else { return nil }
        guard segment.message.isAnsweredByItem else { return .preconditionOfMany(item: index) }
        let group = keys.groupOfSegment[number]
        var digest: SHA256Digest?
        if keys.groups[group].isStored {
            let fold = folds[group][Int(keys.slotsOfSegment[number][index - segment.range.lowerBound])]
            // Without the record, this says more.
            if !fold.isPresent, operation == .update { return nil }
            digest = fold.digest(records[group])
        }
        return precondition.holds(record: digest) ? nil : .preconditionFailed(item: index, isPresent: digest != nil)
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
                return .unaskable(error.shown(of: message.definition), item: index)
            }
        } catch {
            return .unreadable(error, item: index)
        }
    }

    /// Applies the item unless its version is older than that of its record, or of the record's deletion.
    private mutating func applyInOrder(
        _ index: Int, of item: ItemInHand, _ operation: Operation, group: Int, slot: Int,
        stale: inout [Int]
    ) -> (Outcome, [Reason]) {
        let (message, image) = (item.message, item.image)
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
        let (outcome, reasons) = applyNow(index, of: item, operation, group: group, slot: slot)
        versions?.record(outcome, image: image, of: message, tombstone: tombstone)
        return (outcome, reasons)
    }

    private mutating func applyNow(
        _ index: Int, of item: ItemInHand, _ operation: Operation, group: Int, slot: Int,
        isFurther: Bool = false
    ) -> (Outcome, [Reason]) {
        let outcome: Outcome
        do {
            outcome = try folds[group][slot].apply(
                operation, image: item.image, of: item.message, records: records[group],
                rules: item.message.changeRules)
        } catch {
            return (.rejected, [.notMerged(error, item: index)])
        }
        guard outcome == .rejected else { return (outcome, []) }
        if operation != .insert, folds[group][slot].isPresent {
            if let rules = item.message.changeRules, rules.isImmutable {
                return (outcome, [.neverChanges(rules.catalog, id: keys.groups[group].ids[slot], item: index)])
            }
            return (outcome, [.growsTooLarge(id: keys.groups[group].ids[slot], item: index)])
        }
        return (outcome, [.conflict(operation, id: keys.groups[group].ids[slot], item: index, isFurther: isFurther)])
    }

    /// References without a record that are required; optional ones become warnings.
    private mutating func missingReferences(
        of index: Int, in message: PreparedMessage, targets: [Int: BatchKeys.Target?]
    ) -> [Reason] {
        guard case .catalog(let catalog) = message.message.content else { return [] }
        var reasons: [Reason] = []
        var more = 0
        for place in message.item(index).references {
            let target = targets[Int(place)] ?? nil
            if let target, folds[target.group][target.slot].isPresent { continue }
            let prepared = message.references[Int(place)]
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
