import Contracts
@testable import Ingest
import Testing

/// What a lane does after an error of the store.
@Suite struct TroubleTests {
    private static func error(_ kind: StoreError.Kind, isContention: Bool = false) -> StoreError {
        StoreError(kind: kind, code: 1, message: "an error", isContention: isContention)
    }

    /// Whether the lane waits after each of these errors.
    private static func waits(_ trouble: inout Trouble, _ error: StoreError, at times: [Int64]) -> [Bool] {
        times.map { time in
            if case .wait = trouble.next(after: error, now: time, chance: 0.5) { true } else { false }
        }
    }

    @Test func `the store is away: waited for without an end`() {
        var trouble = Trouble()
        let waits = Self.waits(&trouble, Self.error(.unavailable), at: (0..<10_000).map { $0 * 10_000 })
        #expect(waits.allSatisfy { $0 })
        #expect(trouble.since == 0)
    }

    @Test func `an answer that nobody knows: some tries, then refused, at once for the rest of the batch`() {
        var trouble = Trouble()
        let times = [Int64](repeating: 0, count: Trouble.unknownTries)
        let waits = Self.waits(&trouble, Self.error(.unknown), at: times)
        #expect(waits == times.dropLast().map { _ in true } + [false])
        let hadAny = trouble.end()
        #expect(hadAny)
        let after = Self.waits(&trouble, Self.error(.unknown), at: [0])
        #expect(after == [false])
    }

    @Test func `transactions of others: waited for as long as one can live`() {
        var trouble = Trouble()
        let waits = Self.waits(
            &trouble, Self.error(.unavailable, isContention: true),
            at: [0, Trouble.contentionPatience - 1, Trouble.contentionPatience])
        #expect(waits == [true, true, false])
    }

    @Test func `a refusal that a transaction of others may have caused is tried once more, another one not`() {
        var trouble = Trouble()
        let waits = Self.waits(&trouble, Self.error(.refused, isContention: true), at: [0, 0])
        #expect(waits == [true, false])
        let others = Self.waits(&trouble, Self.error(.refused), at: [0])
        #expect(others == [false])
        let hadAny = trouble.end()
        #expect(!hadAny, "nothing to report")
    }
}
