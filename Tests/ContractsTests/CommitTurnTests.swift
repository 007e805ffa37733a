@testable import Contracts
import Testing

@Suite struct CommitTurnTests {
    @Test func `the first turn may commit at once`() async {
        let turn = CommitTurn()
        #expect(await turn.mayCommit())
        #expect(await turn.follow())
    }

    @Test func `a turn may commit when the one before it is settled, and not before`() async {
        let first = CommitTurn()
        let second = CommitTurn(after: first)
        async let may = second.mayCommit()
        for _ in 0..<20 { await Task.yield() }
        first.settle()
        #expect(await may)
    }

    @Test func `trouble before it makes a turn give way, and follow when it is over`() async {
        let first = CommitTurn()
        let second = CommitTurn(after: first)
        async let may = second.mayCommit()
        for _ in 0..<20 { await Task.yield() }
        first.meetTrouble()
        #expect(await may == false)
        #expect(await second.mayCommit() == false)
        async let follows = second.follow()
        for _ in 0..<20 { await Task.yield() }
        first.meetTrouble()
        first.settle()
        #expect(await follows)
        #expect(await second.mayCommit())
    }

    @Test func `what is abandoned lets nothing through`() async {
        let first = CommitTurn()
        let second = CommitTurn(after: first)
        first.abandon()
        #expect(await second.mayCommit() == false)
        #expect(await second.follow() == false)
    }

    @Test func `a cancelled task does not wait`() async {
        let first = CommitTurn()
        let second = CommitTurn(after: first)
        let waiting = Task { await second.mayCommit() }
        for _ in 0..<20 { await Task.yield() }
        waiting.cancel()
        #expect(await waiting.value == false)
        // The place is free again.
        async let may = second.mayCommit()
        for _ in 0..<20 { await Task.yield() }
        first.settle()
        #expect(await may)
    }
}
