import Foundation
@testable import Settings
import Testing

/// `.env`: what a line means, where a mistake is, and what counts more.
@Suite struct VariablesFileTests {
    private func read(_ text: String) -> (values: [String: String], mistakes: [String]) {
        let file = VariablesFile(text, path: ".env")
        return (file.variables.mapValues(\.value), file.mistakes.map(\.description))
    }

    @Test(
        "a line is a name and a value",
        arguments: [
            ("A=1", "1"), ("A=", ""), ("A= x y ", "x y"), (" A = x", "x"), ("\tA=x", "x"), ("export A=x", "x"),
            ("export   A='x'", "x"), ("export=x", nil), ("# A=0\n\nA=x # a comment", "x"), ("A=x#y", "x#y"),
            ("A=#y", ""),
            ("A= # y", ""), ("A=x\t#y", "x"), ("A=x\r\nB=y\r\n", "x"), ("\u{FEFF}A=x", "x"), ("A=a=b==", "a=b=="),
            ("A=it's", "it's"), ("A=a\"b\"", "a\"b\""), ("A=pa$$word$1", "pa$$word$1"), ("A=C:\\new", "C:\\new"),
            ("A='a # b'", "a # b"), ("A='a\\nb'", "a\\nb"), ("A='${B}'", "${B}"), ("A='' # none", ""), ("A=\"\"", ""),
            ("A=\"a\\nb\\tc\\\\d\\\"e\\$f\"", "a\nb\tc\\d\"e$f"), ("A=\"x # y\" # z", "x # y"), ("A=\"$x\"", "$x"),
            ("A='one\ntwo'\nB=1", "one\ntwo"), ("A=\"one\r\ntwo\"", "one\r\ntwo"), ("A=\u{A0}ñ漢", "\u{A0}ñ漢"),
        ] as [(String, String?)])
    func lines(text: String, expected: String?) {
        let (values, mistakes) = read(text)
        #expect(mistakes.isEmpty, "\(mistakes)")
        #expect(values["A"] == expected)
    }

    @Test(
        "a mistake has its place and the remedy, and quotes no value",
        arguments: [
            ("A", ".env:1:1: expected NAME=value"), ("A=1\nhunter2", ".env:2:1: expected NAME=value"),
            ("A=1\n  1A=hunter2", ".env:2:3: expected NAME=value"), ("A-B=hunter2", ".env:1:1: expected NAME=value"),
            ("=hunter2", ".env:1:1: expected NAME=value"), ("export 1=hunter2", ".env:1:8: expected NAME=value"),
            ("Ñ=hunter2", ".env:1:1: expected NAME=value"), ("A: hunter2", ".env:1:1: expected NAME=value"),
            ("A='hunter2\nB=1\n", ".env:1:3: the quote is not closed"),
            ("\n A=\"hunter2", ".env:2:4: the quote is not closed"),
            ("A='hunter2' x", ".env:1:13: something follows the closing quote"),
            ("A=\"hunter2\"x", ".env:1:12: something follows the closing quote"),
            ("A=\"hunter2\\q\"", ".env:1:11: a backslash in double quotes"),
            ("A=hunter2${B}", ".env:1:10: '${' is not replaced in a file of variables"),
            ("A=\"ñ${B}\"", ".env:1:5: '${' is not replaced"),
            ("A=1\nB=2\nA=hunter2", ".env:3:1: A is given twice; the first one is in line 1"),
        ])
    func mistake(text: String, expected: String) {
        let (_, mistakes) = read(text)
        #expect(mistakes.count == 1 && mistakes.first?.hasPrefix(expected) == true, "\(mistakes)")
        #expect(!mistakes.joined().contains("hunter2"))
    }

