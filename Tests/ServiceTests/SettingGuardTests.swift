import BSON
import Foundation
@testable import Service
@testable import Settings
import Testing

/// A value that cannot be read keeps what is in force, and at a start stops what it guards.
@Suite struct SettingGuardTests {
    private static func collection(_ documents: (inout BSONWriter) -> Void...) -> CollectionSettings {
        var sequence = BSONSequence()
        for document in documents { sequence.appendDocument(document) }
        return CollectionSettings(sequence)
    }

    private static func value(
        of name: String, _ append: @escaping (inout BSONWriter) -> Void
    ) -> (inout BSONWriter) -> Void {
        { document in
            document.append("_id", string: name)
            append(&document)
        }
    }

    private static func read(_ collection: CollectionSettings?, previous: Settings? = nil) -> SettingsReader.Reading {
        SettingsReader(environment: [:]).read(collection: collection, previous: previous)
    }

    /// Good values of every kind.
    private static func good(_ key: SettingKey) -> String {
        switch key.kind {
        case .bool: "false"
        case .integer(let range): "\(min(range.upperBound, 1024))"
        case .list: "napse"
        case .choice(let words): words[0]
        case .duration: "3m"
        case .timeZone: "Europe/Madrid"
        case .brokerURI, .storeURI: "amqp://h/"
        case .text, .queueName, .host, .databaseName, .secret, .token: "something-of-16-bytes"
        }
    }

    private static let bad: [(what: String, append: @Sendable (inout BSONWriter) -> Void)] = [
        ("keys and values", { $0.append("value", document: { $0.append("a", int64: 1) }) }),
        ("a list of numbers", { $0.append("value", array: { $0.append("0", int64: 1) }) }),
        (
            "a list with null",
            { document in
                document.append(
                    "value",
                    array: { list in
                        list.append("0", string: "napse")
                        list.append("1", null: ())
                    })
            }
        ),
        ("a list with nothing", { $0.append("value", array: { $0.append("0", string: " ") }) }),
        ("a list with a comma", { $0.append("value", array: { $0.append("0", string: "a,b") }) }),
        ("a misprint", { $0.append("value", string: ",flase,") }),
        ("no value at all", { $0.append("is", bool: true) }),
    ]

    @Test(
        "each key with each invalid value: the previous value stays in force, and at a start there is none",
        arguments: SettingKey.all.filter { $0.reach == .everywhere })
    func everyKey(key: SettingKey) {
        let before = Settings(values: [key: SettingValue(text: Self.good(key), origin: .default)])
        for (what, append) in Self.bad {
            let collection = Self.collection(Self.value(of: key.name, append))
            guard collection.values[key] == nil else {
                // Any text is a name or a password.
                #expect(key.kind.isFreeText && what == "a misprint", "\(key.name): \(what)")
                continue
            }
            let start = Self.read(collection)
            #expect(start.settings.unreadable[key] != nil, "\(key.name): \(what)")
            #expect(start.settings.stops == key.stops)
            #expect(start.collectionMistakes.contains { $0.severity == .error }, "\(key.name): \(what)")
            let later = Self.read(collection, previous: before)
            #expect(later.settings.unreadable.isEmpty)
            #expect(later.settings.values[key]?.text == Self.good(key), "\(key.name): \(what)")
            // What was not set stays so, whatever a lower layer says by now.
            #expect(Self.read(collection, previous: Settings(values: [:])).settings.values[key] == nil)
            // And what nobody has known is not known by waiting.
            #expect(Self.read(collection, previous: start.settings).settings.unreadable[key] != nil)
        }
    }

    @Test("null and an empty text are not given", arguments: SettingKey.all.filter { $0.reach == .everywhere })
    func notGiven(key: SettingKey) {
        let appends: [@Sendable (inout BSONWriter) -> Void] = [
            { $0.append("value", null: ()) }, { $0.append("value", string: "") },
        ]
        for append in appends {
            let collection = Self.collection(Self.value(of: key.name, append))
            #expect(collection.mistakes.isEmpty && collection.values.isEmpty && collection.unusable.isEmpty)
        }
    }

