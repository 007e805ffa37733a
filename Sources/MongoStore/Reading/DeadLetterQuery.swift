package import Documents
internal import Records

/// Which dead letters: all conditions must hold; those left open always do.
package struct DeadLetterQuery: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case open, replayed, discarded
    }

    package var states: Set<State> = Set(State.allCases)
    /// One of its reasons has this code.
    package var code: String?
    package var catalog: String?
    package var companyId: ByteString?
    /// Received then or later; milliseconds since 1970.
    package var since: Int64?
    /// Received before then; milliseconds since 1970.
    package var before: Int64?
    package var id: ByteString?

    package init() {}

    /// The filter as BSON. `state` is always in it, since the index that sorts by time begins with it.
    var filter: [UInt8] {
        var filter: [UInt8] = []
        filter.appendDocument { filter in
            if let id { filter.append("_id", string: id) }
            filter.append(
                "state",
                document: { condition in
                    condition.append(
                        "$in",
                        array: { array in
                            for (index, state) in State.allCases.filter(states.contains).enumerated() {
                                BSONWriter.withIndexName(index) { name in
                                    var text = state.rawValue
                                    text.withUTF8 { array.append(name, string: $0) }
                                }
                            }
                        })
                })
            if let code { filter.append("reasons.code", string: code) }
            if let catalog { filter.append("catalog", string: catalog) }
            if let companyId { filter.append("companyId", string: companyId) }
            guard since != nil || before != nil else { return }
            filter.append(
                "receivedAt",
                document: { range in
                    if let since { range.append("$gte", date: since) }
                    if let before { range.append("$lt", date: before) }
                })
        }
        return filter
    }
}
