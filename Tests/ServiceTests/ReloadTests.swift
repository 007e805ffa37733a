import Console
import Contracts
import Foundation
@testable import Service
import Settings
import Testing

@Suite struct ReloadTests {
    /// Runs `body` with an empty directory.
    private static func withDirectory(_ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("reload-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }

    private static func withDirectory(_ body: (String) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("reload-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try await body(url.path)
    }

    private static func write(_ text: String, to path: String, atomically: Bool = false) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: atomically ? .atomic : [])
    }

    // MARK: Files

    @Test func `whatever an editor does to a file changes the stamps`() throws {
        try Self.withDirectory { directory in
            let file = directory + "/a.yaml"
            func stamps() -> FileStamps { FileStamps(files: [file], directories: [directory]) }
            var all = [stamps()]
            try Self.write("a: 1", to: file)
            all.append(stamps())
            #expect(stamps() == stamps())
            try Self.write("a: 12", to: file)
            all.append(stamps())
            // Another file under the old name, of the same size.
            try Self.write("a: 13", to: file, atomically: true)
            all.append(stamps())
            try FileManager.default.createDirectory(atPath: directory + "/more", withIntermediateDirectories: true)
            try Self.write("x", to: directory + "/more/lookup.csv")
            all.append(stamps())
            try FileManager.default.removeItem(atPath: file)
            all.append(stamps())
            for (one, other) in zip(all, all.dropFirst()) { #expect(one != other) }
        }
    }

    @Test func `a table that lies too deep to be seen is looked at where a mapping names it`() throws {
        try Self.withDirectory { directory in
            let table = ".tables/a/b/c/d/e/units.csv"
            let full = directory + "/" + table
            try FileManager.default.createDirectory(
                atPath: String(full.dropLast("/units.csv".count)), withIntermediateDirectories: true)
            try Self.write("from,to\n1,one\n", to: full)
            try Self.write(
                """
                routes:
                  r:
                    from: { amqp: { queue: q } }
                    definition: catalogZone
                    message:
                      companyId: napse
                      items: $.a[*]
                      operation: I
                      fields: { code: .c, name: { path: .n, lookup: { file: \(table), key: from, column: to } } }
                """, to: directory + "/m.yaml")
            let reader = ConfigurationReader(settings: SettingsReader(environment: ["MAPPINGS_DIRECTORY": directory]))
            let snapshot = FileSnapshot()
            func configuration(_ snapshot: FileSnapshot) throws -> Configuration {
                let reading = Files.reading(snapshot) { reader.read(collection: CollectionSettings()) }
                return try #require(reading.configuration, "\(reading.errors)")
            }
            let before = try configuration(snapshot)
            let stamps = reader.stamps(before, lastRead: snapshot)
            #expect(reader.stamps(before, lastRead: snapshot) == stamps)
            try Self.write("from,to\n1,uno\n2,dos\n", to: full)
            #expect(reader.stamps(before, lastRead: snapshot) != stamps)
            #expect(try before.routes[0].terms != configuration(FileSnapshot()).routes[0].terms)
        }
    }

    @Test func `a changed file of variables changes the routes that use it, and no other`() throws {
        try Self.withDirectory { directory in
            func route(_ name: String, _ queue: String) -> String {
                "  \(name):\n    from: { amqp: { queue: \"\(queue)\" } }\n    message: catalog\n"
            }
            try Self.write("routes:\n" + route("a", "a-${Q}") + route("b", "b"), to: directory + "/m.yaml")
            let (settings, variables) = (directory + ".yaml", directory + ".env")
            defer { for file in [settings, variables] { try? FileManager.default.removeItem(atPath: file) } }
            try Self.write("", to: settings)
            try Self.write("MAPPINGS_DIRECTORY=\(directory)\nQ=one\n", to: variables)
            let reader = ConfigurationReader(
                settings: SettingsReader(environment: [:], file: settings, variablesFile: variables))
            func configuration(_ snapshot: FileSnapshot) throws -> Configuration {
                let reading = Files.reading(snapshot) { reader.read(collection: CollectionSettings()) }
                return try #require(reading.configuration, "\(reading.errors)")
            }
            let snapshot = FileSnapshot()
            let before = try configuration(snapshot)
            #expect(before.routes.flatMap(\.terms.queues) == ["a-one", "b"])
            let stamps = reader.stamps(before, lastRead: snapshot)
            let testStamps = reader.testStamps(before)
            try Self.write("MAPPINGS_DIRECTORY=\(directory)\nQ=two\n", to: variables)
            #expect(reader.stamps(before, lastRead: snapshot) != stamps && reader.testStamps(before) != testStamps)
            let after = try configuration(FileSnapshot())
            #expect(after.routes.flatMap(\.terms.queues) == ["a-two", "b"])
            #expect(before.routes.map(\.terms)[0] != after.routes.map(\.terms)[0])
            #expect(before.routes.map(\.terms)[1] == after.routes.map(\.terms)[1])
        }
    }

    @Test func `what an editor keeps for itself does not`() throws {
        try Self.withDirectory { directory in
            try Self.write("a", to: directory + "/a.yaml")
            let before = try Self.contents(directory)
            try Self.write("b", to: directory + "/.a.yaml.swp")
            #expect(try Self.contents(directory) == before)
        }
    }

    /// The directory's own time aside, which a hidden file changes.
    private static func contents(_ directory: String) throws -> FileStamps {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { !$0.hasPrefix(".") }
        return FileStamps(files: names.map { directory + "/" + $0 }, directories: [])
    }

    @Test func `a directory that a link swaps for another has other stamps`() throws {
        try Self.withDirectory { directory in
            for name in ["one", "two"] {
                try FileManager.default.createDirectory(
                    atPath: directory + "/" + name, withIntermediateDirectories: true)
                try Self.write("same", to: directory + "/\(name)/m.yaml")
            }
            let link = directory + "/current"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "one")
            let before = FileStamps(files: [], directories: [link])
            try FileManager.default.removeItem(atPath: link)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "two")
            #expect(FileStamps(files: [], directories: [link]) != before)
        }
    }

