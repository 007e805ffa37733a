internal import Schemas
internal import Synchronization

/// The definitions in force, replaced as a whole: those from files, then dynamic fields; each part can change at run
/// time. Compiles under a lock that decoders do not take.
final class CatalogTable: Sendable {
    private struct Parts {
        var files: Catalogs
        var fields: [DynamicField] = []
        var definitions = DynamicDefinitions()
    }

    /// Held while compiling.
    private let parts: Mutex<Parts>
    private let table: Mutex<Catalogs>

    init(_ catalogs: Catalogs) {
        parts = Mutex(Parts(files: catalogs))
        table = Mutex(catalogs)
    }

    var current: Catalogs { table.withLock { $0 } }

    /// Replaces the definitions from files, and keeps the dynamic fields. Those that conflict with them are left out;
    /// their errors are returned.
    func replace(files: Catalogs) -> [SchemaError] {
        parts.withLock { parts in
            parts.files = files
            let (catalogs, errors) = parts.definitions.add(parts.fields, to: files)
            table.withLock { $0 = catalogs }
            return errors
        }
    }

    /// Replaces the dynamic fields; invalid ones are skipped and returned.
    func replace(dynamicFields fields: [DynamicField]) -> [SchemaError] {
        parts.withLock { parts in
            let (catalogs, errors) = parts.definitions.add(fields, to: parts.files)
            parts.fields = fields
            table.withLock { $0 = catalogs }
            return errors
        }
    }
}
