internal import BSON
internal import Crypto
internal import Synchronization

/// Browser sessions, in memory only: a restart ends them. Thread-safe.
final class Sessions: Sendable {
    struct Session: Sendable {
        let role: AccessRole
        /// Token required with every change.
        let csrf: String
        /// Eight digits that identify the session in the audit log; not a secret.
        let name: String
        let ends: ContinuousClock.Instant
    }

    static let lifetime = Duration.seconds(12 * 3600)
    /// Maximum number of sessions; the one that expires first is dropped.
    static let most = 1000

    private let sessions = Mutex<[String: Session]>([:])

    /// Opens a session and returns its secret id.
    func open(_ role: AccessRole, now: ContinuousClock.Instant) -> (id: String, session: Session) {
        let id = RandomToken.text()
        let session = Session(
            role: role, csrf: RandomToken.text(), name: String(RandomToken.text().prefix(8)), ends: now + Self.lifetime)
        sessions.withLock { sessions in
            sessions = sessions.filter { $0.value.ends > now }
            if sessions.count >= Self.most, let first = sessions.min(by: { $0.value.ends < $1.value.ends }) {
                sessions[first.key] = nil
            }
            sessions[id] = session
        }
        return (id, session)
    }

    func session(_ id: String, now: ContinuousClock.Instant) -> Session? {
        sessions.withLock { sessions in
            guard let session = sessions[id], session.ends > now else { return nil }
            return session
        }
    }

    func close(_ id: String) { sessions.withLock { _ = $0.removeValue(forKey: id) } }
}

/// A random token of 256 bits from the system's generator.
enum RandomToken {
    static func text() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { bytes in
            bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
    }

    /// Compares in constant time.
    static func areEqual(_ a: String, _ b: String) -> Bool {
        SHA256.hash(data: Array(a.utf8)) == SHA256.hash(data: Array(b.utf8))
    }
}
