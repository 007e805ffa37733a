import Foundation
import IngestTesting
import Synchronization

/// `PlanProperties COUNT [FIRST]`: that many sequences of the plan's property, from this seed on, on all cores. Prints what
/// is wrong, with its seed, and how many there were; exit 1 where something is wrong.
@main
struct PlanProperties {
    private struct Tally {
        var sequences = 0
        var items = 0
        var problems: [String] = []
    }

    /// Sequences that a core takes at a time.
    private static let block = 1_000

    static func main() {
        let numbers = CommandLine.arguments.dropFirst().map { UInt64($0) }
        guard (1...2).contains(numbers.count), let count = numbers.first ?? nil,
            let first = numbers.dropFirst().first ?? 0
        else {
            FileHandle.standardError.write(Data("usage: PlanProperties COUNT [FIRST]\n".utf8))
            exit(64)
        }
        let isTerminal = isatty(STDERR_FILENO) != 0
        let tally = Mutex(Tally())
        let began = ContinuousClock.now
        let blocks = (Int(count) + block - 1) / block
        DispatchQueue.concurrentPerform(iterations: blocks) { number in
            let own = (number * block)..<min((number + 1) * block, Int(count))
            let findings = own.map { number in
                let seed = first + UInt64(number)
                return PlanProperty.check(seed: seed, isVersioned: seed % 4 == 3)
            }
            tally.withLock { tally in
                tally.sequences += findings.count
                if isTerminal {
                    FileHandle.standardError.write(Data("\r\(tally.sequences) of \(count) sequences ".utf8))
                }
                tally.items += findings.reduce(0) { $0 + $1.items }
                for problem in findings.compactMap(\.problem) {
                    tally.problems.append(problem)
                    if tally.problems.count <= 10 { print(problem + "\n") }
                }
            }
        }
        let end = tally.withLock { $0 }
        print(
            "\(end.sequences) sequences, \(end.items) items, seeds \(first) to \(first + count - 1), in"
                + " \(began.duration(to: .now)): \(end.problems.count) wrong")
        exit(end.problems.isEmpty ? 0 : 1)
    }
}
