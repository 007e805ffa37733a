internal import Schemas
internal import Synchronization

/// The definitions in force: one value, swapped whole when they are read again.
final class CatalogTable: Sendable {
    private let state: Mutex<Catalogs>

    init(_ catalogs: Catalogs) { state = Mutex(catalogs) }

    var current: Catalogs { state.withLock { $0 } }

    func replace(with catalogs: Catalogs) { state.withLock { $0 = catalogs } }
}
