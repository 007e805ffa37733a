import Logging
@testable import Service
import Settings
import Testing

/// What is done and said when something was read.
@Suite struct ConfigurationStateTests {
    private static func reading(
        _ environment: [String: String], collection: CollectionSettings? = CollectionSettings()
    ) -> ConfigurationReader.Reading {
        ConfigurationReader(settings: SettingsReader(environment: environment)).read(collection: collection)
    }

    private static let queue = ["RABBITMQ_ENDPOINT_NAME": "q"]

    private func start(_ environment: [String: String] = queue) throws -> ConfigurationState {
        let first = Self.reading(environment, collection: nil)
        return ConfigurationState(try #require(first.configuration), told: first.hints)
    }

    private func take(
        _ reading: ConfigurationReader.Reading, isFirst: Bool = false, into state: inout ConfigurationState
    ) -> ConfigurationState.Decision {
        state.take(reading, isFirst: isFirst)
    }

    @Test func `nothing runs before the collection was read, whatever else is read`() throws {
        var state = try start()
        let early = take(Self.reading(["RABBITMQ_ENDPOINT_NAME": "other"], collection: nil), into: &state)
        #expect(early.configuration != nil)
        #expect(early.routes == nil)
        let decided = take(Self.reading(Self.queue), isFirst: true, into: &state)
        #expect(decided.routes?.map(\.terms.queues) == [["q"]])
        #expect(decided.outcome == nil)
    }

    @Test func `what is refused leaves all as it was, and is told until it is mended`() throws {
        var state = try start()
        _ = take(Self.reading(Self.queue), isFirst: true, into: &state)
        let broken = take(Self.reading(["LANES": "0"]), into: &state)
        #expect(broken.configuration == nil)
        #expect(broken.routes?.map(\.terms.queues) == [["q"]])
        #expect(broken.outcome == .refused)
        #expect(broken.log.map(\.level) == [.error, .error])
        #expect(broken.log.allSatisfy { $0.text.hasPrefix("not reloaded: ") })
        #expect(
            broken.warnings == [
                "not reloaded, what was read before stays in force: environment LANES: lanes: expected a whole number"
                    + " from 1 to 64, found '0' (and 1 more, which the log tells)"
            ])
        let mended = take(Self.reading(Self.queue), into: &state)
        #expect(mended.outcome == .done)
        #expect(mended.warnings == [])
    }

    @Test func `refused at first, nothing runs: the collection may have forbidden it`() throws {
        var state = try start()
        let broken = take(Self.reading(["LANES": "0"]), isFirst: true, into: &state)
        #expect(broken.routes == nil)
        #expect(broken.stopped.first?.contains("LANES") == true)
        let mended = take(Self.reading(Self.queue), isFirst: true, into: &state)
        #expect(mended.routes?.map(\.terms.queues) == [["q"]])
        #expect(mended.stopped.isEmpty && mended.warnings.isEmpty)
    }

    @Test func `a change of the collection is followed though files were refused, and these are told on`() throws {
        var state = try start()
        _ = take(Self.reading(Self.queue), isFirst: true, into: &state)
        let broken = take(Self.reading(["LANES": "0"]), into: &state)
        let beside = state.take(
            Self.reading(Self.queue.merging(["RABBITMQ_ENABLED": "false"]) { $1 }), isFirst: false, besideRefused: true)
        #expect(beside.routes?.isEmpty == true)
        #expect(beside.warnings == broken.warnings)
    }

    @Test func `what waits for a restart is told once, and stays a warning`() throws {
        var state = try start()
        _ = take(Self.reading(Self.queue), isFirst: true, into: &state)
        let words = "console.port: 8080 -> 1 (environment CONSOLE_PORT): takes effect at the next start"
        let changed = Self.reading(Self.queue.merging(["CONSOLE_PORT": "1"]) { $1 })
        let first = take(changed, into: &state)
        #expect(first.log.contains(ConfigurationState.Line(level: .warning, text: words)))
        #expect(first.warnings == [words])
        let second = take(changed, into: &state)
        #expect(!second.log.contains { $0.text == words })
        #expect(second.warnings == [words])
        #expect(take(Self.reading(Self.queue), into: &state).warnings == [])
    }

    @Test func `a hint is told once, as long as it is true`() throws {
        var state = try start()
        let hinted = Self.reading(Self.queue.merging(["RABBITMQ_TRANSACTION_ENDOPINT_NAME": "t"]) { $1 })
        let tellings = [hinted, hinted, Self.reading(Self.queue), hinted].map { reading in
            take(reading, into: &state).log.count { $0.text.contains("endopintName") }
        }
        #expect(tellings == [1, 0, 0, 1])
    }

    @Test func `a test that fails refuses a reload, but neither the start nor what has nothing to do with it`() throws {
        var state = try start()
        func reading(_ failed: [String], _ more: [String: String] = [:]) -> ConfigurationReader.Reading {
            var reading = Self.reading(Self.queue.merging(more) { $1 })
            reading.failedTests = failed
            return reading
        }
        let inForce = "the mappings in force fail their tests: a.test.yaml:3:5 fails"
        let first = take(reading(["a.test.yaml:3:5 fails"]), isFirst: true, into: &state)
        #expect(first.routes?.count == 1)
        #expect(first.warnings == [inForce])
        #expect(first.log.contains(ConfigurationState.Line(level: .error, text: "a.test.yaml:3:5 fails")))

        // Known: settings are followed all the same.
        let off = take(reading(["a.test.yaml:3:5 fails"], ["RABBITMQ_ENABLED": "false"]), into: &state)
        #expect(off.outcome == .done && off.routes?.isEmpty == true && off.warnings == [inForce])

        let refused = take(reading(["a.test.yaml:3:5 fails", "b.test.yaml:9:5 fails"]), into: &state)
        #expect(refused.outcome == .refused && refused.configuration == nil && refused.routes?.isEmpty == true)
        #expect(
            refused.warnings == [
                "not reloaded, what was read before stays in force: b.test.yaml:9:5 fails", inForce,
            ])

        let mended = take(reading([]), into: &state)
        #expect(mended.outcome == .done && mended.routes?.count == 1 && mended.warnings == [])
        // What was fixed once must stay fixed.
        #expect(take(reading(["a.test.yaml:3:5 fails"]), into: &state).outcome == .refused)
    }

    @Test func `enabled false wants no route, and true all of them`() throws {
        var state = try start()
        let off = Self.reading(Self.queue.merging(["RABBITMQ_ENABLED": "false"]) { $1 })
        #expect(take(off, isFirst: true, into: &state).routes?.isEmpty == true)
        #expect(take(Self.reading(Self.queue), into: &state).routes?.count == 1)
    }
}
