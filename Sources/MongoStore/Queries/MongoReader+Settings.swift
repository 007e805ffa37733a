package import BSON
package import Contracts

/// The settings collection of Promo's consoles: read by a running gateway, written by `gateway config`.
extension MongoReader {
    /// Its documents ordered by id, at most `limit`.
    package func settingDocuments(in collection: String, limit: Int) throws(StoreError) -> BSONSequence {
        try find(
            in: collection, filter: [:], sort: .byID, limit: limit, ofMajority: true)
    }

    /// Sets the fields in the document that `filter` finds, or makes it. Durable on return.
    package func putSetting(
        in collection: String, filter: BSONLiteral, fields: BSONLiteral
    ) throws(StoreError) {
        try upsert(in: collection, filter: filter, update: ["$set": fields])
    }

    /// Removes the document that `filter` finds. Durable on return.
    package func removeSetting(in collection: String, filter: BSONLiteral) throws(StoreError) {
        try write(["delete": .value(collection), "deletes": [["q": filter, "limit": 1]]])
    }

    /// Leaves an order in the feed's row. Durable on return.
    package func order(_ order: FeedOrder, of feed: String) throws(StoreError) {
        try upsert(in: StoreCollections.feeds, filter: FeedRow.filter(name: feed), update: FeedRow.update(by: order))
    }

    private func upsert(
        in collection: String, filter: BSONLiteral, update: BSONLiteral
    ) throws(StoreError) {
        try write(["update": .value(collection), "updates": [["q": filter, "u": update, "upsert": true]]])
    }

    /// Runs a command that says in its reply, and not by failing, what it has not written. Durable on return.
    func write(_ members: BSONLiteral) throws(StoreError) {
        let reply = try command(members + ["writeConcern": .majority])
        let failure: (code: Int64, message: String)? = reply.withUnsafeBytes { bytes in
            let fields = BSONElements(bytes)
            let first = fields.first(named: "writeErrors")?.elements?.first { _ in true }?.elements
            guard let error = first ?? fields.first(named: "writeConcernError")?.elements else { return nil }
            return (error.first(named: "code")?.integer ?? 0, error.first(named: "errmsg")?.text ?? "refused")
        }
        if let failure {
            throw StoreError(
                kind: .refused, code: Int(failure.code), message: "'\(members.firstName)' failed: \(failure.message)")
        }
    }
}
