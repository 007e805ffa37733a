@testable import MongoStore
import Testing

@Suite struct HealthBoardTests {
    @Test func `a store that does not answer in time is down`() {
        let (patient, hasty) = (HealthBoard(patience: .seconds(3600)), HealthBoard(patience: .seconds(-1)))
        for board in [patient, hasty] {
            board.reportUp(HealthBoard.control)
            board.startWaiting()
        }
        #expect(patient.current.isUp)
        #expect(!hasty.current.isUp && hasty.current.detail.contains("does not answer"))
        hasty.stopWaiting()
        #expect(hasty.current.isUp)
    }

    @Test func `a complaint is reported before a missing answer`() {
        let board = HealthBoard(patience: .seconds(-1))
        board.startWaiting()
        #expect(board.current.detail == "not connected yet")
    }
}
