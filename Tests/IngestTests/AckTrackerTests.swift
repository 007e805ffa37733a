import Contracts
@testable import Ingest
import IngestTesting
import Testing

@Suite struct AckTrackerTests {
    private func tag(_ number: UInt64, channel: UInt64 = 1) -> DeliveryTag {
        DeliveryTag(channel: channel, number: number)
    }

    @Test func `only a prefix without gaps is acknowledged`() {
        let tracker = AckTracker()
        for number in 1...4 { tracker.arrived(tag(UInt64(number))) }
        #expect(tracker.settled(tag(2)) == nil)
        #expect(tracker.settled(tag(3)) == nil)
        #expect(tracker.settled(tag(1)) == tag(3))
        #expect(tracker.outstanding == 1)
        #expect(tracker.settled(tag(4)) == tag(4))
        #expect(tracker.outstanding == 0)
    }

    @Test func `tags of a channel that is gone are forgotten`() {
        let tracker = AckTracker()
        tracker.arrived(tag(1))
        tracker.arrived(tag(2))
        tracker.arrived(tag(1, channel: 2))
        #expect(tracker.settled(tag(1)) == nil)
        #expect(tracker.settled(tag(2)) == nil)
        #expect(tracker.settled(tag(1, channel: 2)) == tag(1, channel: 2))
    }

    @Test("any order of settling ends with all acknowledged", arguments: 0..<20)
    func anyOrder(seed: UInt64) {
        var generator = Seeded(seed)
        let tracker = AckTracker()
        let count = 10_000
        for number in 1...count { tracker.arrived(tag(UInt64(number))) }
        var settled: Set<UInt64> = []
        var acknowledged: UInt64 = 0
        // Shuffled within windows, as lanes side by side settle them.
        for start in stride(from: 1, through: count, by: 500) {
            for number in (start..<min(start + 500, count + 1)).shuffled(using: &generator) {
                settled.insert(UInt64(number))
                if let ack = tracker.settled(tag(UInt64(number))) {
                    #expect(ack.number > acknowledged)
                    acknowledged = ack.number
                }
                if acknowledged < UInt64(count) { #expect(!settled.contains(acknowledged + 1)) }
            }
        }
        #expect(acknowledged == UInt64(count))
    }
}
