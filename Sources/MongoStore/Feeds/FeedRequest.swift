internal import Documents
internal import Pipeline
internal import Records

/// What is asked of a feed's collection, as BSON. Pure.
struct FeedRequest {
    /// Where a claim is kept in a document that several gateways share.
    static let claim = FeedPlan.claimField

    let plan: FeedPlan

    // MARK: Which documents

    /// Those of a run. `stretch`: a condition for a part of them.
    func filter(from mark: FeedMark?, and stretch: [UInt8]? = nil) -> [UInt8] {
        all { conditions in
            if let stretch { conditions.append(stretch) }
            switch plan.progress {
            case .field(let field, _):
                let field = Array(field.utf8)
                if let mark { conditions.append { $0.append(field, behind: mark) } }
                conditions.append { Self.notArray(field, &$0) }
            case .flag: appendNotFlagged(&conditions)
            case .snapshot: break
            }
        }
    }

    /// Those of `ids` that are for this feed and not marked.
    func filter(ids: [BSONValue]) -> [UInt8] {
        all { conditions in
            conditions.append { condition in
                condition.append("_id", document: { $0.append("$in", values: ids) })
            }
            if case .flag = plan.progress { appendNotFlagged(&conditions) }
        }
    }

    /// Those whose value is of none of the types that `bracket` stands for.
    func filterOutOfOrder(_ bracket: Bracket, field: String) -> [UInt8] {
        all { conditions in
            conditions.append { condition in
                condition.append(
                    "$or",
                    array: { ways in
                        ways.append(
                            "0",
                            document: { way in
                                way.append(
                                    Array(field.utf8),
                                    document: { value in
                                        value.append(
                                            "$not",
                                            document: { inner in inner.append("$type", string: bracket.typeName) })
                                    })
                            })
                        ways.append(
                            "1",
                            document: { way in
                                way.append(Array(field.utf8), document: { $0.append("$type", string: "array") })
                            })
                        ways.append(
                            "2",
                            document: { way in way.append(Array(field.utf8), value: BSONValue(double: .nan)) })
                    })
            }
        }
    }

    private func appendNotFlagged(_ conditions: inout Conditions) {
        guard case .flag(let flag) = plan.progress else { return }
        conditions.append { condition in
            condition.append(Array(flag.utf8), document: { $0.append(BSONWriter.bytes(of: "$ne"), bool: true) })
        }
    }

    private static func notArray(_ field: [UInt8], _ condition: inout BSONWriter) {
        condition.append(
            field,
            document: { value in
                value.append("$not", document: { $0.append("$type", string: "array") })
            })
    }

    /// `{$and: [the feed's filter, …]}`.
    func all(_ body: (inout Conditions) -> Void) -> [UInt8] {
        var conditions = Conditions()
        conditions.append(plan.filter)
        body(&conditions)
        return .document { filter in filter.append("$and", documents: conditions.documents) }
    }

    // MARK: In which order

    var sort: [UInt8] {
        .document { sort in
            if let first = sortKey { sort.append(Array(first.utf8), int64: 1) }
            sort.append("_id", int64: 1)
        }
    }

    /// The field that comes before `_id` in the order; nil where none does.
    var sortKey: String? {
        let first: String? = if case .field(let field, _) = plan.progress { field } else { plan.order }
        return first == "_id" ? nil : first
    }

    // MARK: Marks in documents

    /// The `updates` of a command that marks the documents as published, each as it was read: one that has changed since
    /// stays unmarked, and is read again.
    func markings(of documents: BSONSequence) -> BSONSequence {
        var updates = BSONSequence()
        guard case .flag(let flag) = plan.progress else { return updates }
        for index in 0..<documents.count {
            documents.withDocument(index) { document in
                updates.appendDocument { update in
                    update.append("q", document: { appendGuard(of: document, to: &$0) })
                    update.append(
                        "u",
                        document: { change in
                            change.append("$set", document: { $0.append(Array(flag.utf8), bool: true) })
                            if plan.isShared {
                                change.append("$unset", document: { $0.append(Array(Self.claim.utf8), bool: true) })
                            }
                        })
                }
            }
        }
        return updates
    }

