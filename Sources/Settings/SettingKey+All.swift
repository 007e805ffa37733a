internal import Mappings

extension SettingKey {
    /// Every setting, in the order of help and lists.
    package static let all: [SettingKey] = [
        key(.rabbitMQEnabled), key(.rabbitMQEndpointName), key(.rabbitMQURI), key(.rabbitMQUsername),
        key(.rabbitMQPassword), key(.rabbitMQHost), key(.rabbitMQVirtualHost), key(.rabbitMQPort),
        key(.rabbitMQProducerEnabled), key(.rabbitMQProducerInterval), key(.rabbitMQProducerTimeZone),
        key(.rabbitMQEnginestatusOfflineAfter), key(.consoleEngineId), key(.consoleEngineName),
        key(.rabbitMQProducerURI), key(.rabbitMQProducerUsername), key(.rabbitMQProducerPassword),
        key(.rabbitMQProducerHost), key(.rabbitMQProducerVirtualHost), key(.rabbitMQProducerPort),
        key(.rabbitMQPromotionEndpointName), key(.rabbitMQLoyaltyCardEndpointName),
        key(.rabbitMQLimitstatusEndpointName), key(.rabbitMQEnginestatusEndpointName),
        key(.rabbitMQPromotionsCacheEndpointName), key(.rabbitMQTransactionEndpointName),
        key(.rabbitMQResultEndpointName), key(.rabbitMQTLSCAFile), key(.rabbitMQTLSVerify), key(.rabbitMQPrefetch),
        key(.mongoDBURI), key(.mongoDBDatabase), key(.companiesAllowed), key(.definitionsDirectory),
        key(.mappingsDirectory), key(.lanes), key(.limitsBatchItems), key(.limitsMessageBytes), key(.ledgerKeepDays),
        key(.httpConnections), key(.consoleHost), key(.consolePort), key(.consoleViewerToken),
        key(.consoleOperatorToken), key(.logLevel),
    ]

    private static func key<Value>(_ setting: Setting<Value>) -> SettingKey { setting.key }

    /// An address of a broker: by a URI, or by the parts of one.
    package struct BrokerKeys: Sendable {
        package let uri: SettingKey
        package let parts: [SettingKey]
    }

    package static let consumer = BrokerKeys(
        uri: key(.rabbitMQURI),
        parts: [
            key(.rabbitMQUsername), key(.rabbitMQPassword), key(.rabbitMQHost), key(.rabbitMQVirtualHost),
            key(.rabbitMQPort),
        ])

    package static let producer = BrokerKeys(
        uri: key(.rabbitMQProducerURI),
        parts: [
            key(.rabbitMQProducerUsername), key(.rabbitMQProducerPassword), key(.rabbitMQProducerHost),
            key(.rabbitMQProducerVirtualHost), key(.rabbitMQProducerPort),
        ])
}
