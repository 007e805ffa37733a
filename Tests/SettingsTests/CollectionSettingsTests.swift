import Logging
import BSON
@testable import Settings
import Testing

@Suite struct CollectionSettingsTests {
    private static func collection(_ documents: (inout BSONWriter) -> Void...) -> CollectionSettings {
        var sequence = BSONSequence()
        for document in documents { sequence.appendDocument(document) }
        return CollectionSettings(sequence)
    }

    /// By the settings' names.
    private static func texts(_ collection: CollectionSettings) -> [String: String] {
        Dictionary(uniqueKeysWithValues: collection.values.map { ($0.key.name, $0.value.text) })
    }

    private static func document(
        _ name: String, named field: StaticString = "_id", value: @escaping (inout BSONWriter) -> Void
    ) -> (inout BSONWriter) -> Void {
        { document in
            if "\(field)" != "_id" { document.append("_id", int64: 7) }
            document.append(field, string: name)
            value(&document)
        }
    }

    @Test("_id, key or name names the setting", arguments: ["_id", "key", "name"] as [StaticString])
    func naming(field: StaticString) {
        let read = Self.collection(
            Self.document("rabbitMQ.enabled", named: field) { $0.append("value", bool: false) })
        #expect(read.values[.rabbitMQEnabled]?.text == "false")
        #expect(read.mistakes.isEmpty)
    }

    @Test func `a name may be a label for people`() {
        let read = Self.collection(
            Self.document("rabbitMQ.prefetch") { document in
                document.append("name", string: "Messages at a time")
                document.append("value", int64: 7)
            })
        #expect(read.values[.rabbitMQPrefetch]?.text == "7")
        #expect(read.mistakes.isEmpty)
    }

    @Test func `the fields themselves name settings, nested or dotted, in whatever document`() {
        let read = Self.collection(
            Self.document("anything") { document in
                document.append(
                    "rabbitMQ",
                    document: { rabbit in
                        rabbit.append("enabled", string: "no")
                        rabbit.append("transaction", document: { $0.append("endopintName", string: "tx") })
                    })
                document.append("log.level", string: "debug")
            },
            Self.document("rabbitMQ.producer") { $0.append("port", int64: 5673) })
        #expect(read.values[.rabbitMQEnabled]?.text == "no")
        #expect(read.values[.rabbitMQTransactionEndpointName]?.text == "tx")
        #expect(read.values[.logLevel]?.text == "debug")
        #expect(read.values[.rabbitMQProducerPort]?.text == "5673")
        #expect(read.mistakes.map(\.rule) == ["old-spelling"])
        #expect(read.mistakes.first?.severity == .hint)
        #expect(read.places[.rabbitMQEnabled] == [.shared])
    }

