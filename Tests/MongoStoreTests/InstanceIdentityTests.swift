import MongoStore
import Testing

@Suite("Which process an instance is")
struct InstanceIdentityTests {
    /// proc(5): the command's name stands in brackets and may hold anything.
    @Test(
        "The start time is read behind the name, whatever the name holds",
        arguments: [
            ("gateway", "S", 4711), ("a b", "R", 4711), (") S 1 (", "S", 4711), ("gateway", "Z", nil),
            ("gateway", "X", nil),
        ] as [(String, String, Int64?)])
    func stat(name: String, state: String, expected: Int64?) {
        let numbers = (4...21).map(String.init).joined(separator: " ")
        let stat = "17 (\(name)) \(state) \(numbers) 4711 1 2 3"
        #expect(InstanceIdentity.startTicks(stat: stat) == expected)
    }

    @Test("Text that is not a stat file", arguments: ["", "17", "17 (gateway)", "17 (gateway) S 1 2 3"])
    func noStat(text: String) {
        #expect(InstanceIdentity.startTicks(stat: text) == nil)
    }

    @Test("This process runs; one with the same pid and another start does not")
    func running() {
        let own = InstanceIdentity.current()
        #expect(own.startTicks > 0 && !own.host.isEmpty && !own.space.contains("?"))
        #expect(InstanceIdentity.isRunning(pid: own.pid, startTicks: own.startTicks))
        #expect(!InstanceIdentity.isRunning(pid: own.pid, startTicks: own.startTicks + 1))
        #expect(!InstanceIdentity.isRunning(pid: 2_000_000_000, startTicks: own.startTicks))
        #expect(InstanceIdentity.current().id != own.id)
    }
}
