internal import CDefinitions

/// A file embedded in the binary.
struct EmbeddedFile {
    let name: String
    /// Valid for the lifetime of the process.
    let bytes: UnsafeRawBufferPointer

    /// The shipped catalog definitions, sorted by name.
    static var definitions: [EmbeddedFile] {
        var count = 0
        return list(promo_embedded_definitions(&count), count)
    }

    /// The meta-schemas of draft 2020-12 and of the definition dialect.
    static var metaSchemas: [EmbeddedFile] {
        var count = 0
        return list(promo_embedded_meta_schemas(&count), count)
    }

    private static func list(_ files: UnsafePointer<promo_embedded_file>?, _ count: Int) -> [EmbeddedFile] {
        UnsafeBufferPointer(start: files, count: count).map {
            EmbeddedFile(
                name: String(cString: $0.name), bytes: UnsafeRawBufferPointer(start: $0.bytes, count: $0.count))
        }
    }
}
