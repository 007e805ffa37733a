internal import BSON
internal import Contracts
internal import JSON

/// A row of `gateway.tombstones`: the version of a record's last deletion, so that an older item does not bring the
/// record back. The store expires rows after the time of the ledger's.
///
/// Also written without a version where a record is inserted: of two transactions that find neither record nor row, one
/// that inserts and one that deletes, both write the same row, so one of them is repeated after the other.
struct Tombstone {
    /// The version as a document of this one element; nil if the record was only inserted.
    var version: [UInt8]?
    /// Time of the last write, in milliseconds since 1970. Each write changes it: the store ignores one that changes
    /// nothing, and would not see the conflict.
    var at: Int64

    /// `_id` of the row for a record of a collection.
    static func id(of record: ByteString, in collection: String) -> ByteString {
        var id: [UInt8] = []
        RecordKey.append(part: collection.utf8, to: &id)
        id.append(RecordKey.separator)
        id += record.bytes
        return ByteString(id)
    }

    init(version: [UInt8]?, at: Int64) {
        self.version = version
        self.at = at
    }

    init(bson document: UnsafeRawBufferPointer) {
        self.init(version: nil, at: 0)
        for element in BSONElements(document) {
            if element.isNamed("version"), let elements = element.elements {
                version = [UInt8].document { writer in
                    for element in elements { writer.append(element: element.whole) }
                }
            } else if element.isNamed("at"), let date = element.date {
                at = date
            }
        }
    }

    /// Appends its fields.
    func append(to writer: inout BSONWriter) {
        if let version {
            writer.append(
                "version",
                document: { inner in
                    version.withUnsafeBytes { bytes in
                        for element in BSONElements(bytes) { inner.append(element: element.whole) }
                    }
                })
        }
        writer.append("at", date: at)
    }
}
