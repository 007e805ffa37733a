@testable import Contracts
import IngestTesting
import JSON
import Synchronization
import Testing

/// The order of what is noted to be published: that of the batches, whatever the machine's clock does.
@Suite struct PostingStampTests {
    private func ids(_ stamp: PostingStamp, _ rows: Int = 3) -> [ByteString] { (0..<rows).map { stamp.rowIDs[$0] } }

    @Test("stamps grow while the clock stands still, goes back and jumps", arguments: 0..<20)
    func grows(seed: UInt64) {
        var random = Seeded(seed)
        let now = Mutex<Int64>(Fixtures.now)
        let clock = PostingClock(now: { now.withLock { $0 } })
        var before: [ByteString] = []
        for _ in 0..<2000 {
            now.withLock { $0 += Int64.random(in: -3_600_000...3_600_000, using: &random) * Int64.random(in: 0...1) }
            var stamp = clock.next()
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let next = ids(stamp)
                #expect(next == next.sorted() && before.last.map { $0 < next[0] } ?? true)
                before = next
                stamp.advance()
            }
        }
    }

    @Test func `so many in one millisecond that their count is used up go on in the next one`() {
        let clock = PostingClock(now: { 5 })
        clock.observe(PostingStamp(milliseconds: 5, count: PostingStamp.largestCount, process: 1).rowIDs[0])
        let next = clock.next()
        #expect(next.milliseconds == 6 && next.count == 0)
    }

    @Test func `a process begins behind what is stored, whoever noted it`() {
        let others = PostingClock(now: { Fixtures.now + 60_000 })
        let last = others.next().rowIDs[7]
        let clock = PostingClock(now: { Fixtures.now })
        clock.observe(last)
        #expect(last < clock.next().rowIDs[0])
        // As the version before wrote them: time, a number, a number.
        let old: ByteString = "01a20d5db546ffffefa95d372d74000000"
        clock.observe(old)
        #expect(old < clock.next().rowIDs[0])
        for other: ByteString in ["", "01a2", "feed:limits:d1", "zz2222222222222222"] { clock.observe(other) }
        #expect(clock.next().milliseconds < 0x01a2_0d5d_b547)
    }

    @Test func `rows that the version before noted stay before those of this one`() {
        let old = ByteString("019b76da8800ffffffffffff000000ffff")
        #expect(old < PostingClock(now: { Fixtures.now + 1 }).next().rowIDs[0])
    }
}
