internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

extension MongoReader {
    /// Documents of a collection by their ids, in no order: what a rehearsal on the store's records begins with.
    func documents(in collection: String, _ ids: [ByteString]) throws(StoreError) -> [[UInt8]] {
        var filter: [UInt8] = []
        filter.appendDocument { writer in
            writer.append(
                "_id",
                document: { inner in
                    inner.append(
                        BSONWriter.bytes(of: "$in"),
                        array: { list in
                            for (index, id) in ids.enumerated() {
                                BSONWriter.withIndexName(index) { name in
                                    id.bytes.withUnsafeBufferPointer { list.append(name, string: $0) }
                                }
                            }
                        })
                })
        }
        let found = try find(in: collection, filter: filter)
        return (0..<found.count).map { found.withDocument($0) { Array($0) } }
    }
}
