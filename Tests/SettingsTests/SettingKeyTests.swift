import Logging
@testable import Settings
import Testing

@Suite struct SettingKeyTests {
    @Test(
        "a key's environment variable",
        arguments: [
            ("rabbitMQ.uri", "RABBITMQ_URI"), ("rabbitMQ.endpointName", "RABBITMQ_ENDPOINT_NAME"),
            ("rabbitMQ.limitstatus.endpointName", "RABBITMQ_LIMITSTATUS_ENDPOINT_NAME"),
            ("rabbitMQ.promotionsCache.endpointName", "RABBITMQ_PROMOTIONS_CACHE_ENDPOINT_NAME"),
            ("rabbitMQ.producer.virtualHost", "RABBITMQ_PRODUCER_VIRTUAL_HOST"), ("mongoDB.uri", "MONGODB_URI"),
            ("mongoDB.database", "MONGODB_DATABASE"), ("console.port", "CONSOLE_PORT"),
        ])
    func environment(key: String, expected: String) {
        #expect(SettingKey.named(key)?.environmentName == expected)
    }

    @Test func `no two keys share a variable`() {
        #expect(Set(SettingKey.all.map(\.environmentName)).count == SettingKey.all.count)
    }
}

@Suite("Settings read by their keys") struct SettingReadingTests {
    private func read(_ environment: [String: String]) -> Settings {
        SettingsReader(environment: environment).read().settings
    }

    @Test func `where nobody has given a value, the default of the key counts`() {
        let settings = read([:])
        #expect(settings[.rabbitMQEnabled] && settings[.rabbitMQTLSVerify] && settings[.rabbitMQProducerEnabled])
        #expect(settings[.lanes] == 2 && settings[.consolePort] == 8080 && settings[.rabbitMQPrefetch] == nil)
        #expect(settings[.rabbitMQEnginestatusOfflineAfter] == .seconds(600))
        #expect(settings[.companiesAllowed].isEmpty && settings[.mappingsDirectory] == nil)
        #expect(settings[.logLevel] == .info && settings[.mongoDBURI] == "mongodb://localhost:27017")
        #expect(!settings.isGiven(.mongoDBDatabase) && !settings.isGiven(.rabbitMQURI))
        #expect(Settings(values: [:])[.mongoDBDatabase] == "promo")
    }

    @Test func `a value is read as what the key says it is`() {
        let settings = read([
            "RABBITMQ_ENABLED": "off", "LANES": "3", "RABBITMQ_PREFETCH": "7", "LOG_LEVEL": "error",
            "RABBITMQ_ENGINESTATUS_OFFLINE_AFTER": "2h", "COMPANIES_ALLOWED": " napse , acme",
            "MONGODB_DATABASE": "promo",
        ])
        #expect(!settings[.rabbitMQEnabled] && settings[.lanes] == 3 && settings[.rabbitMQPrefetch] == 7)
        #expect(settings[.rabbitMQEnginestatusOfflineAfter] == .seconds(7200))
        #expect(settings[.companiesAllowed] == ["napse", "acme"] && settings[.logLevel] == .error)
        #expect(settings.isGiven(.mongoDBDatabase))
        #expect(read(["COMPANIES_ALLOWED": "[]"])[.companiesAllowed].isEmpty)
    }

    @Test func `every default keeps its own rule`() {
        for key in SettingKey.all {
            let value = key.fallback.map { SettingValue(text: $0, origin: .default) }
            #expect(value.map { SettingRules.check($0, of: key) } ?? [] == [], "\(key.name)")
        }
    }

    @Test func `a mapping names a setting by its text, which may be none`() {
        let settings = read(["RABBITMQ_RESULT_ENDPOINT_NAME": "results"])
        #expect(settings.text(named: "rabbitMQ.result.endpointName") == "results")
        #expect(settings.text(named: "rabbitMQ.transaction.endpointName") == nil && settings.text(named: "no") == nil)
    }
}
