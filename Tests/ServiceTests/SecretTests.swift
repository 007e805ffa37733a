@testable import Service
@testable import Settings
import Testing

@Suite struct SecretTests {
    private static let uriKeys = [
        ("RABBITMQ_URI", "amqp"), ("RABBITMQ_PRODUCER_URI", "amqps"), ("MONGODB_URI", "mongodb"),
    ]

    /// Printable ASCII and others, with plenty of the characters that divide a URI.
    private static func password(_ random: inout some RandomNumberGenerator) -> String {
        let ascii = (0x20...0x7E).map { Character(Unicode.Scalar(UInt8($0))) }
        let others = Array("@:/?#%[]@:/?#%&=+${}ñÜ漢😀\u{301}")
        return String(
            (0..<Int.random(in: 4...16, using: &random)).map { _ in
                (Bool.random(using: &random) ? ascii : others).randomElement(using: &random) ?? "x"
            })
    }

    /// All that is said of these settings.
    private static func words(_ environment: [String: String]) -> String {
        let reading = SettingsReader(environment: environment).read(needing: [.consumer])
        let shown = SettingKey.all.compactMap { key in reading.settings.values[key]?.shown(as: key) }
        var all = reading.mistakes.map(\.description) + shown
        let change = SettingsChange(from: Settings(values: [:]), to: reading.settings)
        all += change.live + change.atStart
        if reading.mistakes.allSatisfy({ $0.severity == .hint }) {
            // Where it connects to, as health and log tell it.
            if let address = try? BrokerSettings.consumer(reading.settings) { all.append("\(address)") }
            if let address = try? BrokerSettings.producer(reading.settings) { all.append("\(address)") }
        }
        return all.joined(separator: "\n").lowercased()
    }

    /// Four characters of it that are said, where they are not said of another password.
    private static func leak(of password: String, in words: String, butNotIn control: String) -> String? {
        let characters = Array(password.lowercased())
        guard characters.count >= 4 else { return nil }
        return (0...(characters.count - 4)).lazy.map { String(characters[$0..<($0 + 4)]) }
            .first { words.contains($0) && !control.contains($0) }
    }

    @Test func `no four characters of a password that stands in a URI as it is are ever said`() {
        var random = SystemRandomNumberGenerator()
        let queue = ["RABBITMQ_ENDPOINT_NAME": "q"]
        for (name, scheme) in Self.uriKeys {
            func uri(_ password: String, _ form: Int) -> String {
                switch form {
                case 0: "\(scheme)://zz:\(password)@localhost:1/qq"
                case 1: "\(scheme)://zz:\(password)@localhost"
                // The host has been forgotten.
                case 2: "\(scheme)://zz:\(password)"
                default: "\(scheme)://zz:\(password)@localhost/?tls=true"
                }
            }
            for form in 0..<4 {
                // Accepted as it is, and refused.
                let control = ["\u{1}\u{2}\u{3}", "\u{1}/\u{2}@\u{3}", "1/2"].map {
                    Self.words(queue.merging([name: uri($0, form)]) { $1 })
                }.joined()
                for _ in 0..<40 {
                    let password = Self.password(&random)
                    let words = Self.words(queue.merging([name: uri(password, form)]) { $1 })
                    // Then what stands behind an @ is the host, and a number is the port, for every reader.
                    if form == 2, password.contains("@") || password.first?.isNumber == true { continue }
                    let leak = Self.leak(of: password, in: words, butNotIn: control + uri("", form))
                    #expect(leak == nil, "\(uri(password, form)): \(words)")
                }
            }
        }
    }

    @Test func `nor of one that stands in a setting of its own, or in a file of settings`() {
        var random = SystemRandomNumberGenerator()
        for key in SettingKey.all where key.isSecret {
            for _ in 0..<50 {
                let password = Self.password(&random)
                let words = Self.words([key.environmentName: password, "RABBITMQ_ENDPOINT_NAME": "q"])
                let control = Self.words([key.environmentName: "\u{1}\u{2}", "RABBITMQ_ENDPOINT_NAME": "q"])
                #expect(Self.leak(of: password, in: words, butNotIn: control) == nil)
            }
        }
    }

    @Test(
        "a password with an @, a / and the like in it is refused before anybody looks it up",
        arguments: [
            ("mongodb://u:Winter@Sun99@localhost/", "more than one '@'"),
            ("mongodb://u:Winter/Sun99@localhost/", "behind a '/'"),
            ("mongodb://u:Winter?Sun99@localhost/", "behind a '/'"),
            ("mongodb://u:1234#Sun99@localhost/", "behind a '/'"),
            ("mongodb://u:Winter%Sun99@localhost/", "two hex digits"),
            ("mongodb://u:+1234.Winter", "port"),
            ("mongodb+srv://u:Winter@Sun99@example.org/", "more than one '@'"),
        ])
    func refused(uri: String, words: String) throws {
        let problem = try #require(StoreAddress.problem(with: uri))
        #expect(problem.contains(words) && problem.contains("%40"), "\(problem)")
        #expect(!problem.lowercased().contains("sun99") && !problem.contains("Winter") && !problem.contains("1234"))
    }

