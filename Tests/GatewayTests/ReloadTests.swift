import Console
import Foundation
import Testing

@testable import Gateway

@Suite struct ReloadTests {
    /// Runs `body` with an empty directory.
    private static func withDirectory(_ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("reload-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
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
            func configuration() throws -> Configuration {
                let reading = reader.read(collection: CollectionSettings())
                return try #require(reading.configuration, "\(reading.errors)")
            }
            let before = try configuration()
            let stamps = reader.stamps(before)
            #expect(reader.stamps(before) == stamps)
            try Self.write("from,to\n1,uno\n2,dos\n", to: full)
            #expect(reader.stamps(before) != stamps)
            #expect(try before.routes[0].terms != configuration().routes[0].terms)
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

    @Test func `files are read when they have changed and then stayed for one look, once`() throws {
        try Self.withDirectory { directory in
            let file = directory + "/a"
            func stamps() -> FileStamps { FileStamps(files: [file], directories: []) }
            var trigger = ReloadTrigger(stamps())
            expect(trigger.mustReload(after: .look(stamps())), is: false)
            try Self.write("1", to: file)
            expect(trigger.mustReload(after: .look(stamps())), is: false)
            try Self.write("12", to: file)
            expect(trigger.mustReload(after: .look(stamps())), is: false)
            expect(trigger.mustReload(after: .look(stamps())), is: true)
            expect(trigger.mustReload(after: .look(stamps())), is: false)
            // And back to nothing.
            try FileManager.default.removeItem(atPath: file)
            expect(trigger.mustReload(after: .look(stamps())), is: false)
            expect(trigger.mustReload(after: .look(stamps())), is: true)
        }
    }

    @Test func `SIGHUP always reads, and what it has read is no change at the next look`() throws {
        try Self.withDirectory { directory in
            func stamps() -> FileStamps { FileStamps(files: [directory + "/a"], directories: []) }
            var trigger = ReloadTrigger(stamps())
            expect(trigger.mustReload(after: .hangup(stamps())), is: true)
            try Self.write("1", to: directory + "/a")
            expect(trigger.mustReload(after: .hangup(stamps())), is: true)
            expect(trigger.mustReload(after: .look(stamps())), is: false)
            expect(trigger.mustReload(after: .look(stamps())), is: false)
        }
    }

    @Test func `the collection is a reason when it is read first and when it differs`() {
        var trigger = ReloadTrigger(FileStamps(files: [], directories: []))
        expect(trigger.mustReload(after: .collection([])), is: true)
        expect(trigger.mustReload(after: .collection([])), is: false)
        expect(trigger.mustReload(after: .collection([1])), is: true)
        expect(trigger.mustReload(after: .collection([1])), is: false)
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
    private func expect(
        _ decision: Bool, is expected: Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(decision == expected, sourceLocation: sourceLocation)
    }
}
