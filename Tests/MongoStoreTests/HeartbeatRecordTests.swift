import BSON
import MongoStore
import Testing

/// Who may take others for dead by their silence: one whose own heartbeats have got through as long as the silence lasts.
@Suite("One's own heartbeats")
struct HeartbeatRecordTests {
    private let start = ContinuousClock.now
    private var record = HeartbeatRecord(deadAfter: .seconds(6))

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .milliseconds(Int(seconds * 1000)) }

    /// Heartbeats every two seconds, each answered at once.
    private func beating(from first: Double, to last: Double, election: [UInt8]? = [1]) -> HeartbeatRecord {
        var record = record
        for second in stride(from: first, through: last, by: 2) {
            record.succeeded(from: at(second), to: at(second), election: election)
        }
        return record
    }

    @Test func `six seconds of heartbeats, and others may be judged`() {
        #expect(!record.mayJudge(at: at(0)))
        #expect(!beating(from: 0, to: 4).mayJudge(at: at(4)))
        #expect(beating(from: 0, to: 6).mayJudge(at: at(6)))
    }

    @Test func `one that failed begins the count again`() {
        var record = beating(from: 0, to: 20)
        record.failed()
        #expect(!record.mayJudge(at: at(20)))
        record.succeeded(from: at(22), to: at(22), election: [1])
        #expect(!record.mayJudge(at: at(26)))
        for second in [24.0, 26, 28] { record.succeeded(from: at(second), to: at(second), election: [1]) }
        #expect(record.mayJudge(at: at(28)))
    }

    @Test func `a server that answers slowly makes nobody dead`() {
        var record = record
        for number in 0..<20 {
            let began = Double(number) * 8
            record.succeeded(from: at(began), to: at(began + 7.9), election: [1])
            #expect(!record.mayJudge(at: at(began + 7.9)))
        }
    }

    @Test func `who has slept does not judge by what was before`() {
        var record = beating(from: 0, to: 20)
        record.succeeded(from: at(60), to: at(60), election: [1])
        #expect(!record.mayJudge(at: at(60)))
    }

    @Test func `a new primary has to hear of the others first`() {
        var record = beating(from: 0, to: 20)
        record.succeeded(from: at(22), to: at(22), election: [2])
        #expect(!record.mayJudge(at: at(22)))
        for second in [24.0, 26, 28] { record.succeeded(from: at(second), to: at(second), election: [2]) }
        #expect(record.mayJudge(at: at(28)))
    }

    @Test func `where the server names no primary, as mongos, the rest counts`() {
        #expect(beating(from: 0, to: 6, election: nil).mayJudge(at: at(6)))
    }
}
