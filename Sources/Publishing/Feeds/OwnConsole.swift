internal import BSON

/// The gateway as a document of the collection `engine`, for the feed of engine and console status.
package struct OwnConsole: Sendable, Equatable {
    package var id: String
    package var name: String

    package init(id: String, name: String) {
        self.id = id
        self.name = name
    }

    /// As BSON, with the given time, in milliseconds since 1970, as its last ping.
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
