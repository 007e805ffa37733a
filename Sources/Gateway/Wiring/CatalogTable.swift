internal import Schemas
internal import Synchronization

/// The definitions in force: one value, swapped whole. Made of those read from files and, on top, those of dynamic fields;
/// each part can change while the gateway runs.
final class CatalogTable: Sendable {
    private struct State {
        var files: Catalogs
        var fields: [DynamicField] = []
        var current: Catalogs
    }

    private let state: Mutex<State>

    init(_ catalogs: Catalogs) { state = Mutex(State(files: catalogs, current: catalogs)) }

    var current: Catalogs { state.withLock { $0.current } }

    /// Takes new definitions from files, and keeps the dynamic fields.
    func replace(files: Catalogs) {
        state.withLock { state in
            state.files = files
            state.current = files.adding(dynamicFields: state.fields).catalogs
        }
    }

    /// Takes new dynamic fields; those that are wrong are left out and returned.
    func replace(dynamicFields fields: [DynamicField]) -> [SchemaError] {
        state.withLock { state in
            let (catalogs, errors) = state.files.adding(dynamicFields: fields)
            state.fields = fields
            state.current = catalogs
            return errors
        }
    }
}
