import BSON
import Contracts
import MongoStore

/// What tests ask the server for, as BSON that they write field by field.
extension MongoReader {
    /// `body` appends the command's fields, its name first.
    @discardableResult
    func command(
        _ name: String, on database: String? = nil, _ body: @Sendable (inout BSONWriter) -> Void
    ) throws(StoreError) -> [UInt8] {
        try command(.raw(.document(body)), on: database)
    }

    func find(in collection: String, filter: [UInt8], limit: Int? = nil) throws(StoreError) -> BSONSequence {
        try find(in: collection, filter: .raw(filter), limit: limit)
    }

    func count(in collection: String, filter: [UInt8]) throws(StoreError) -> Int {
        try count(in: collection, filter: .raw(filter))
    }
}
