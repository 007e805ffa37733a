internal import Records

/// The gateway as a document of the collection `engine`, for the feed that tells which engines and consoles are alive.
package struct OwnConsole: Sendable, Equatable {
    package var id: String
    package var name: String

    package init(id: String, name: String) {
        self.id = id
        self.name = name
    }

    /// As BSON: its last ping is now. `milliseconds` since 1970.
    package func document(at milliseconds: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendDocument { document in
            document.append("_id", string: id)
            document.append("engineId", string: id)
            document.append("engineName", string: name)
            document.append("processDate", date: milliseconds)
            document.append("isConsole", bool: true)
        }
        return bytes
    }
}
