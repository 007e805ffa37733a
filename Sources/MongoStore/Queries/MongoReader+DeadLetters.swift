package import BSON
package import Contracts
package import JSON

/// Reads dead letters.
extension MongoReader {
    /// Newest first, at most `limit`.
    package func deadLetters(_ query: DeadLetterQuery, limit: Int) throws(StoreError) -> BSONSequence {
        try find(
            in: StoreCollections.deadLetters, filter: query.filter, sort: ["receivedAt": -1],
            limit: limit, maxTime: query.patience)
    }

    /// The dead letter with that `_id`; empty if there is none.
    package func deadLetter(_ id: ByteString) throws(StoreError) -> BSONSequence {
        try find(in: StoreCollections.deadLetters, filter: ["_id": .value(id)], limit: 1)
    }

    /// The dead letter with that `_id`, without its payload; empty if there is none.
    package func deadLetterHead(_ id: ByteString) throws(StoreError) -> BSONSequence {
        try find(
            in: StoreCollections.deadLetters, filter: ["_id": .value(id)],
            projection: ["message": 0, "original": 0, "unedited": 0], limit: 1)
    }

    /// The newest ones first, as a list shows them: without payload, properties and headers, with the first reasons and
    /// `reasonCount`, `skip` of them left out. A dead letter can have thousands of reasons.
    package func deadLetterRows(
        _ query: DeadLetterQuery, skip: Int, limit: Int
    ) throws(StoreError) -> BSONSequence {
        try find(
            in: StoreCollections.deadLetters, filter: query.filter,
            sort: ["receivedAt": -1],
            projection: Self.listed, skip: skip, limit: limit, maxTime: query.patience)
    }

    private static let listed: BSONLiteral = [
        "state": 1, "kind": 1, "route": 1, "case": 1, "queue": 1, "messageId": 1, "catalog": 1, "companyId": 1,
        "receivedAt": 1, "editedAt": 1, "replayedAt": 1, "replayedAs": 1, "discardedAt": 1, "discardReason": 1,
        "parts": 1, "reasons": ["$slice": ["$reasons", 3]], "reasonCount": ["$size": "$reasons"],
    ]

    /// Positions in time order, oldest first, at most `limit`.
    package func deadLetterPlaces(
        _ query: DeadLetterQuery, limit: Int
    ) throws(StoreError) -> [DeadLetterQuery.Place] {
        let found = try find(
            in: StoreCollections.deadLetters, filter: query.filter,
            sort: ["receivedAt": 1, "_id": 1], projection: ["receivedAt": 1], limit: limit, maxTime: query.patience)
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
        try count(in: StoreCollections.deadLetters, filter: query.filter, maxTime: query.patience)
    }

    /// How many there are of each state. Fails where the index alone takes the server too long.
    package func countDeadLettersByState() throws(StoreError) -> [DeadLetterState: Int] {
        var counts: [DeadLetterState: Int] = [:]
        for state in DeadLetterState.allCases {
            var query = DeadLetterQuery()
            query.states = [state]
            counts[state] = try count(
                in: StoreCollections.deadLetters, filter: query.filter, maxTime: deployment.questionTime)
        }
        return counts
    }
}
