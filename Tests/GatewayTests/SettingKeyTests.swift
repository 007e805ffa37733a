import Testing

@testable import Gateway

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
