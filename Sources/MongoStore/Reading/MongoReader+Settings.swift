package import Pipeline
package import Records

/// The collection that Promo's consoles keep settings in: read by a running gateway, written by `gateway config`.
extension MongoReader {
    /// Its documents in the order of their ids, `limit` at most.
    package func settingDocuments(in collection: String, limit: Int) throws(StoreError) -> BSONSequence {
        try find(
            in: collection, filter: .document { _ in }, sort: .document { $0.append("_id", int64: 1) }, limit: limit,
            ofMajority: true)
    }

    /// Sets the fields of `fields` (a BSON document) in the document that `filter` finds, or makes it. Durable on return.
    package func putSetting(in collection: String, filter: [UInt8], fields: [UInt8]) throws(StoreError) {
        try write("update") { command in
            command.append("update", string: collection)
            command.append(
                "updates",
                array: { updates in
                    updates.append(
                        BSONWriter.bytes(of: "0"),
                        document: { update in
                            update.append("q", copying: filter)
                            update.append("u", document: { $0.append("$set", copying: fields) })
                            update.append("upsert", bool: true)
                        })
                })
            command.appendMajority()
        }
    }

    /// Removes the document that `filter` finds. Durable on return.
    package func removeSetting(in collection: String, filter: [UInt8]) throws(StoreError) {
        try write("delete") { command in
            command.append("delete", string: collection)
            command.append(
                "deletes",
                array: { deletes in
                    deletes.append(
                        BSONWriter.bytes(of: "0"),
                        document: { delete in
                            delete.append("q", copying: filter)
                            delete.append("limit", int64: 1)
                        })
                })
            command.appendMajority()
        }
    }

    /// A command that says in its reply, and not by failing, what it has not written.
    func write(_ name: String, _ body: @Sendable (inout BSONWriter) -> Void) throws(StoreError) {
        let reply = try command(name, body)
        let failure: (code: Int64, message: String)? = reply.withUnsafeBytes { bytes in
            let fields = BSONElements(bytes)
            let first = fields.first(named: "writeErrors")?.elements?.first { _ in true }?.elements
            guard let error = first ?? fields.first(named: "writeConcernError")?.elements else { return nil }
            return (error.first(named: "code")?.integer ?? 0, error.first(named: "errmsg")?.text ?? "refused")
        }
        if let failure {
            throw StoreError(kind: .refused, code: Int(failure.code), message: "'\(name)' failed: \(failure.message)")
        }
    }
}

extension BSONWriter {
    fileprivate mutating func append(_ name: StaticString, copying document: [UInt8]) {
        document.withUnsafeBytes { append(Self.bytes(of: name), type: 3, value: $0) }
    }
}
