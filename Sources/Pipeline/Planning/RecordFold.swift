internal import Documents
internal import Records

/// One record while a batch's operations pass over it, one by one: what was stored, and what there is now.
struct RecordFold {
    enum State {
        case absent
        /// As it was read.
        case stored
        /// Exactly this image: of an item that inserted it.
        case image(PreparedMessage, Int)
        /// What was stored, with the fields of this image set.
        case patched(PreparedMessage, Int)
        /// Written out, after several images were merged.
        case merged([UInt8])
    }

    /// Index of the record in the snapshot; nil where there is none.
    var base: Int?
    private(set) var state: State

    init(base: Int?) {
        self.base = base
        state = base == nil ? .absent : .stored
    }

    var isPresent: Bool { if case .absent = state { false } else { true } }

    /// Whether the item's version is older than that of the record that is there now. `image` is -1 where the item has no
    /// fields at all.
    func isStale(image: Int, of message: PreparedMessage, records: BSONSequence, versionField: ByteString) -> Bool {
        guard image >= 0, isPresent else { return false }
        return message.images.withDocument(image) { new in
            withCurrent(records) { RecordChange.isOlder(image: new, than: $0, by: versionField) }
        }
    }

    /// Whether the record would be larger than the store takes with the image's fields set, and larger than it is.
    private func isTooLarge(with image: Int, of message: PreparedMessage, records: BSONSequence) -> Bool {
        // Mostly that much is known without merging them.
        let imageBytes = message.images.range(of: image).count
        guard imageBytes + mostBytes(records) > StoreBounds.documentBytes else { return false }
        return message.images.withDocument(image) { new in
            withCurrent(records) { current in
                let merged = RecordChange.merging(image: new, into: current).count
                return merged > max(StoreBounds.documentBytes, current.count)
            }
        }
    }

    /// Bytes of what there is now, at most.
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

    /// Does what one item asks and says how it ended. An update of a record that is there is rejected where the record would
    /// become too large. `records`: the snapshot of this record's collection.
    mutating func apply(
        _ operation: Operation, image: Int, of message: PreparedMessage, records: BSONSequence
    ) -> Outcome {
        switch operation {
        case .delete:
            if case .absent = state { return .absent }
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
            let isChanged = message.images.withDocument(image) { new in
                withCurrent(records) { RecordChange.changes(image: new, record: $0) }
            }
            guard isChanged else { return .unchanged }
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

    /// Lends what there is now; an empty buffer where there is nothing.
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

    /// Appends what takes the store from what it held to what there is now: one write at most.
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