    // MARK: When

    private static func look(
        _ trigger: inout ReloadTrigger, _ stamps: FileStamps, at seconds: Double
    ) -> ReloadTrigger.Action {
        trigger.look(stamps, now: .seconds(seconds))
    }

    private static func trigger(_ stamps: FileStamps) -> ReloadTrigger {
        // Long after the files were written.
        ReloadTrigger(stamps, now: .zero, wallClock: WallClock.now() + 3_600_000)
    }

    /// A test of what a trigger does with one file.
    private static func withTrigger(
        _ text: String, _ body: (inout ReloadTrigger, String, () -> FileStamps) throws -> Void
    ) throws {
        try withDirectory { directory in
            let file = directory + "/a"
            try write(text, to: file)
            func stamps() -> FileStamps { FileStamps(files: [file], directories: []) }
            var trigger = trigger(stamps())
            try body(&trigger, file, stamps)
        }
    }

    @Test func `files are read when they have changed and then been left alone, once`() throws {
        try Self.withTrigger("0") { trigger, file, stamps in
            expect(Self.look(&trigger, stamps(), at: 1), is: .nothing)
            try Self.write("1", to: file)
            expect(Self.look(&trigger, stamps(), at: 2), is: .nothing)
            expect(Self.look(&trigger, stamps(), at: 2.5), is: .nothing)
            try Self.write("12", to: file)
            expect(Self.look(&trigger, stamps(), at: 2.9), is: .nothing)
            expect(Self.look(&trigger, stamps(), at: 3.8), is: .nothing)
            expect(Self.look(&trigger, stamps(), at: 3.9), is: .read(unfinished: []))
            trigger.hasRead(stamps(), unfinished: [], isCurrent: true, now: .seconds(4))
            expect(Self.look(&trigger, stamps(), at: 5), is: .nothing)
            // And back to nothing.
            try FileManager.default.removeItem(atPath: file)
            expect(Self.look(&trigger, stamps(), at: 6), is: .nothing)
            expect(Self.look(&trigger, stamps(), at: 7), is: .read(unfinished: []))
        }
    }

    @Test func `SIGHUP reads at once what has not changed, and waits for what has`() throws {
        try Self.withTrigger("0") { trigger, file, stamps in
            trigger.hangUp()
            expect(Self.look(&trigger, stamps(), at: 1), is: .read(unfinished: []))
            trigger.hasRead(stamps(), unfinished: [], isCurrent: true, now: .seconds(1))
            expect(Self.look(&trigger, stamps(), at: 2), is: .nothing)
            try Self.write("half", to: file)
            trigger.hangUp()
            expect(Self.look(&trigger, stamps(), at: 3), is: .nothing)
            try Self.write("half and half", to: file)
            expect(Self.look(&trigger, stamps(), at: 3.9), is: .nothing)
            expect(Self.look(&trigger, stamps(), at: 4.9), is: .read(unfinished: []))
        }
    }