    /// Finds the document where it is as it was.
    private func appendGuard(of document: UnsafeRawBufferPointer, to filter: inout BSONWriter) {
        let fields = BSONElements(document)
        if let id = fields.first(named: "_id") { filter.append(element: id.whole) }
        guard let version = plan.versionField else { return appendWhole(document, to: &filter) }
        filter.append(
            Array(version.utf8),
            document: { value in
                if let found = fields.first(at: FieldPath(version)) {
                    value.append("$eq", value: BSONValue(copying: found))
                } else {
                    value.append(BSONWriter.bytes(of: "$exists"), bool: false)
                }
            })
    }

    /// Where no field tells one version from another, all of the document does.
    private func appendWhole(_ document: UnsafeRawBufferPointer, to filter: inout BSONWriter) {
        filter.append(
            "$expr",
            document: { expression in
                expression.append(
                    "$eq",
                    array: { pair in
                        if plan.isShared {
                            pair.append(
                                "0",
                                document: { inner in
                                    inner.append(
                                        "$unsetField",
                                        document: { unset in
                                            unset.append("field", string: Self.claim)
                                            unset.append("input", string: "$$ROOT")
                                        })
                                })
                        } else {
                            pair.append("0", string: "$$ROOT")
                        }
                        pair.append(
                            "1",
                            document: { inner in
                                inner.append(
                                    "$literal",
                                    document: { copy in
                                        for element in BSONElements(document)
                                        where !plan.isShared || element.nameText != Self.claim {
                                            copy.append(element: element.whole)
                                        }
                                    })
                            })
                    })
            })
    }
}

/// Documents of an `$and`, in order.
struct Conditions {
    private(set) var documents = BSONSequence()

    mutating func append(_ body: (inout BSONWriter) -> Void) { documents.appendDocument(body) }

    mutating func append(_ document: [UInt8]) { document.withUnsafeBytes { documents.append(copying: $0) } }
}

extension BSONWriter {
    mutating func append(_ name: [UInt8], document body: (inout BSONWriter) -> Void) {
        name.withUnsafeBufferPointer { append($0, document: body) }
    }

    mutating func append(_ name: [UInt8], int64 value: Int64) {
        name.withUnsafeBufferPointer { append($0, int64: value) }
    }

    mutating func append(_ name: [UInt8], bool value: Bool) { name.withUnsafeBufferPointer { append($0, bool: value) } }

    mutating func append(_ name: [UInt8], value: BSONValue) {
        name.withUnsafeBufferPointer { append($0, value: value) }
    }

    mutating func append(_ name: StaticString, values: [BSONValue]) {
        append(
            name,
            array: { array in
                for (index, value) in values.enumerated() {
                    BSONWriter.withIndexName(index) { array.append($0, value: value) }
                }
            })
    }

    mutating func append(_ name: StaticString, documents: BSONSequence) {
        append(
            name,
            array: { array in
                for index in 0..<documents.count {
                    documents.withDocument(index) { document in
                        BSONWriter.withIndexName(index) { array.append($0, type: 3, value: document) }
                    }
                }
            })
    }

    /// Documents that are behind the mark in the order of a field.
    mutating func append(_ field: [UInt8], behind mark: FeedMark) {
        guard let id = mark.id else {
            append(field, document: { $0.append("$gte", value: mark.value) })
            return
        }
        append(
            "$or",
            array: { ways in
                ways.append(
                    "0", document: { way in way.append(field, document: { $0.append("$gt", value: mark.value) }) })
                ways.append(
                    "1",
                    document: { way in
                        way.append(field, document: { $0.append("$eq", value: mark.value) })
                        way.append("_id", document: { $0.append("$gt", value: id) })
                    })
            })
    }
}
