package import Contracts
internal import JSON

/// The postings that wait in a database in memory.
package struct InMemoryPostings: PostingStore {
    private let database: InMemoryDatabase

    package init(in database: InMemoryDatabase) { self.database = database }

    package func waiting(
        limit: Int, bytes: Int, without destinations: [String], now: Int64
    ) async throws(StoreError) -> [PostingRow] {
        try await database.perform(.rows) { state, _ in
            let due = state.postings.values.map(\.row).filter { row in
                row.state != .stuck && !destinations.contains(row.target.description)
                    && (row.origin != .feed || row.nextTryAt.map { $0 <= now || $0 > now + 60_000 } ?? true)
            }
            return Array(due.sorted { $0.id.bytes.lexicographicallyPrecedes($1.id.bytes) }.prefix(limit))
        }
    }

    package func remove(_ rows: [PostingRow]) async throws(StoreError) {
        try await database.perform(.rows) { state, _ in
            for row in rows where state.postings[row.id]?.row.version == row.version { state.postings[row.id] = nil }
        }
    }

    package func update(_ rows: [PostingRow]) async throws(StoreError) {
        try await database.perform(.rows) { state, _ in
            for row in rows where state.postings[row.id]?.row.version == row.version {
                state.postings[row.id]?.row.state = row.state
                state.postings[row.id]?.row.attempts = row.attempts
                state.postings[row.id]?.row.failedSince = row.failedSince
                state.postings[row.id]?.row.nextTryAt = row.nextTryAt
                state.postings[row.id]?.row.reason = row.reason
            }
        }
    }
}
