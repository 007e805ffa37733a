@testable import MongoStore
import Testing

@Suite struct HealthBoardTests {
    @Test func `a question that is not answered for long is a store that is down`() async throws {
        let board = HealthBoard(patience: .milliseconds(50))
        board.reportUp(HealthBoard.control)
        board.asks()
        #expect(board.current.isUp)
        try await Task.sleep(for: .milliseconds(100))
        #expect(!board.current.isUp)
        #expect(board.current.detail.contains("does not answer"))
        board.hasAsked()
        #expect(board.current.isUp)
    }

    @Test func `what is known to be wrong is told before that`() async throws {
        let board = HealthBoard(patience: .zero)
        board.asks()
        try await Task.sleep(for: .milliseconds(10))
        #expect(board.current.detail == "not connected yet")
    }
}
