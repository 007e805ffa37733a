package import BSON
package import Contracts
package import JSON
import Mappings
internal import Synchronization

/// A database as feeds and leases see it: collections, a log of their changes, `gateway.feeds` and `gateway.postings`. Its
/// clock is given, and every request can be made to fail.
package final class InMemoryDatabase: Sendable {
    /// What goes wrong with one request.
    package enum Fault: Sendable, CaseIterable {
        /// Nothing was done.
        case unavailable
        /// All was done, and the answer is lost.
        case answerLost
        /// Of a batch's outcome the rows are written, and nothing else.
        case halfDone
        /// Nothing was done, for another one wrote at the same time.
        case conflict
    }

    package enum Request: Sendable {
        case read, watch, note, settle, rows, lease
    }

    struct Change: Sendable {
        let number: Int
        let collection: String
        let id: BSONValue
        /// The field that was set to true and is all that changed.
        let flag: String?
    }

    struct Posted: Sendable {
        var row: PostingRow
        var fence: Int64?
    }

    struct State: Sendable {
        var collections: [String: [BSONValue: [UInt8]]] = [:]
        /// Rows of `gateway.feeds` by name.
        var rows: [String: [UInt8]] = [:]
        var postings: [ByteString: Posted] = [:]
        var changes: [Change] = []
        var lastChange = 0
        /// Places in the log before this one are not known any more.
        var firstKnown = 0
        /// By collection: where in the log it was dropped.
        var drops: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let fault = Mutex<(@Sendable (Request) -> Fault?)?>(nil)
    private let latency = Mutex<(@Sendable () -> Duration)?>(nil)
    package let environment: GatewayEnvironment
    package let hasStreams: Bool

    package init(environment: GatewayEnvironment, hasStreams: Bool = true) {
        self.environment = environment
        self.hasStreams = hasStreams
    }

    /// Asked for what is to go wrong before each request; nil: nothing does any more.
    package func fail(_ fault: (@Sendable (Request) -> Fault?)?) { self.fault.withLock { $0 = fault } }

    /// How long each request takes.
    package func delay(_ latency: (@Sendable () -> Duration)?) { self.latency.withLock { $0 = latency } }

    // MARK: As another program sees it

    package func put(_ document: [UInt8], in collection: String) {
        state.withLock { $0.put(document, in: collection) }
    }

    /// Changes fields of a document. Without effect where it is not there.
    package func set(_ id: BSONValue, in collection: String, _ fields: (inout BSONWriter) -> Void) {
        let fields = [UInt8].document(fields)
        state.withLock { state in
            guard let old = state.collections[collection]?[id] else { return }
            state.put(old.setting(all: fields), in: collection)
        }
    }

    package func documents(in collection: String) -> [[UInt8]] {
        state.withLock { Array(($0.collections[collection] ?? [:]).values) }
    }

    /// The collection goes, and with it all that is known of its changes.
    package func drop(_ collection: String) {
        state.withLock { state in
            state.collections[collection] = nil
            state.lastChange += 1
            state.drops[collection] = state.lastChange
        }
    }

    /// The log of changes begins anew: nobody can go on from where they were.
    package func forgetChanges() {
        state.withLock { state in
            state.lastChange += 1
            state.firstKnown = state.lastChange
            state.changes = []
        }
    }

    /// The row of a feed or another lease; nil where there is none.
    package func row(_ name: String) -> FeedRow? {
        state.withLock { $0.rows[name] }.map { $0.withUnsafeBytes { FeedRow(bson: $0) } }
    }

    /// Gives a command, as the command line does: sets fields of a row.
    package func command(_ name: String, _ fields: (inout BSONWriter) -> Void) {
        let fields = [UInt8].document(fields)
        state.withLock { $0.rows[name] = $0.rows[name]?.setting(all: fields) }
    }

    package var postings: [PostingRow] {
        state.withLock { $0.postings.values.map(\.row) }.sorted { $0.id.bytes.lexicographicallyPrecedes($1.id.bytes) }
    }

    /// A posting is done with, or changed, as by the relay.
    package func setPosting(_ id: ByteString, _ row: PostingRow?) {
        state.withLock { $0.postings[id] = row.map { Posted(row: $0, fence: nil) } }
    }

    // MARK: As a client sees it

    /// Does one request, or fails it.
    func perform<Result: Sendable>(
        _ request: Request, _ body: (inout State, Fault?) -> Result
    ) async throws(StoreError) -> Result {
        if let latency = latency.withLock({ $0 }) { try? await environment.sleep(latency()) }
        let fault = fault.withLock { $0 }?(request)
        switch fault {
        case .unavailable: throw StoreError(kind: .unavailable, code: 6, message: "no server")
        case .conflict: throw StoreError(kind: .unknown, code: 112, message: "a write conflict")
        case .halfDone where request != .settle: throw StoreError(kind: .unavailable, code: 6, message: "no server")
        case .halfDone, .answerLost, nil: break
        }
        let result = state.withLock { body(&$0, fault) }
        if fault != nil { throw StoreError(kind: .unavailable, code: 6, message: "the connection was closed") }
        return result
    }
}

extension InMemoryDatabase.State {
    mutating func put(_ document: [UInt8], in collection: String, flag: String? = nil) {
        let id = document.bsonID
        collections[collection, default: [:]][id] = document
        lastChange += 1
        changes.append(.init(number: lastChange, collection: collection, id: id, flag: flag))
    }

    /// Sets fields of a lease's row where it is held under this token. False where it is not.
    mutating func note(_ fields: [UInt8], lease: Lease, isShared: Bool) -> Bool {
        guard let row = rows[lease.name], isShared || row.isHeld(by: lease) else { return false }
        rows[lease.name] = row.setting(all: fields)
        return true
    }
}

extension [UInt8] {
    /// Whether this row of a lease says that it is this one.
    func isHeld(by lease: Lease) -> Bool {
        withUnsafeBytes { bytes in
            let fields = BSONElements(bytes)
            return fields.first(named: "holder")?.text == lease.holder
                && fields.first(named: "token")?.integer == lease.token
        }
    }
}