    @Test(
        "a value of an option that libmongoc would leave out is refused: TLS, say",
        arguments: [
            "tls=ture", "tls=flase", "ssl=yess", "tlsInsecure=no!", "retryWrites=maybe", "tls=true&tls=false", "tls=",
            "tls",
        ])
    func option(text: String) throws {
        let problem = try #require(StoreAddress.problem(with: "mongodb://u:S3cr3t@localhost/?\(text)"))
        #expect(problem.lowercased().contains(text.lowercased().prefix { $0 != "=" }), "\(problem)")
        #expect(!problem.contains("S3cr3t"))
    }

    @Test(
        "and so is a misspelt name of one, but no name that others know",
        arguments: [
            ("tsl=true", "did you mean"), ("sssl=true", "'ssl'"), ("tlsCaFlie=/x", "'tlsCAFile'"),
            ("authSorce=x", "'authSource'"),
            ("TLS=true", nil), ("maxIdleTimeMS=1", nil), ("retryReads=true", nil), ("tls=true&tls=true", nil),
            ("replicaSet=rs0&w=majority&readPreference=nearest&compressors=zlib&appName=a", nil),
        ] as [(String, String?)])
    func misspelt(text: String, meant: String?) throws {
        let problem = StoreAddress.problem(with: "mongodb://u:S3cr3t@localhost/?\(text)")
        #expect((problem == nil) == (meant == nil), "\(problem ?? "")")
        if let meant { #expect(problem?.contains(meant) == true, "\(problem ?? "")") }
    }

    @Test(
        "pieces of a broker's URI that would be taken for a host, a port or a virtual host are refused",
        arguments: ["amqp://u:1234/x@h", "amqp://u:1234?x@h", "amqp://u:1234#x@h", "amqp://u:Win@ter/Sun@h/v"])
    func broker(uri: String) throws {
        let problem = try #require(BrokerSettings.problem(with: uri))
        #expect(!problem.contains("1234") && !problem.contains("Sun"), "\(problem)")
        #expect(problem.contains("%2F"))
    }

    @Test(
        "a host is a host: what looks like a URI is not quoted",
        arguments: ["amqp://u:hunter2@h", "u:hunter2@h", "h:5672", "a b", "h/hunter2"])
    func host(text: String) {
        let mistakes = SettingsReader(environment: ["RABBITMQ_HOST": text]).read().mistakes
        #expect(mistakes.map(\.rule) == ["host"])
        #expect(!mistakes.contains { $0.message.contains("hunter2") })
    }

    @Test func `words from elsewhere lose every spelling of a secret and the pieces of it`() {
        let redactor = Redactor()
        redactor.learn("Winter@Sun99")
        redactor.learn("p%40ss-W%C3%B6rd")
        redactor.learn("guest")
        redactor.learn("abc")
        #expect(redactor.clean("Failed to resolve sun99@localhost") == "Failed to resolve ***@localhost")
        #expect(redactor.clean("WINTER and winter@sun99!") == "*** and ***!")
        #expect(redactor.clean("p@ss-Wörd p%40ss-w%c3%b6rd") == "*** ***")
        #expect(redactor.clean("guest@localhost abc") == "guest@localhost abc")
    }

    @Test func `a URI's password is known, and its secret options`() {
        let redactor = Redactor()
        redactor.learn(
            "mongodb://user:hunter2@host/?tlsCertificateKeyFilePassword=letmein", of: Setting.mongoDBURI.key)
        #expect(redactor.clean("user hunter2 host letmein") == "user *** host ***")
    }

    @Test func `a wrong command line is quoted without what follows a secret setting`() {
        let redactor = Redactor()
        redactor.learn(arguments: ["config", "set", "rabbitMQ.password", "hunter2", "-wO.rd7"])
        redactor.learn(arguments: ["config", "set", "mongoDB.uri", "mongodb://u:S3cr3t@h/"])
        redactor.learn(arguments: ["--set", "console.viewerToken=abcdefgh", "--set", "lanes=1234"])
        #expect(
            redactor.clean("config set 'hunter2' '-wO.rd7' abcdefgh lanes 1234 mongodb s3cr3t")
                == "config set '***' '***' *** lanes 1234 mongodb ***")
    }

    @Test func `what is read is known from then on`() {
        _ = SettingsReader(environment: ["RABBITMQ_PASSWORD": "aVerySpecialWord"]).read()
        #expect(Redactor.shared.clean("login with averyspecialword failed") == "login with *** failed")
    }
}
