internal import Synchronization

/// The current order group of each catalog's messages. References between catalogs may change while a route runs; a
/// catalog that moves to another lane must leave nothing unsettled behind. Thread-safe.
final class OrderGroups: Sendable {
    private let groups = Mutex<[String: String]>([:])

    /// Whether the group differs from that of earlier messages of the catalog.
    func isMove(of catalog: String, to group: String) -> Bool {
        groups.withLock { groups in
            guard let known = groups[catalog] else {
                groups[catalog] = group
                return false
            }
            return known != group
        }
    }

    /// Nothing of the catalog is unsettled under its old group.
    func move(_ catalog: String, to group: String) { groups.withLock { $0[catalog] = group } }
}
