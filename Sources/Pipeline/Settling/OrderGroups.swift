internal import Synchronization

/// The order group that each catalog's messages were last put under. Definitions change while a route runs, and with them
/// which catalogs refer to one another; a catalog that moves to another lane must leave nothing unsettled behind. From any
/// thread.
final class OrderGroups: Sendable {
    private let groups = Mutex<[String: String]>([:])

    /// Whether a message of this catalog would go under another group than those before it.
    func isMove(of catalog: String, to group: String) -> Bool {
        groups.withLock { groups in
            guard let known = groups[catalog] else {
                groups[catalog] = group
                return false
            }
            return known != group
        }
    }

    /// Nothing of the catalog is under its old group any more.
    func move(_ catalog: String, to group: String) { groups.withLock { $0[catalog] = group } }
}
