package import BSON
package import Contracts
package import JSON
import Mappings
internal import Synchronization

/// One gateway's way to one feed's documents in a database in memory. Keeps the contract of ``FeedStore``; of a feed's filter
/// it knows fields that have a value, and no operators.
package final class InMemoryFeedStore: FeedStore {
    /// How long a claim holds, in milliseconds.
    package static let claimLifetime: Int64 = 30_000

    private struct Run {
        var documents: [[UInt8]] = []
        /// The kind of value that a feed by a field is ordered by.
        var kind: Int?
    }

    let database: InMemoryDatabase
    let plan: FeedPlan
    private let holder: String
    private let run = Mutex(Run())
    private let claims = Mutex(0)

    package init(_ plan: FeedPlan, in database: InMemoryDatabase, holder: String) {
        self.plan = plan
        self.database = database
        self.holder = holder
    }

    // MARK: Reading

    package func beginReading(from mark: FeedCheckpoint?) async throws(StoreError) -> FeedReading {
        let found = try await database.perform(.read) { [self] state, _ in
            let all = (state.collections[plan.collection] ?? [:]).values.filter { plan.wants($0) }
            guard case .field(let field, _) = plan.progress else { return Run(documents: plan.inOrder(all)) }
            let values = all.compactMap { $0.bsonValue(field) }
            let kind = mark?.value.kind ?? values.compactMap(\.kind).min()
            let run = all.filter { document in
                guard let value = document.bsonValue(field), value.kind == kind, kind != nil else { return false }
                return mark?.isBefore(value, document.bsonID) ?? true
            }
            return Run(documents: plan.inOrder(run), kind: kind)
        }
        run.withLock { $0 = found }
        return FeedReading(now: database.environment.now())
    }

    package func nextDocuments(count: Int, bytes: Int) async throws(StoreError) -> BSONSequence {
        if plan.isShared { return try await claim(count: count, among: nil) }
        // What is left of the run is lost with the answer, as a cursor is.
        return try await database.perform(.read) { [self] _, _ in
            run.withLock { run in
                var documents = BSONSequence()
                while documents.count < count, documents.bytes.count < bytes, !run.documents.isEmpty {
                    run.documents.removeFirst().withUnsafeBytes { documents.append(copying: $0) }
                }
                return documents
            }
        }
    }

    package func documents(withIDs ids: [BSONValue]) async throws(StoreError) -> BSONSequence {
        if plan.isShared { return try await claim(count: ids.count, among: Set(ids)) }
        return try await database.perform(.read) { [plan] state, _ in
            let found = ids.compactMap { state.collections[plan.collection]?[$0] }
            return BSONSequence(found.filter { plan.wants($0) })
        }
    }

    /// Claims documents that are neither published nor claimed; of `ids`, or of all.
    private func claim(count: Int, among ids: Set<BSONValue>?) async throws(StoreError) -> BSONSequence {
        let number = claims.withLock { count in
            count += 1
            return count
        }
        return try await database.perform(.read) { [self] state, _ in
            let now = database.environment.now()
            let free = plan.inOrder((state.collections[plan.collection] ?? [:]).values.filter { plan.wants($0) })
                .filter { document in
                    (document.bsonValue("\(FeedPlan.claimField).until")?.date ?? 0) <= now
                        && ids?.contains(document.bsonID) ?? true
                }
            let claimed = free.prefix(count).map { document in
                document.setting { fields in
                    fields.append(
                        BSONWriter.bytes(of: "gatewayClaim"),
                        document: { claim in
                            claim.append("by", string: "\(holder)-\(number)")
                            claim.append("until", date: now + Self.claimLifetime)
                        })
                }
            }
            for document in claimed { state.put(document, in: plan.collection) }
            return BSONSequence(claimed)
        }
    }

    package func documentsOutOfOrder(limit: Int) async throws(StoreError) -> [BSONValue]? {
        guard case .field(let field, _) = plan.progress else { return [] }
        let kind = run.withLock { $0.kind } ?? 0
        return try await database.perform(.read) { [plan] state, _ in
            let all = (state.collections[plan.collection] ?? [:]).values.filter { $0.matches(plan.filter) }
            return plan.inOrder(all.filter { $0.bsonValue(field)?.kind != kind }).prefix(limit).map(\.bsonID)
        }
    }

    package func missingIndex() async throws(StoreError) -> FeedIndex? { nil }

    package func makeWatch() -> InMemoryFeedWatch? {
        database.hasStreams ? InMemoryFeedWatch(plan, in: database) : nil
    }

    // MARK: Rows of what failed

    package func rowIDs() async throws(StoreError) -> Set<ByteString> {
        try await database.perform(.rows) { [plan] state, _ in Set(state.postings.keys.filter { plan.owns($0) }) }
    }

    package func aimRows(at target: PostingTarget, lease: Lease) async throws(StoreError) {
        try await database.perform(.rows) { [plan] state, _ in
            for (id, posted) in state.postings
            where plan.owns(id) && posted.isOpen(to: lease) && posted.row.target != target {
                state.postings[id]?.row.target = target
                state.postings[id]?.row.nextTryAt = nil
                state.postings[id]?.fence = lease.token
            }
        }
    }

    package func replaceRows(_ rows: [PostingRow], lease: Lease) async throws(StoreError) -> Set<ByteString> {
        try await database.perform(.rows) { state, _ in
            var replaced: Set<ByteString> = []
            for new in rows {
                guard let posted = state.postings[new.id], posted.isOpen(to: lease), posted.row.state != .stuck else {
                    continue
                }
                var row = new
                row.state = posted.row.state
                row.attempts = posted.row.attempts
                row.failedSince = posted.row.failedSince
                row.nextTryAt = posted.row.nextTryAt
                row.reason = posted.row.reason
                state.postings[new.id] = .init(row: row, fence: lease.token)
                replaced.insert(new.id)
            }
            return replaced
        }
    }

    // MARK: Writing

    package func settle(_ settlement: FeedSettlement, lease: Lease) async throws(StoreError) -> FeedSettled {
        try await database.perform(.settle) { [plan] state, fault in
            for row in settlement.rows where state.postings[row.id]?.isOpen(to: lease) ?? true {
                state.postings[row.id] = .init(row: row, fence: lease.token)
            }
            for id in settlement.goneRows where state.postings[id]?.isOpen(to: lease) ?? false {
                state.postings[id] = nil
            }
            if fault == .halfDone { return FeedSettled(isOurs: true) }
            let note = settlement.note.fields(of: lease)
            guard state.note(note, lease: lease, isShared: plan.isShared) else {
                for row in settlement.rows where state.postings[row.id]?.fence == lease.token {
                    state.postings[row.id] = nil
                }
                return FeedSettled(isOurs: false)
            }
            guard case .flag(let flag) = plan.progress else { return FeedSettled(isOurs: true) }
            var changed = 0
            for index in 0..<settlement.flags.count {
                let read = settlement.flags.withDocument(index) { Array($0) }
                guard let current = state.collections[plan.collection]?[read.bsonID], plan.isSame(current, read) else {
                    changed += 1
                    continue
                }
                let marked = current.setting(all: .flag(flag)).removing(plan.isShared ? FeedPlan.claimField : "")
                state.put(marked, in: plan.collection, flag: flag)
            }
            return FeedSettled(isOurs: true, changed: changed)
        }
    }

    package func note(_ note: FeedNote, lease: Lease) async throws(StoreError) -> Bool {
        try await database.perform(.note) { [plan] state, _ in
            state.note(note.fields(of: lease), lease: lease, isShared: plan.isShared)
        }
    }

    package func takeBackFlags(from value: BSONValue?) async throws(StoreError) {
        guard case .flag(let flag) = plan.progress else { return }
        let order = plan.order ?? plan.versionField
        try await database.perform(.note) { [plan] state, _ in
            for document in (state.collections[plan.collection] ?? [:]).values
            where document.matches(plan.filter) && document.bsonValue(flag) == BSONValue(bool: true) {
                if let value, let order {
                    guard let own = document.bsonValue(order),
                        own == value || !own.isBehind(value) && own.kind == value.kind
                    else { continue }
                }
                state.put(document.removing(flag), in: plan.collection)
            }
        }
    }
}

