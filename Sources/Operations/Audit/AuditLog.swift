internal import BSON
package import Contracts
internal import Foundation
internal import JSON
package import MongoStore

/// Records who did what, where that is not a transaction by itself: before it is done, so that nothing is unrecorded.
package struct AuditLog: Sendable {
    package let reader: MongoReader
    /// A name and a place.
    package let who: String

    private static let seeds = SeedCounter()

    /// Durable on return. `detail`: more of it, where that is not secret.
    package func note(_ action: String, _ subject: String, detail: String? = nil) async throws(StoreError) {
        let row = AuditRow(
            at: WallClock.now(), who: who, action: action, subject: ByteString(subject), detail: detail)
        let seed = Self.seeds.next()
        try await reader.audit(.document { row.append(to: &$0, seed: seed) })
    }

    /// The user of the command line.
    package static let thisUser = "\(NSUserName())@\(ProcessInfo.processInfo.hostName)"
}
