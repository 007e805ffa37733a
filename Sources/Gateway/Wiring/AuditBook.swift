internal import Documents
internal import Foundation
internal import MongoStore
internal import Pipeline
internal import Records

/// Notes who did what, where that is no transaction by itself: before it is done, so that nothing is done unseen.
struct AuditBook: Sendable {
    let reader: MongoReader
    /// A name and a place.
    let who: String

    private static let seeds = SeedCounter()

    /// Durable on return. `detail`: more of it, where that is no secret.
    func note(_ action: String, _ subject: String, detail: String? = nil) async throws(StoreError) {
        let row = AuditRow(
            at: WallClock.now(), who: who, action: action, subject: ByteString(subject), detail: detail)
        let seed = Self.seeds.next()
        try await reader.audit(.document { row.append(to: &$0, seed: seed) })
    }

    /// Whoever gives orders on a command line.
    static let thisUser = "\(NSUserName())@\(ProcessInfo.processInfo.hostName)"
}