    @Test func `an empty list says that there are no words, and counts`() {
        let collection = Self.collection(Self.value(of: "companies.allowed") { $0.append("value", array: { _ in }) })
        #expect(collection.values[.companiesAllowed]?.text == "[]")
        let settings = Self.read(collection).settings
        #expect(settings[.companiesAllowed].isEmpty && settings.unreadable.isEmpty)
    }

    @Test func `what the environment gives is known whatever the collection says`() {
        let collection = Self.collection(
            Self.value(of: "rabbitMQ.enabled") { $0.append("value", string: "flase") })
        let reading = SettingsReader(environment: ["RABBITMQ_ENABLED": "no"]).read(collection: collection)
        #expect(reading.settings.unreadable.isEmpty && !reading.settings[.rabbitMQEnabled])
    }

    @Test func `two values for one key, one of them none, are none`() {
        let collection = Self.collection(
            Self.value(of: "companies.allowed") { $0.append("value", array: { $0.append("0", int64: 1) }) },
            Self.value(of: "other") { $0.append("companies.allowed", string: "napse") })
        #expect(collection.values.isEmpty)
        #expect(Self.read(collection).settings.stops == .consuming)
    }

    @Test func `words for the whole group are as good as none`() {
        let collection = Self.collection(
            Self.value(of: "companies") { $0.append("value", array: { $0.append("0", string: "napse") }) })
        #expect(Self.read(collection).settings.unreadable.keys.map(\.name) == ["companies.allowed"])
    }

    @Test func `settings may stand in documents that are not read, for there are too many`() {
        var sequence = BSONSequence()
        sequence.appendDocument { document in
            document.append("_id", string: "companies.allowed")
            document.append("value", string: "napse")
        }
        for number in 0..<CollectionSettings.maximumDocuments {
            sequence.appendDocument { $0.append("_id", int64: Int64(number)) }
        }
        let settings = Self.read(CollectionSettings(sequence)).settings
        #expect(settings[.companiesAllowed] == ["napse"])
        #expect(settings.unreadable[.companiesAllowed] == nil && settings.unreadable[.rabbitMQEnabled] != nil)
    }

    @Test func `a broker of which the collection says two things is not exchanged for another`() {
        let collection = Self.collection(
            Self.value(of: "rabbitMQ.uri") { $0.append("value", string: "amqp://one/") },
            Self.value(of: "rabbitMQ.host") { $0.append("value", string: "two") })
        let start = Self.read(collection).settings
        #expect(start.stops == [.consuming, .publishing])
        let before = Self.read(
            Self.collection(Self.value(of: "rabbitMQ.uri") { $0.append("value", string: "amqp://one/") })
        ).settings
        #expect(Self.read(collection, previous: before).settings[.rabbitMQURI] == "amqp://one/")
    }

    // MARK: What comes of it

    private static func configuration(
        _ collection: CollectionSettings, previous: Settings? = nil
    ) throws -> Configuration {
        let reader = ConfigurationReader(settings: SettingsReader(environment: ["RABBITMQ_ENDPOINT_NAME": "q"]))
        let reading = reader.read(collection: collection, previous: previous)
        return try #require(reading.configuration, "\(reading.errors)")
    }

    @Test(
        "at a start nothing is consumed, and the reason is reported",
        arguments: ["companies.allowed", "rabbitMQ.enabled", "limits.messageBytes", "rabbitMQ.host"])
    func start(name: String) throws {
        let bad = Self.collection(Self.value(of: name) { $0.append("value", document: { $0.append("a", int64: 1) }) })
        let first = try Self.configuration(bad)
        #expect(first.routes.isEmpty)
        #expect(first.stopped.count == 1 && first.stopped[0].contains(name))
        #expect(ProcessStatus.Consuming(first) == .stopped(first.stopped))
        // Fixed, everything starts; broken again, it keeps running.
        let mended = try Self.configuration(CollectionSettings(), previous: first.settings)
        #expect(mended.routes.count == 1 && mended.stopped.isEmpty)
        let broken = try Self.configuration(bad, previous: mended.settings)
        #expect(broken.routes.map(\.terms) == mended.routes.map(\.terms))
    }

