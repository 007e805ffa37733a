internal import BSON
internal import Contracts
internal import Crypto
internal import JSON
internal import Schemas

/// Folds a batch's operations on one record: the stored state and the current one.
struct RecordFold {
    enum State {
        case absent
        /// As read.
        case stored
        /// Exactly this image, inserted by an item.
        case image(PreparedMessage, Int)
        /// The stored record with this image's fields set.
        case patched(PreparedMessage, Int)
        /// Materialised, after merging several images.
        case merged([UInt8])
    }

    /// Index of the record in the snapshot; nil if it does not exist.
    var base: Int?
    private(set) var state: State

    init(base: Int?) {
        self.base = base
        state = base == nil ? .absent : .stored
    }

    var isPresent: Bool { if case .absent = state { false } else { true } }

    /// Whether the item's version is older than the current record's, of a record that is there; nil if they cannot be
    /// compared.
    func isStale(image: Int, of message: PreparedMessage, records: BSONSequence, versionField: ByteString) -> Bool? {
        message.images.withDocument(image) { new in
            withCurrent(records) { RecordChange.isOlder(image: new, than: $0, by: versionField) }
        }
    }

    /// Whether setting the image's fields would grow the record beyond the store's limit.
    private func isTooLarge(with image: Int, of message: PreparedMessage, records: BSONSequence) -> Bool {
        // Usually decided without merging.
        let imageBytes = message.images.range(of: image).count
        guard imageBytes + mostBytes(records) > StoreBounds.documentBytes else { return false }
        return message.images.withDocument(image) { new in
            withCurrent(records) { current in
                let merged = RecordChange.merging(image: new, into: current).count
                return merged > max(StoreBounds.documentBytes, current.count)
            }
        }
    }

    /// Upper bound of the current size.
    private func mostBytes(_ records: BSONSequence) -> Int {
        switch state {
        case .absent: 0
        case .stored: records.range(of: base ?? 0).count
        case .image(let message, let index): message.images.range(of: index).count
        case .patched(let message, let index):
            message.images.range(of: index).count + records.range(of: base ?? 0).count
        case .merged(let bytes): bytes.count
        }
    }

    /// Applies one item and returns its outcome. An update that would make the record too large is rejected. `records`:
    /// the snapshot of the record's collection. `rules`: a definition with fields that are merged, or whose records never
    /// change.
    mutating func apply(
        _ operation: Operation, image: Int, of message: PreparedMessage, records: BSONSequence, rules: Definition?
    ) throws(FieldMerge.Fault) -> Outcome {
        switch operation {
        case .delete:
            if case .absent = state { return .absent }
            if let rules, rules.isImmutable { return .rejected }
            state = .absent
            return .deleted
        case .insert:
            if case .absent = state {
                state = .image(message, image)
                return .inserted
            }
            let isSame = message.images.withDocument(image) { new in
                withCurrent(records) { RecordChange.isSame(image: new, record: $0) }
            }
            return isSame ? .unchanged : .rejected
        case .update, .upsert:
            if case .absent = state {
                if operation == .update { return .rejected }
                state = .image(message, image)
                return .inserted
            }
            if let rules, rules.merges { return try merge(image, of: message, records: records, rules) }
            let isChanged = message.images.withDocument(image) { new in
                withCurrent(records) { RecordChange.changes(image: new, record: $0) }
            }
            guard isChanged else { return .unchanged }
            if let rules, rules.isImmutable { return .rejected }
            if isTooLarge(with: image, of: message, records: records) { return .rejected }
            if case .stored = state {
                state = .patched(message, image)
            } else {
                state = .merged(
                    message.images.withDocument(image) { new in
                        withCurrent(records) { RecordChange.merging(image: new, into: $0) }
                    })
            }
            return .updated
        }
    }

    /// Updates the record that is there, with fields put together.
    private mutating func merge(
        _ image: Int, of message: PreparedMessage, records: BSONSequence, _ definition: Definition
    ) throws(FieldMerge.Fault) -> Outcome {
        let result = message.images.withDocument(image) { new in
            withCurrent(records) { current in
                Result { () throws(FieldMerge.Fault) -> (record: [UInt8], isTooLarge: Bool)? in
                    let own = try FieldMerge.image(new, on: current, of: definition)
                    return own.withUnsafeBytes { own in
                        guard RecordChange.changes(image: own, record: current) else { return nil }
                        let record = RecordChange.merging(image: own, into: current)
                        return (record, record.count > max(StoreBounds.documentBytes, current.count))
                    }
                }
            }
        }
        guard let (record, isTooLarge) = try result.get() else { return .unchanged }
        if isTooLarge { return .rejected }
        state = .merged(record)
        return .updated
    }

    /// The digest of the current record's BSON; nil where there is none.
    func digest(_ records: BSONSequence) -> SHA256Digest? {
        isPresent ? withCurrent(records) { SHA256.hash(data: $0) } : nil
    }

    /// The current record as JSON; nil where there is none. Throws where JSON cannot say a value of it.
    func text(_ records: BSONSequence) throws(BSONText.Unrenderable) -> [UInt8]? {
        guard isPresent else { return nil }
        return try withCurrent(records) { current in
            Result { () throws(BSONText.Unrenderable) in try BSONText.published(document: current, dates: .milliseconds)
            }
        }.get()
    }

    /// Lends the current record; an empty buffer if there is none.
    private func withCurrent<Result>(_ records: BSONSequence, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch state {
        case .absent: body(UnsafeRawBufferPointer(start: nil, count: 0))
        case .stored: records.withDocument(base ?? 0, body)
        case .image(let message, let index): message.images.withDocument(index, body)
        case .patched(let message, let index):
            message.images.withDocument(index) { image in
                records.withDocument(base ?? 0) { RecordChange.merging(image: image, into: $0) }
            }.withUnsafeBytes(body)
        case .merged(let bytes): bytes.withUnsafeBytes(body)
        }
    }

    /// Appends the write from the stored to the current state: at most one.
    func appendWrite(to writes: inout CollectionWrites, id: ByteString, records: BSONSequence) {
        switch (base, state) {
        case (nil, .absent), (_, .stored): return
        case (_?, .absent): writes.deletes.append(id)
        case (nil, _): withCurrent(records) { writes.inserts.append(copying: $0) }
        case (let base?, .patched(let message, let index)):
            message.images.withDocument(index) { image in
                records.withDocument(base) {
                    RecordChange.appendUpdate(setting: image, in: $0, into: &writes.updates)
                }
            }
            writes.updateIDs.append(id)
        case (let base?, _):
            let difference = records.withDocument(base) { stored in
                withCurrent(records) { RecordChange.appendUpdate(from: stored, to: $0, into: &writes.updates) }
            }
            switch difference {
            case .none: break
            case .fields: writes.updateIDs.append(id)
            case .record:
                writes.deletes.append(id)
                withCurrent(records) { writes.inserts.append(copying: $0) }
            }
        }
    }
}
