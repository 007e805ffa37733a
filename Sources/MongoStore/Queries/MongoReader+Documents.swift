internal import BSON
package import Contracts
package import JSON

extension MongoReader {
    /// Documents of a collection by id, in any order: the initial records of a dry run.
    package func documents(in collection: String, _ ids: [ByteString]) throws(StoreError) -> [[UInt8]] {
        let found = try find(in: collection, filter: ["_id": ["$in": .array(ids.map { .value($0) })]])
        return (0..<found.count).map { found.withDocument($0) { Array($0) } }
    }
}
