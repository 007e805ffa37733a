internal import Synchronization

/// Numbers that are never given twice, by any gateway: random high bits of this process, then a count. Each leaves room
/// for 65,536 ids to be made from it.
package final class SeedCounter: Sendable {
    private let start = UInt64.random(in: 0...UInt64.max)
    private let count = Atomic<UInt64>(0)

    package init() {}

    package func next() -> UInt64 { start &+ count.wrappingAdd(1, ordering: .relaxed).newValue << 16 }
}