    @Test func `nor published`() throws {
        let bad = Self.collection(
            Self.value(of: "rabbitMQ.producer.enabled") { $0.append("value", string: "flase") })
        let first = try Self.configuration(bad)
        #expect(first.publishing == nil && first.routes.count == 1)
        #expect(first.settings.reasons(for: .publishing).count == 1)
    }

    // MARK: The other layers

    @Test(
        "no layer beside the collection takes an invalid value",
        arguments: SettingKey.all.filter { !$0.kind.isFreeText })
    func otherLayers(key: SettingKey) throws {
        for text in ["flase,", "{a: 1}", "-1", "0x10", "1e3", "nul", " "] {
            if text == "-1", case .integer(let range) = key.kind, range.contains(-1) { continue }
            let environment = SettingsReader(environment: [key.environmentName: text]).read()
            let isName = key.kind == .list && !text.contains(",") && text != " "
            #expect(environment.mistakes.contains { $0.severity == .error } || isName, "\(key.name)='\(text)'")
            let option = SettingsReader(environment: [:], commandLine: [key: ("--set", text)]).read()
            #expect(option.mistakes.contains { $0.severity == .error } || isName, "--set \(key.name)='\(text)'")
        }
        let empty = SettingsReader(environment: [:], commandLine: [key: ("--set", "")]).read()
        #expect(empty.mistakes.contains { $0.severity == .error }, "--set \(key.name)=")
        // A variable set to an empty text is ignored; where that allows more, it is reported.
        let nothing = SettingsReader(environment: [key.environmentName: ""]).read()
        #expect(nothing.mistakes.map(\.severity) == (key.isGuard ? [.hint] : []))
        #expect(nothing.settings.values[key]?.text == key.fallback)
    }

    @Test(
        "in the file, what allows more by being left out is not left out by writing nothing",
        arguments: SettingKey.all.filter(\.isGuard), ["", " ~", " null"])
    func file(key: SettingKey, value: String) throws {
        #expect(try Self.mistakes("\(key.name):\(value)\n") == ["setting-empty"])
    }

    @Test(
        "a list in the file is one of words, and may be empty in so many words",
        arguments: [
            ("[1, 2]", []), ("[]", []), ("napse", []), ("[napse, null]", ["yaml-type"]), ("[napse, ~]", ["yaml-type"]),
            ("[napse, '']", ["yaml-type"]), ("['a,b']", ["yaml-type"]), ("[[napse]]", ["yaml-type"]),
            ("{a: 1}", ["yaml-type"]), ("''", ["setting-empty"]), ("','", ["setting-type"]),
            ("'napse,'", ["setting-type"]), ("'${NOTHING:-}'", ["setting-empty"]),
        ])
    func list(value: String, rules: [String]) throws {
        #expect(try Self.mistakes("companies: {allowed: \(value)}\n") == rules, "\(value)")
    }

    @Test func `a group that ends after its name is a file that is not finished`() throws {
        #expect(try Self.mistakes("rabbitMQ:\n  endpointName: q\ncompanies:\n") == ["setting-empty"])
        #expect(try Self.mistakes("companies:\n  alowed: [napse]\n") == ["unknown-setting"])
    }

    @Test func `one token for those who look and those who change things is none for the former`() {
        let token = "0123456789abcdef"
        let mistakes = SettingsReader(
            environment: ["CONSOLE_VIEWER_TOKEN": token, "CONSOLE_OPERATOR_TOKEN": token]
        ).read().mistakes
        #expect(mistakes.map(\.rule) == ["console-token"])
        #expect(!mistakes.contains { $0.message.contains(token) })
    }

    private static func mistakes(_ yaml: String) throws -> [String] {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("guards-\(UUID()).yaml").path
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return SettingsReader(environment: [:], file: path).read().mistakes.map(\.rule)
    }
}
