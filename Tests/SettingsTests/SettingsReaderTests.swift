import Foundation
@testable import Settings
import Testing

@Suite struct SettingsReaderTests {
    private func read(
        _ yaml: String? = nil, environment: [String: String] = [:], needing needs: Set<SettingRules.Need> = []
    ) throws -> (settings: Settings, mistakes: [String]) {
        var path: String?
        if let yaml {
            let url = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID()).yaml")
            try Data(yaml.utf8).write(to: url)
            path = url.path
        }
        defer { if let path { try? FileManager.default.removeItem(atPath: path) } }
        let reader = SettingsReader(environment: environment, file: path)
        let reading = reader.read(needing: needs)
        return (reading.settings, reading.mistakes.map { $0.description.replacing(path ?? "-", with: "f.yaml") })
    }

    @Test func `the environment wins over the file, the file over the default`() throws {
        let yaml = "rabbitMQ:\n  endpointName: from.file\n  port: 5673\nmongoDB.database: other\n"
        let (settings, mistakes) = try read(yaml, environment: ["RABBITMQ_ENDPOINT_NAME": "from.environment"])
        #expect(mistakes.isEmpty)
        #expect(settings[.rabbitMQEndpointName] == "from.environment")
        #expect(settings[.rabbitMQPort] == 5673)
        #expect(settings[.mongoDBDatabase] == "other")
        #expect(settings[.rabbitMQHost] == "localhost")
    }

    @Test(
        "a mistake is reported with key, place and remedy",
        arguments: [
            (
                "rabbitMQ:\n  endpontName: x",
                "f.yaml:2:3: unknown setting 'rabbitMQ.endpontName' (did you mean 'endpointName'?)"
            ),
            ("rabitMQ:\n  uri: x", "f.yaml:1:1: unknown setting 'rabitMQ' (did you mean 'rabbitMQ'?)"),
            (
                "rabbitMQ:\n  port: many",
                "f.yaml:2:9: rabbitMQ.port: expected a whole number from 1 to 65535, found 'many'"
            ),
            ("rabbitMQ:\n  enabled: maybe", "f.yaml:2:12: rabbitMQ.enabled: expected true or false, found 'maybe'"),
            ("rabbitMQ: 5", "f.yaml:1:11: 'rabbitMQ' has keys of its own; found a single value"),
            ("console:\n  port: [1]", "f.yaml:2:9: 'console.port' takes a single value, found a list"),
            (
                "mongoDB:\n  database: a.b",
                "f.yaml:2:13: mongoDB.database: expected a database name of at most 63 bytes without / \\ . \" $ or spaces, found 'a.b'"
            ),
            (
                "mongoDB:\n  database: ${NOT_SET}",
                "f.yaml:2:13: 'mongoDB.database': environment variable NOT_SET is not set; set it, or write ${NOT_SET:-default}"
            ),
            (
                "mongoDB:\n  database: ${NOT_SET:?name the database}",
                "f.yaml:2:13: 'mongoDB.database': name the database"
            ),
        ])
    func mistake(yaml: String, expected: String) throws {
        #expect(try read(yaml).mistakes == [expected])
    }

    @Test func `the manual's misprint is understood, with a hint`() throws {
        let (settings, mistakes) = try read("rabbitMQ:\n  transaction:\n    endopintName: t\n")
        #expect(settings[.rabbitMQTransactionEndpointName] == "t")
        #expect(mistakes.count == 1 && mistakes[0].contains("hint:"))
    }

    @Test func `uri and parts exclude each other, and the error names all of them`() throws {
        let (_, mistakes) = try read(
            "rabbitMQ:\n  host: h\n  password: hunter2\n",
            environment: ["RABBITMQ_URI": "amqp://u:hunter2@h/"])
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.contains("rabbitMQ.uri excludes rabbitMQ.password") == true)
        #expect(mistakes.first?.contains("rabbitMQ.host (f.yaml:2:9)") == true)
        #expect(mistakes.first?.contains("hunter2") == false)
    }

    @Test func `no mistake ever shows a secret`() throws {
        let (_, mistakes) = try read(environment: [
            "RABBITMQ_URI": "amqp://user:hunter2@host:notaport/", "MONGODB_URI": "mongo://user:hunter2@host",
            "RABBITMQ_PRODUCER_URI": "http://user:hunter2@host",
        ])
        #expect(mistakes.count == 3)
        #expect(mistakes.allSatisfy { !$0.contains("hunter2") }, "\(mistakes)")
    }

    @Test func `a variable's value can come from a file`() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("secret-\(UUID())")
        try Data("s3cret\n".utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let (settings, mistakes) = try read(environment: ["RABBITMQ_PASSWORD_FILE": url.path])
        #expect(mistakes.isEmpty)
        #expect(settings[.rabbitMQPassword] == "s3cret")
        let missing = try read(environment: ["RABBITMQ_PASSWORD_FILE": "/nowhere"]).mistakes
        #expect(missing.count == 1 && missing[0].contains("RABBITMQ_PASSWORD_FILE"))
    }

    @Test func `the queue is asked for only where something consumes`() throws {
        #expect(try read(needing: [.consumer]).mistakes.count == 1)
        #expect(try read(environment: ["RABBITMQ_ENABLED": "false"], needing: [.consumer]).mistakes.isEmpty)
        #expect(try read().mistakes.isEmpty)
    }

    @Test(
        "interpolation",
        arguments: [
            ("a${X}b", "a1b"), ("${Y:-d}", "d"), ("${EMPTY:-d}", "d"), ("$$${X}", "$1"), ("cost $5", "cost $5"),
            ("${X:-d}", "1"),
        ])
    func interpolation(text: String, expected: String) {
        #expect(Interpolation.expand(text, environment: ["X": "1", "EMPTY": ""]) == .success(expected))
    }

    @Test(
        "interpolation where a dollar sign has a meaning of its own",
        arguments: [
            ("a${X}b", "a1b"), ("${Y:-d}", "d"), ("$$", "$$"), ("$.a $$x", "$.a $$x"), ("$${X}", "${X}"),
            ("$$${X}", "$${X}"), ("$$ ${X}", "$$ 1"), ("^.a$", "^.a$"), ("$", "$"),
        ])
    func references(text: String, expected: String) {
        #expect(Interpolation.expandReferences(text, environment: ["X": "1"]) == .success(expected))
    }

    @Test(
        "durations of settings, from the shortest that makes sense",
        arguments: [
            ("rabbitMQ.producer.interval", "500ms", 500), ("rabbitMQ.producer.interval", "100ms", 100),
            ("rabbitMQ.producer.interval", "99ms", nil), ("rabbitMQ.enginestatus.offlineAfter", "1500ms", 1500),
            ("rabbitMQ.enginestatus.offlineAfter", "999ms", nil), ("rabbitMQ.enginestatus.offlineAfter", "1s", 1000),
        ] as [(String, String, Int?)])
    func durations(name: String, text: String, milliseconds: Int?) throws {
        let (settings, mistakes) = try read("\(name): \(text)\n")
        let setting: Setting<Duration> =
            name == "rabbitMQ.producer.interval" ? .rabbitMQProducerInterval : .rabbitMQEnginestatusOfflineAfter
        if let milliseconds {
            #expect(mistakes.isEmpty && settings[setting] == .milliseconds(milliseconds))
        } else {
            #expect(mistakes.count == 1 && mistakes[0].contains(": \(name): expected from 1"), "\(mistakes)")
        }
    }
}
