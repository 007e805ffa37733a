/// Naming rules for catalogs and collections: bounded length, no path characters, no reserved names.
package enum CatalogName {
    static let prefix = "catalog"

    /// `catalog`, then 1 to 57 letters, digits, `_` or `-`.
    static func isCatalog(_ name: String) -> Bool {
        name.utf8.count <= 64 && name.utf8.starts(with: prefix.utf8) && name.utf8.count > prefix.utf8.count
            && name.utf8.allSatisfy(isNameByte)
    }

    /// A lower-case letter or a digit, then up to 63 letters, digits, `_` or `-`.
    package static func isCollection(_ name: String) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first) || ASCII.isDigit(first) else { return false }
        return name.utf8.count <= 64 && name.utf8.allSatisfy(isNameByte)
    }

    /// `catalogItemStock` → `itemStock`.
    static func collection(of catalog: String) -> String {
        let rest = catalog.dropFirst(prefix.count)
        return rest.prefix(1).lowercased() + rest.dropFirst()
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