    @Test func `a value is taken typed as a console writes it, or as text`() {
        let read = Self.collection(
            Self.document("lanes") { $0.append("value", double: 4) },
            Self.document("rabbitMQ.prefetch") { $0.append("value", string: "50") },
            Self.document("limits.batchItems") { $0.append("value", int64: 10) },
            Self.document("companies.allowed") { document in
                document.append(
                    "value",
                    array: { list in
                        list.append("0", string: "napse")
                        list.append("1", string: "acme")
                    })
            },
            Self.document("rabbitMQ.host") { $0.append("value", null: ()) },
            Self.document("rabbitMQ.username") { $0.append("value", string: "") })
        #expect(read.mistakes.isEmpty)
        #expect(
            Self.texts(read) == [
                "lanes": "4", "rabbitMQ.prefetch": "50", "limits.batchItems": "10", "companies.allowed": "napse,acme",
            ])
    }

    @Test func `what cannot be used is told with its document, and the rest is taken`() {
        let read = Self.collection(
            Self.document("a") { $0.append("rabbitMQ", bool: true) },
            Self.document("console.port") { $0.append("value", int64: 9000) },
            Self.document("definitions.directory") { $0.append("value", string: "/etc") },
            Self.document("lanes") { $0.append("value", string: "many") },
            Self.document("log.level") { $0.append("value", document: { $0.append("is", string: "info") }) },
            Self.document("rabbitMQ.enabeld") { $0.append("value", bool: false) },
            Self.document("rabbitMQ.enabled") { $0.append("enabled", bool: false) },
            Self.document("rabbitMQ.password") { $0.append("value", document: { $0.append("p", string: "hunter2") }) },
            Self.document("rabbitMQ.uri") { $0.append("value", string: "http://u:hunter2@h") },
            Self.document("theme") { $0.append("value", string: "dark") },
            Self.document("z") { $0.append("rabbitMQ.prefetch", int64: 5) })
        #expect(Self.texts(read) == ["rabbitMQ.prefetch": "5"])
        let lines = read.mistakes.map(\.description)
        let expected = [
            "configuration 'a': 'rabbitMQ' has keys of its own; found a single value",
            "configuration 'console.port': console.port cannot come from this collection: it is needed before",
            "configuration 'definitions.directory': definitions.directory cannot come from this collection: it is about",
            "configuration 'lanes': lanes: expected a whole number from 1 to 64, found 'many'",
            "configuration 'log.level': 'log.level' takes a single value, found keys and values",
            "configuration 'rabbitMQ.enabeld': unknown setting 'rabbitMQ.enabeld' (did you mean 'rabbitMQ.enabled'?)",
            "configuration 'rabbitMQ.enabled': 'rabbitMQ.enabled' has no value; give it a field 'value'",
            "configuration 'rabbitMQ.password': 'rabbitMQ.password' takes a single value, found keys and values",
            "configuration 'rabbitMQ.uri': rabbitMQ.uri: ",
            "configuration 'theme': hint: 'theme' is not a setting of the gateway",
        ]
        #expect(lines.count == expected.count, "\(lines)")
        for (line, words) in zip(lines, expected) { #expect(line.hasPrefix(words)) }
        #expect(!lines.contains { $0.contains("hunter2") })
    }

    @Test func `of two documents that say different things of one setting neither counts, and that is told`() {
        let read = Self.collection(
            Self.document("a") { $0.append("log.level", string: "debug") },
            Self.document("log.level") { $0.append("value", string: "error") })
        #expect(read.values[.logLevel] == nil)
        #expect(read.unusable.keys.map(\.name) == ["log.level"])
        #expect(
            read.mistakes.map(\.description) == [
                "configuration 'log.level': 'log.level' is given twice, and not the same, here and by configuration 'a':"
                    + " neither counts; take one of them out"
            ])
        #expect(read.places[.logLevel]?.count == 2)
    }

    @Test func `two documents that say the same are worth a hint`() {
        let read = Self.collection(
            Self.document("a") { $0.append("lanes", int64: 3) },
            Self.document("lanes") { $0.append("value", string: "3") })
        #expect(read.values[.lanes]?.text == "3")
        #expect(read.mistakes.map(\.severity) == [.hint])
        #expect(read.unusable.isEmpty)
    }

    @Test func `any document is read without an end to the process`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var sequence = BSONSequence()
            let bytes = (0..<Int.random(in: 0..<60)).map { _ in UInt8.random(in: 0...255, using: &random) }
            bytes.withUnsafeBytes { sequence.append(copying: $0) }
            _ = CollectionSettings(sequence)
        }
    }

    // MARK: As a layer

    private func read(
        _ collection: CollectionSettings?, environment: [String: String] = [:],
        needing needs: Set<SettingRules.Need> = []
    ) -> SettingsReader.Reading {
        SettingsReader(
            environment: environment, commandLine: [Setting.lanes.key: ("--set", "8")]
        ).read(collection: collection, needing: needs)
    }

    @Test func `the collection counts more than file and default, less than environment and command line`() {
        let collection = Self.collection(
            Self.document("lanes") { $0.append("value", int64: 3) },
            Self.document("log.level") { $0.append("value", string: "error") },
            Self.document("rabbitMQ.prefetch") { $0.append("value", int64: 5) })
        let settings = read(collection, environment: ["LOG_LEVEL": "debug"]).settings
        #expect(settings[.lanes] == 8)
        #expect(settings[.logLevel] == .debug)
        #expect(settings[.rabbitMQPrefetch] == 5)
        #expect(settings.values[.rabbitMQPrefetch]?.origin == .collection(id: "rabbitMQ.prefetch"))
    }

    @Test func `what it says of a broker is left out where it is in conflict, and the rest taken`() {
        let collection = Self.collection(
            Self.document("rabbitMQ.host") { $0.append("value", string: "other") },
            Self.document("rabbitMQ.prefetch") { $0.append("value", int64: 5) })
        let reading = read(collection, environment: ["RABBITMQ_URI": "amqp://u:hunter2@h/"])
        #expect(reading.mistakes.isEmpty)
        #expect(reading.settings[.rabbitMQHost] == "localhost")
        #expect(reading.settings[.rabbitMQPrefetch] == 5)
        #expect(reading.collectionMistakes.count == 1)
        let words = reading.collectionMistakes.first?.description ?? ""
        #expect(words.hasPrefix("configuration 'rabbitMQ.host': rabbitMQ.uri excludes rabbitMQ.host"))
        #expect(words.contains("left out") && !words.contains("hunter2"))
    }

    @Test func `it can name the queue`() {
        let collection = Self.collection(
            Self.document("rabbitMQ.endpointName") { $0.append("value", string: "q") })
        #expect(read(collection, needing: [.consumer]).mistakes.isEmpty)
        #expect(read(CollectionSettings(), needing: [.consumer]).mistakes.map(\.rule) == ["endpoint-missing"])
    }
}

extension BSONWriter {
    fileprivate mutating func append(_ name: StaticString, double: Double) {
        append(Self.bytes(of: name), double: double)
    }
}
