internal import Schemas
internal import Synchronization

/// The definitions in force: one value, swapped whole. Made of those read from files and, on top, those of dynamic fields;
/// each part can change while the gateway runs. Definitions are compiled under a lock that no decoder takes.
final class CatalogTable: Sendable {
    private struct Parts {
        var files: Catalogs
        var fields: [DynamicField] = []
        var definitions = DynamicDefinitions()
    }

    /// Held by those who change them, for as long as it takes to compile.
    private let parts: Mutex<Parts>
    private let table: Mutex<Catalogs>

    init(_ catalogs: Catalogs) {
        parts = Mutex(Parts(files: catalogs))
        table = Mutex(catalogs)
    }

    var current: Catalogs { table.withLock { $0 } }

    /// Takes new definitions from files, and keeps the dynamic fields.
    func replace(files: Catalogs) {
        parts.withLock { parts in
            parts.files = files
            let (catalogs, _) = parts.definitions.add(parts.fields, to: files)
            table.withLock { $0 = catalogs }
        }
    }

    /// Takes new dynamic fields; those that are wrong are left out and returned.
    func replace(dynamicFields fields: [DynamicField]) -> [SchemaError] {
        parts.withLock { parts in
            let (catalogs, errors) = parts.definitions.add(fields, to: parts.files)
            parts.fields = fields
            table.withLock { $0 = catalogs }
            return errors
        }
    }
}