    @Test func `what has changed while it was read is read again, and waited for`() throws {
        try Self.withTrigger("0") { trigger, file, stamps in
            try Self.write("1", to: file)
            expect(Self.look(&trigger, stamps(), at: 1), is: .nothing)
            expect(Self.look(&trigger, stamps(), at: 2), is: .read(unfinished: []))
            try Self.write("12", to: file)
            trigger.hasRead(stamps(), unfinished: [], isCurrent: false, now: .seconds(2.1))
            expect(Self.look(&trigger, stamps(), at: 3), is: .nothing)
            expect(Self.look(&trigger, stamps(), at: 3.1), is: .read(unfinished: []))
        }
    }

    @Test func `a file that is empty and was not is one in the middle of being written, however long`() throws {
        try Self.withTrigger("0") { trigger, file, stamps in
            try Self.write("", to: file)
            for second in 1...10 { expect(Self.look(&trigger, stamps(), at: Double(second)), is: .nothing) }
            expect(Self.look(&trigger, stamps(), at: 11), is: .tell(unfinished: [file]))
            expect(Self.look(&trigger, stamps(), at: 12), is: .nothing)
            try Self.write("1", to: file)
            expect(Self.look(&trigger, stamps(), at: 13), is: .nothing)
            expect(Self.look(&trigger, stamps(), at: 14), is: .read(unfinished: []))
        }
    }

    @Test func `a file that is written for ever keeps none of the others, and is told once`() throws {
        try Self.withDirectory { directory in
            let (busy, other) = (directory + "/busy", directory + "/other")
            try Self.write("0", to: busy)
            try Self.write("0", to: other)
            func stamps() -> FileStamps { FileStamps(files: [busy, other], directories: []) }
            var trigger = Self.trigger(stamps())
            var actions: [ReloadTrigger.Action] = []
            for step in 1...40 {
                try Self.write(String(repeating: "x", count: step), to: busy)
                if step == 30 { try Self.write("1", to: other) }
                let action = Self.look(&trigger, stamps(), at: Double(step) / 2)
                if action != .nothing { actions.append(action) }
                if case .read(let unfinished) = action {
                    trigger.hasRead(stamps(), unfinished: unfinished, isCurrent: true, now: .seconds(step) / 2)
                }
            }
            #expect(actions == [.tell(unfinished: [busy]), .read(unfinished: [busy])])
            expect(Self.look(&trigger, stamps(), at: 30), is: .read(unfinished: []))
        }
    }

    @Test func `a file written a moment before the start is waited for`() throws {
        try Self.withDirectory { directory in
            try Self.write("0", to: directory + "/a")
            let stamps = FileStamps(files: [directory + "/a"], directories: [])
            let changed = try #require(stamps.stamps.values.first?.changed)
            var trigger = ReloadTrigger(stamps, now: .zero, wallClock: changed + 400)
            expect(trigger.isSettled(now: .seconds(0.5)), is: false)
            expect(trigger.isSettled(now: .seconds(0.6)), is: true)
            trigger.hasChangedMeanwhile()
            expect(trigger.isSettled(now: .seconds(5)), is: false)
        }
    }

