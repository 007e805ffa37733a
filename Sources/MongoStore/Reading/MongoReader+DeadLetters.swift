package import Documents
package import Pipeline
package import Records

/// Dead letters, as people ask for them.
extension MongoReader {
    /// The newest ones first, `limit` at most.
    package func deadLetters(_ query: DeadLetterQuery, limit: Int) throws(StoreError) -> BSONSequence {
        try find(
            in: StoreNames.deadLetters, filter: query.filter, sort: .document { $0.append("receivedAt", int64: -1) },
            limit: limit, maxTime: query.patience)
    }

    /// The dead letter of that `_id`; empty where there is none.
    package func deadLetter(_ id: ByteString) throws(StoreError) -> BSONSequence {
        try find(in: StoreNames.deadLetters, filter: .document { $0.append("_id", string: id) }, limit: 1)
    }

    /// The dead letter of that `_id` without its payload; empty where there is none.
    package func deadLetterHead(_ id: ByteString) throws(StoreError) -> BSONSequence {
        try find(
            in: StoreNames.deadLetters, filter: .document { $0.append("_id", string: id) },
            projection: .document { fields in
                fields.append("message", int64: 0)
                fields.append("original", int64: 0)
            }, limit: 1)
    }

    /// Reasons of a dead letter that a list holds.
    private static let reasonsInList: Int64 = 3

    /// The newest ones first, as a list shows them: without payload, properties and headers, with the first reasons and
    /// `reasonCount`, `skip` of them left out. A dead letter can have thousands of reasons.
    package func deadLetterRows(
        _ query: DeadLetterQuery, skip: Int, limit: Int
    ) throws(StoreError) -> BSONSequence {
        try find(
            in: StoreNames.deadLetters, filter: query.filter,
            sort: .document { $0.append("receivedAt", int64: -1) },
            projection: .document { fields in
                for name in Self.listed { fields.append(name, int64: 1) }
                fields.append(
                    "reasons",
                    document: { reasons in
                        reasons.append(
                            "$slice",
                            array: { slice in
                                slice.append("0", string: "$reasons")
                                slice.append("1", int64: Self.reasonsInList)
                            })
                    })
                fields.append("reasonCount", document: { $0.append("$size", string: "$reasons") })
            }, skip: skip, limit: limit, maxTime: query.patience)
    }

    private static let listed: [StaticString] = [
        "state", "kind", "route", "case", "queue", "messageId", "catalog", "companyId", "receivedAt", "editedAt",
        "replayedAt", "replayedAs", "discardedAt", "discardReason", "parts",
    ]

    /// Where they stand in the order of time, the oldest first, `limit` at most.
    package func deadLetterPlaces(
        _ query: DeadLetterQuery, limit: Int
    ) throws(StoreError) -> [DeadLetterQuery.Place] {
        let found = try find(
            in: StoreNames.deadLetters, filter: query.filter,
            sort: .document { sort in
                sort.append("receivedAt", int64: 1)
                sort.append("_id", int64: 1)
            }, projection: .document { $0.append("receivedAt", int64: 1) }, limit: limit, maxTime: query.patience)
        return (0..<found.count).compactMap { index in
            found.withDocument(index) { document in
                let fields = BSONElements(document)
                guard let id = fields.first(named: "_id")?.byteString,
                    let receivedAt = fields.first(named: "receivedAt")?.date
                else { return nil }
                return DeadLetterQuery.Place(receivedAt: receivedAt, id: id)
            }
        }
    }

    package func countDeadLetters(_ query: DeadLetterQuery) throws(StoreError) -> Int {
        try count(in: StoreNames.deadLetters, filter: query.filter, maxTime: query.patience)
    }

    /// How many there are of each state. Fails where the index alone takes the server too long.
    package func countDeadLettersByState() throws(StoreError) -> [DeadLetterQuery.State: Int] {
        var counts: [DeadLetterQuery.State: Int] = [:]
        for state in DeadLetterQuery.State.allCases {
            var query = DeadLetterQuery()
            query.states = [state]
            counts[state] = try count(
                in: StoreNames.deadLetters, filter: query.filter, maxTime: deployment.questionTime)
        }
        return counts
    }
}
