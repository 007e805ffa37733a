internal import BSON
package import Contracts

/// A place where sequences are kept, as several gateways see it.
package protocol SequenceBench: Sendable {
    associatedtype Sequences: SequenceStore

    /// The sequences of another gateway each time.
    func open() async throws -> Sequences
    /// Puts a row of `gateway.sequences` there, in place of the one with its `_id`, as a person does.
    func put(row: [UInt8]) async throws
}

/// What every ``SequenceStore`` must do, whatever is behind it.
package enum SequenceContract: String, CaseIterable, Sendable {
    case beginsAtTheFirstAndGoesOn
    case isMovedForwardAndNeverBack
    case hasNothingToDoWithOthers
    case goesOnFromAStoredRow
    case refusesARowThatIsNoWholeNumber
    case endsAtTheLargestNumber
    case givesNoNumberTwice

    /// Throws where it is not kept. There are no sequences.
    package func check(on bench: some SequenceBench) async throws {
        let (a, b) = (try await bench.open(), try await bench.open())
        switch self {
        case .beginsAtTheFirstAndGoesOn: try await begins(a, b)
        case .isMovedForwardAndNeverBack: try await moves(a, b)
        case .hasNothingToDoWithOthers: try await others(a, b)
        case .goesOnFromAStoredRow: try await stored(a, bench)
        case .refusesARowThatIsNoWholeNumber: try await refuses(a, b, bench)
        case .endsAtTheLargestNumber: try await ends(a, bench)
        case .givesNoNumberTwice: try await races(bench)
        }
    }

    private func take(
        _ sequences: some SequenceStore, _ count: Int, from first: Int64 = 1, of name: String = "tasks",
        is expected: Range<Int64>
    ) async throws {
        let found = try await sequences.reserve(count, of: name, from: first)
        try require(found == expected, "\(name): \(count) from \(first) are \(found) and not \(expected)")
    }

    private func begins(_ a: some SequenceStore, _ b: some SequenceStore) async throws {
        try await take(a, 1, is: 1..<2)
        try await take(b, 3, is: 2..<5)
        try await take(a, 1000, is: 5..<1005)
        try await take(b, 1, is: 1005..<1006)
    }

    private func moves(_ a: some SequenceStore, _ b: some SequenceStore) async throws {
        try await take(a, 2, is: 1..<3)
        try await take(b, 2, from: 1000, is: 1000..<1002)
        try await take(a, 1, is: 1002..<1003)
        try await take(b, 1, from: 6, is: 1003..<1004)
        try await take(b, 1, from: 1000, is: 1004..<1005)
    }

    private func others(_ a: some SequenceStore, _ b: some SequenceStore) async throws {
        let names = ["tasks", "Tasks", "tasks ", "$inc", "a.b", "äé", String(repeating: "x", count: 120)]
        for name in names { try await take(a, 2, of: name, is: 1..<3) }
        for name in names { try await take(b, 1, of: name, is: 3..<4) }
    }

    private func stored(_ a: some SequenceStore, _ bench: some SequenceBench) async throws {
        try await bench.put(row: .row("tasks") { $0.append("next", int64: 41) })
        try await take(a, 2, is: 41..<43)
        // As shells and other programs write small numbers.
        try await bench.put(
            row: .row("tasks") { row in
                withUnsafeBytes(of: Int32(77).littleEndian) {
                    row.append(BSONWriter.bytes(of: "next"), type: BSONType.int32.rawValue, value: $0)
                }
            })
        try await take(a, 2, is: 77..<79)
        try await take(a, 1, is: 79..<80)
    }

    private func refuses(
        _ a: some SequenceStore, _ b: some SequenceStore, _ bench: some SequenceBench
    ) async throws {
        try await take(a, 1, is: 1..<2)
        let rows: [@Sendable (inout BSONWriter) -> Void] = [
            { $0.append("next", string: "2") }, { $0.append("next", null: ()) }, { _ in },
            { $0.append(BSONWriter.bytes(of: "next"), double: 2) }, { $0.append("next", bool: true) },
        ]
        for (number, fields) in rows.enumerated() {
            try await bench.put(row: .row("tasks", fields))
            for sequences in [a, try await bench.open()] as [any SequenceStore] {
                do {
                    let found = try await sequences.reserve(1, of: "tasks", from: 1)
                    throw Broken("row \(number) gives \(found)")
                } catch let error as StoreError {
                    try require(error.kind == .refused, "row \(number): \(error.kind)")
                    try require(error.message.contains("'tasks'"), "row \(number): \(error.message)")
                }
            }
        }
        try await bench.put(row: .row("tasks") { $0.append("next", int64: 9) })
        try await take(b, 1, is: 9..<10)
    }

    private func ends(_ a: some SequenceStore, _ bench: some SequenceBench) async throws {
        try await bench.put(row: .row("tasks") { $0.append("next", int64: .max - 3) })
        do {
            let found = try await a.reserve(4, of: "tasks", from: 1)
            throw Broken("more than there are: \(found)")
        } catch let error as StoreError {
            try require(error.kind == .refused, "\(error.kind)")
        }
        try await take(a, 2, is: (.max - 3)..<(.max - 1))
        try await take(a, 1, is: (.max - 1)..<(.max))
        let next = try? await a.reserve(1, of: "tasks", from: 1)
        try require(next == nil, "beyond the end: \(next as Any)")
    }

    private func races(_ bench: some SequenceBench) async throws {
        let taken = try await withThrowingTaskGroup(of: [Range<Int64>].self) { group in
            for number in 0..<8 {
                let sequences = try await bench.open()
                group.addTask {
                    var taken: [Range<Int64>] = []
                    for round in 0..<30 {
                        let first: Int64 = number.isMultiple(of: 2) ? 1 : 500
                        taken.append(try await sequences.reserve(1 + (round * number) % 7, of: "tasks", from: first))
                        let isBelow = taken.last.map { $0.lowerBound < first } ?? true
                        try require(!isBelow, "a number below the first")
                    }
                    return taken
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let ordered = taken.sorted { $0.lowerBound < $1.lowerBound }
        let isApart = zip(ordered, ordered.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }
        try require(isApart && ordered.count == 240, "a number is given twice")
    }
}

extension [UInt8] {
    fileprivate static func row(_ name: String, _ fields: (inout BSONWriter) -> Void) -> [UInt8] {
        .document { row in
            row.append("_id", string: name)
            fields(&row)
        }
    }
}