extension [UInt8] {
    /// A document with one field, that is true.
    fileprivate static func flag(_ name: String) -> [UInt8] {
        .document { writer in
            Array(name.utf8).withUnsafeBufferPointer { writer.append($0, bool: true) }
        }
    }
}

extension BSONSequence {
    init(_ documents: [[UInt8]]) {
        self.init()
        for document in documents { document.withUnsafeBytes { append(copying: $0) } }
    }
}

extension FeedNote {
    /// What it sets in the row.
    fileprivate func fields(of lease: Lease) -> [UInt8] {
        guard let bytes = try? (fields + ["notedBy": .value(lease.holder)]).encoded() else {
            preconditionFailure("a note of a feed is always a document")
        }
        return bytes
    }
}

extension InMemoryDatabase.Posted {
    /// Whether nobody has written it in the name of a later lease.
    fileprivate func isOpen(to lease: Lease) -> Bool { fence.map { $0 <= lease.token } ?? true }
}

extension BSONValue {
    fileprivate func isBehind(_ other: BSONValue) -> Bool { FeedCheckpoint(value: self, id: nil).isBehind(other) }
}

extension FeedCheckpoint {
    /// Whether a document with this value and `_id` is still to be read.
    fileprivate func isBefore(_ value: BSONValue, _ id: BSONValue) -> Bool {
        if isBehind(value) { return true }
        guard value == self.value else { return false }
        return self.id.map { FeedCheckpoint(value: $0, id: nil).isBehind(id) } ?? true
    }
}

extension FeedPlan {
    /// Whether a document is for this feed and not marked as published.
    fileprivate func wants(_ document: [UInt8]) -> Bool {
        guard document.matches(filter) else { return false }
        if case .flag(let flag) = progress { return document.bsonValue(flag) != BSONValue(bool: true) }
        return true
    }

    fileprivate func owns(_ row: ByteString) -> Bool { row.bytes.starts(with: Array("feed:\(name):".utf8)) }

    /// Whether a document is still as it was read.
    fileprivate func isSame(_ current: [UInt8], _ read: [UInt8]) -> Bool {
        if let versionField { return current.bsonValue(versionField) == read.bsonValue(versionField) }
        guard isShared else { return current == read }
        return current.removing(Self.claimField) == read.removing(Self.claimField)
    }

    /// By the field that comes first, then by `_id`.
    fileprivate func inOrder(_ documents: some Sequence<[UInt8]>) -> [[UInt8]] {
        let first: String? = if case .field(let field, _) = progress { field } else { order }
        func key(_ document: [UInt8]) -> BSONValue? { first.flatMap { document.bsonValue($0) } }
        return documents.map { (key($0), $0.bsonID, $0) }.sorted { a, b in
            if a.0 != b.0 {
                guard let x = a.0, let y = b.0 else { return a.0 == nil }
                if x.isBehind(y) { return true }
                if y.isBehind(x) { return false }
            }
            return a.1.isBehind(b.1)
        }.map(\.2)
    }
}