    @Test("lines after a mistake are read, and no text stops the reader")
    func all() {
        let (values, mistakes) = read("A='x' y\nB=1\nnone\nC=2")
        #expect(values == ["B": "1", "C": "2"])
        #expect(mistakes.count == 2)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let characters = Array("AB=='\"\\$#{} \n\r\tnexport\u{FEFF}é")
            _ = read(String((0..<20).map { _ in characters.randomElement(using: &random) ?? " " }))
        }
    }

    @Test("each value that is written in quotes is read back", arguments: 0..<50)
    func roundTrip(seed: Int) {
        let characters = Array("aé漢 #'\"\\$\n\t={}")
        let value = String((0..<12).map { _ in characters.randomElement() ?? " " })
        var quoted = ""
        for character in value {
            if character == "\\" || character == "\"" || character == "$" { quoted += "\\" }
            quoted.append(character)
        }
        #expect(read("A=\"\(quoted)\" # end\nB=1").values == ["A": value, "B": "1"])
        guard !value.contains("'") else { return }
        #expect(read("A='\(value)'").values["A"] == value)
    }

    // MARK: As a layer

    private func withFiles(
        _ files: [String: String], environment: [String: String] = [:], named: String? = nil,
        _ body: (SettingsReader, String) throws -> Void
    ) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("env-\(UUID())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + name)) }
        try body(
            SettingsReader(
                environment: environment, file: directory + "/gateway.yaml",
                variablesFile: named.map { directory + "/" + $0 }), directory)
    }

    @Test("it gives settings and variables, beneath the process's environment and above the collection's place")
    func layer() throws {
        try withFiles(
            [
                "gateway.yaml": "mongoDB: { database: \"${DB}\" }\nrabbitMQ: { port: 1, host: file }\n",
                ".env": "RABBITMQ_PORT=2\nRABBITMQ_HOST=dotenv\nDB=promo2\n\nLANES=3\nLOG_LEVEL=debug\nEMPTY=full\n",
            ], environment: ["RABBITMQ_PORT": "9", "LOG_LEVEL": "", "EMPTY": ""]
        ) { reader, directory in
            let reading = reader.read()
            #expect(reading.mistakes.isEmpty, "\(reading.mistakes)")
            let settings = reading.settings
            #expect(settings[.rabbitMQPort] == 9 && settings[.rabbitMQHost] == "dotenv" && settings[.lanes] == 3)
            #expect(settings[.mongoDBDatabase] == "promo2")
            // Never over the process's environment, not even over nothing.
            #expect(settings.values[.logLevel]?.origin == .default)
            #expect(settings.variables["EMPTY"]?.isEmpty == true && settings.variables["DB"] == "promo2")
            #expect(settings.values[.lanes].map { "\($0.origin)" } == "\(directory)/.env:5:1")
            #expect(settings.values[.lanes]?.origin.isBelowCollection == false)
            #expect(settings.values[.rabbitMQPort]?.origin == .environment("RABBITMQ_PORT"))
            #expect(reader.watchedFiles.contains(directory + "/.env"))
        }
    }

    @Test("it stands beside the settings file, or where --env says")
    func place() throws {
        #expect(SettingsReader(environment: [:]).variablesPath == ".env")
        #expect(SettingsReader(environment: [:], file: "g.yaml").variablesPath == ".env")
        #expect(SettingsReader(environment: [:], file: "conf/g.yaml").variablesPath == "conf/.env")
        #expect(SettingsReader(environment: [:], file: "/g.yaml").variablesPath == "/.env")
        let files = ["gateway.yaml": "", ".env": "LANES=3\n", "prod.env": "LANES=4\n"]
        try withFiles(files, named: "prod.env") { reader, _ in #expect(reader.read().settings[.lanes] == 4) }
        try withFiles(files, named: "none.env") { reader, directory in
            let mistakes = reader.read().mistakes.map(\.description)
            #expect(
                mistakes.count == 1 && mistakes[0].hasPrefix("\(directory)/none.env:1:1: cannot read"), "\(mistakes)")
        }
        try withFiles(["gateway.yaml": ""]) { reader, directory in
            #expect(reader.read().mistakes.isEmpty)
            // Not ours, such as an environment of Python.
            try FileManager.default.createDirectory(atPath: directory + "/.env", withIntermediateDirectories: false)
            #expect(reader.read().mistakes.isEmpty)
        }
        try withFiles(["gateway.yaml": ""], named: ".") { reader, _ in #expect(reader.read().mistakes.count == 1) }
    }

    @Test("a wrong value, a misspelt name and an empty guard are reported at their line, and no secret is shown")
    func reported() throws {
        let text = "LANES=many\nRABBITMQ_PASWORD=hunter22\nCOMPANIES_ALLOWED=\nRABBITMQ_URI=amqp://u:hunter22@h:x/\n"
        try withFiles(["gateway.yaml": "", ".env": text]) { reader, directory in
            let mistakes = reader.read().mistakes.map { $0.description.replacing(directory + "/", with: "") }.sorted()
            #expect(mistakes.count == 4, "\(mistakes)")
            #expect(mistakes[0].hasPrefix(".env:1:1: lanes: expected a whole number"))
            #expect(mistakes[1].hasPrefix(".env:2:1: hint: no setting is given by this variable"))
            #expect(mistakes[2].hasPrefix(".env:3:1: hint: it is set to nothing"))
            #expect(mistakes[3].hasPrefix(".env:4:1: rabbitMQ.uri: "))
            #expect(!mistakes.joined().contains("hunter22"))
        }
    }

    @Test("a secret of the file is redacted, also where the environment overrides it")
    func redacted() throws {
        let env = "RABBITMQ_PASSWORD=dotenvSecretOne\nMONGODB_URI=mongodb://u:dotenvSecretTwo@h/\n"
        try withFiles(["gateway.yaml": "", ".env": env], environment: ["RABBITMQ_PASSWORD": "processSecret"]) {
            reader, _ in
            #expect(reader.read().settings[.rabbitMQPassword] == "processSecret")
            let shown = Redactor.shared.clean("a dotenvSecretOne b dotenvSecretTwo c processSecret")
            #expect(shown == "a *** b *** c ***")
        }
    }

    @Test("a value in one place and its file in another are not a conflict: the environment counts")
    func secretFiles() throws {
        try withFiles(
            ["gateway.yaml": "", ".env": "RABBITMQ_PASSWORD_FILE=/nowhere\n"], environment: ["RABBITMQ_PASSWORD": "p"]
        ) {
            reader, _ in
            #expect(reader.read().mistakes.isEmpty)
            #expect(reader.read().settings[.rabbitMQPassword] == "p")
        }
        try withFiles(["gateway.yaml": "", ".env": "RABBITMQ_PASSWORD=p\nRABBITMQ_PASSWORD_FILE=/nowhere\n"]) {
            reader, directory in
            #expect(
                reader.read().mistakes.map(\.description) == [
                    "\(directory)/.env:1:1: RABBITMQ_PASSWORD and RABBITMQ_PASSWORD_FILE are both set; keep one"
                ])
        }
    }

    @Test("a file that is gone or emptied while the gateway runs is a mistake, as a settings file is")
    func gone() throws {
        try withFiles(["gateway.yaml": "", ".env": "COMPANIES_ALLOWED=napse\n"]) { reader, directory in
            let before = reader.read().settings
            for change in [
                { try Data().write(to: URL(fileURLWithPath: directory + "/.env")) },
                {
                    try FileManager.default.removeItem(atPath: directory + "/.env")
                },
            ] {
                try change()
                let mistakes = reader.read(previous: before).mistakes.map(\.rule)
                #expect(mistakes == ["variables-file"], "\(mistakes)")
                #expect(reader.read().mistakes.isEmpty)
            }
        }
    }
}
