@testable import Ingest
import Contracts
import IngestTesting
import Testing

/// The plan against the one-by-one model: whatever the sequence, however it is cut into batches and whatever fails, the
/// outcomes and the records are those of applying the items one after another. `scripts/properties` does millions more.
@Suite struct BatchPlanTests {
    @Test("random sequences on few keys end as one by one", arguments: 0..<20 as Range<UInt64>)
    func random(block: UInt64) {
        let findings = (0..<100).map { PlanProperty.check(seed: block * 100 + $0) }
        let problems = findings.compactMap(\.problem)
        #expect(problems.count == 0, "\(problems.first ?? "")")
        #expect(findings.reduce(0) { $0 + $1.items } > 500, "too few items: these are not sequences")
    }

    @Test("with a version, older items change nothing, also after a deletion", arguments: 0..<20 as Range<UInt64>)
    func versioned(block: UInt64) {
        let findings = (0..<100).map { PlanProperty.check(seed: block * 100 + $0, isVersioned: true) }
        let problems = findings.compactMap(\.problem)
        #expect(problems.count == 0, "\(problems.first ?? "")")
        #expect(findings.reduce(0) { $0 + $1.items } > 500)
    }

    @Test func `all 24 orders of the four operations on one key, fresh and present, in any batches`() {
        let orders = permutations(["I", "U", "D", "IU"])
        #expect(Set(orders).count == 24)
        for order in orders {
            for isPresent in [false, true] {
                let problems = (0..<20).compactMap {
                    PlanProperty.check(operations: order, isPresent: isPresent, seed: $0).problem
                }
                #expect(problems.count == 0, "\(problems.first ?? "")")
            }
        }
    }

    private func permutations(_ words: [String]) -> [[String]] {
        guard words.count > 1 else { return [words] }
        return words.indices.flatMap { index -> [[String]] in
            var rest = words
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }
}
