import Ingest
import BSON
import Contracts
import IngestTesting
import JSON
import Mappings
@testable import Publishing
import Synchronization
import Testing

/// Feeds while everything goes wrong at random: requests fail or take long, answers are lost, the broker drops and refuses,
/// gateways come and go, people give commands. The same seed gives the same course.
@Suite("A feed in trouble, simulated")
struct FeedCourseTests {
    struct Course: Sendable, CustomTestStringConvertible {
        let name: String
        let configuration: FeedConfiguration
        let seed: UInt64
        var testDescription: String { "\(name), seed \(seed)" }
    }

    static let courses: [Course] = (1...4).flatMap { seed in
        [
            Course(name: "by field", configuration: FeedWorld.configuration(byField, every: 5000), seed: seed),
            Course(
                name: "by field, watching", configuration: FeedWorld.configuration(byField, watches: true), seed: seed),
            Course(name: "by flag", configuration: FeedWorld.configuration(FeedWorld.byFlag, every: 5000), seed: seed),
            Course(
                name: "by flag, watching", configuration: FeedWorld.configuration(FeedWorld.byFlag, watches: true),
                seed: seed),
        ]
    }

    private static let overlap: Int64 = 10_000
    /// Changes come as soon as they are made, but not in the order of their times.
    private static let byField = FeedPlan.Progress.field("lastUpdate", overlapMilliseconds: overlap)

    /// The newest version of each document, and when it was written.
    private final class Written: Sendable {
        private let state = Mutex([Int: (version: Int, at: Int64)]())

        func next(of number: Int, at time: Int64) -> Int {
            state.withLock { state in
                let version = (state[number]?.version ?? 0) + 1
                state[number] = (version, time)
                return version
            }
        }
        var all: [Int: (version: Int, at: Int64)] { state.withLock { $0 } }
    }

    @Test(arguments: courses)
    func `loses nothing, keeps the order of versions, and comes to rest`(_ course: Course) async throws {
        try await FeedWorld.with(seed: course.seed) { world in
            let written = Written()
            try await Self.trouble(world, course.configuration, written)
            world.database.fail(nil)
            world.database.delay(nil)
            world.broker.fail(nil)
            world.database.command("limits") { $0.append("isPaused", bool: false) }
            let last = world.start("last", course.configuration)
            try await world.simulation.until("all came; \(last.status), rows \(world.database.postings.map(\.id))") {
                let versions = world.versions
                return world.database.postings.isEmpty && world.row?.isIncomplete == false
                    && written.all.allSatisfy { versions["d\($0.key)"]?.last == $0.value.version }
            }
            await last.stop()
            for (id, versions) in world.versions { #expect(versions == versions.sorted(), "\(id): \(versions)") }
            if case .flag = course.configuration.plan.progress { #expect(world.flagged == written.all.count) }
        }
    }

    private static func trouble(_ world: FeedWorld, _ configuration: FeedConfiguration, _ written: Written) async throws
    {
        let simulation = world.simulation
        world.database.fail { _ in
            simulation.chance(0.1) ? InMemoryDatabase.Fault.allCases[simulation.number(in: 0...3)] : nil
        }
        world.database.delay { .milliseconds(simulation.chance(0.02) ? 7000 : simulation.number(in: 0...30)) }
        world.broker.fail { _ in
            simulation.chance(0.05) ? InMemoryBroker.Fault.allCases[simulation.number(in: 0...2)] : nil
        }
        var gateways: [SimulatedGateway] = []
        for step in 0..<150 {
            let number = simulation.number(in: 0...19)
            let time = simulation.now
            world.put(number, version: written.next(of: number, at: time), at: time)
            if step.isMultiple(of: 25) {
                if gateways.count == 2 { await gateways.removeFirst().stop() }
                gateways.append(
                    world.start(
                        "g\(step)", configuration, releases: simulation.chance(0.5),
                        renewing: {
                            try? await simulation.sleep(.milliseconds(simulation.chance(0.01) ? 6000 : 1))
                        }))
            }
            if simulation.chance(0.05) { command(world, step) }
            try checkMark(world, written)
            try await simulation.sleep(.milliseconds(simulation.number(in: 5...1500)))
        }
        for gateway in gateways { await gateway.stop() }
    }

    private static func command(_ world: FeedWorld, _ step: Int) {
        switch world.simulation.number(in: 0...3) {
        case 0: world.database.command("limits") { $0.append("isPaused", bool: true) }
        case 1: world.database.command("limits") { $0.append("runRequestedAt", date: Int64(step + 1)) }
        case 2:
            world.database.command("limits") { row in
                row.append("rewind", document: { $0.append("at", date: Int64(step + 1)) })
            }
        default: break
        }
        if world.simulation.chance(0.7) { world.database.command("limits") { $0.append("isPaused", bool: false) } }
    }

    /// What lies behind the saved mark, and behind the overlap that is read again before it, was confirmed, or is a row.
    private static func checkMark(_ world: FeedWorld, _ written: Written) throws {
        guard let mark = world.row?.mark?.value.date else { return }
        let known = Set(world.received).union(
            world.database.postings.compactMap { $0.messageId?.description })
        for (number, newest) in written.all where newest.at < mark - overlap {
            let id = "limits:d\(number):\(newest.version)"
            try require(known.contains(id), "the mark has passed \(id), which nobody has confirmed")
        }
    }
}