    @Test func `written anew in place, in the same size and with its old time, a file has another stamp`() throws {
        try Self.withDirectory { directory in
            let file = directory + "/a"
            try Self.write("12", to: file)
            let before = FileStamp(file)
            let date = try FileManager.default.attributesOfItem(atPath: file)[.modificationDate]
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            try handle.write(contentsOf: Data("21".utf8))
            try handle.close()
            try FileManager.default.setAttributes([.modificationDate: try #require(date)], ofItemAtPath: file)
            #expect(FileStamp(file) != before)
        }
    }

    // MARK: Snapshots

    @Test func `what was read once stays as it was read, and is no longer current when the file is another`() throws {
        try Self.withDirectory { directory in
            let file = directory + "/a.yaml"
            try Self.write("one", to: file)
            let snapshot = FileSnapshot()
            func read() -> (String?, [String]?, String?) {
                Files.reading(snapshot) {
                    (Files.text(file), Files.names(in: directory), Files.text(directory + "/b.yaml"))
                }
            }
            #expect(read() == ("one", ["a.yaml"], nil))
            #expect(snapshot.isCurrent())
            try Self.write("other", to: file)
            try Self.write("new", to: directory + "/b.yaml")
            #expect(read() == ("one", ["a.yaml"], nil))
            #expect(!snapshot.isCurrent())
            #expect(Files.text(file) == "other")
            let next = FileSnapshot(keeping: [file], of: snapshot)
            #expect(Files.reading(next) { [Files.text(file), Files.text(directory + "/b.yaml")] } == ["one", "new"])
            #expect(!next.isCurrent())
            #expect(next.isCurrent(but: [file]))
        }
    }

    @Test func `a change of the collection is read beside the files that were read, whatever becomes of these`()
        async throws
    {
        try await Self.withDirectory { directory in
            let file = directory + "/gateway.yaml"
            try Self.write("companies: {allowed: [napse]}\nrabbitMQ: {endpointName: q}\n", to: file)
            let reader = ConfigurationReader(settings: SettingsReader(environment: [:], file: file))
            let snapshot = FileSnapshot()
            let first = try #require(Files.reading(snapshot) { reader.read(collection: nil) }.configuration)
            let files = ConfigurationFiles(reader, first: snapshot)
            defer { files.close() }
            try Self.write("", to: file)
            let reading = await files.readBesideLatest(collection: CollectionSettings(), previous: first.settings)
            #expect(reading.configuration?.settings[.companiesAllowed] == ["napse"])

            // And read from the disk after all, it is refused.
            let reread = await files.reread(
                collection: CollectionSettings(), previous: first.settings, current: first, unfinished: [])
            #expect(reread.isCurrent && reread.reading.configuration == nil)
            #expect(reread.reading.errors.first?.contains("the settings file is empty") == true)
            try FileManager.default.removeItem(atPath: file)
            #expect(reader.read(collection: nil, previous: first.settings).configuration == nil)
        }
    }

    // MARK: What

    private static func reader(_ environment: [String: String]) -> ConfigurationReader {
        ConfigurationReader(settings: SettingsReader(environment: environment))
    }

    @Test func `a queue that is not named is missing until the collection was read, and then an error`() {
        let reader = Self.reader([:])
        let open = reader.read(collection: nil)
        #expect(open.configuration?.routes.isEmpty == true)
        #expect(open.configuration?.missing.first?.hasPrefix("rabbitMQ.endpointName: not set") == true)
        let closed = reader.read(collection: CollectionSettings())
        #expect(closed.configuration == nil)
        #expect(closed.errors.count == 1)
    }

    @Test func `with another mistake beside it, it is told as well`() {
        let reading = Self.reader(["LANES": "0"]).read(collection: nil)
        #expect(reading.configuration == nil)
        #expect(reading.errors.count == 2, "\(reading.errors)")
    }

    @Test func `two routes that read one queue by different names are told with file, line and column`() throws {
        try Self.withDirectory { directory in
            try Self.write(
                """
                routes:
                  one: {from: {amqp: {queue: {setting: rabbitMQ.endpointName}}}, message: catalog}
                  two: {from: {amqp: {queue: q}}, message: catalog}
                """, to: directory + "/m.yaml")
            let reading = Self.reader(
                ["RABBITMQ_ENDPOINT_NAME": "q", "MAPPINGS_DIRECTORY": directory]
            ).read(collection: nil)
            #expect(reading.configuration == nil)
            #expect(reading.errors.count == 1)
            #expect(
                reading.errors.first?.hasPrefix("\(directory)/m.yaml:3:30: error: route 'one' reads the queue 'q'")
                    == true,
                "\(reading.errors)")
        }
    }

    @Test func `a change of settings is told in words, and no secret in them`() {
        func settings(_ environment: [String: String]) -> Settings {
            SettingsReader(environment: environment).read().settings
        }
        let change = SettingsChange(
            from: settings(["RABBITMQ_PASSWORD": "hunter2", "MONGODB_URI": "mongodb://u:hunter2@h/"]),
            to: settings([
                "RABBITMQ_PASSWORD": "hunter3", "MONGODB_URI": "mongodb://u:hunter3@h/", "LOG_LEVEL": "debug",
                "CONSOLE_PORT": "1",
            ]))
        #expect(
            change.live == [
                "rabbitMQ.password changed (environment RABBITMQ_PASSWORD)",
                "log.level: info -> debug (environment LOG_LEVEL)",
            ])
        #expect(
            change.atStart == [
                "mongoDB.uri changed (environment MONGODB_URI): takes effect at the next start",
                "console.port: 8080 -> 1 (environment CONSOLE_PORT): takes effect at the next start",
            ])
    }

    @Test func `a warning keeps its time as long as it is told`() {
        let warnings = Warnings()
        warnings.replace(with: ["a"], now: 1)
        warnings.replace(with: ["b", "a"], now: 2)
        #expect(warnings.all.map(\.since) == [2, 1])
        warnings.replace(with: [], now: 3)
        #expect(warnings.all.isEmpty)
    }

    /// What changes a value cannot stand in a macro.
    private func expect<Decision: Equatable>(
        _ decision: Decision, is expected: Decision, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(decision == expected, sourceLocation: sourceLocation)
    }
}
