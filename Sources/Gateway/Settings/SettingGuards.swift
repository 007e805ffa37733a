/// What must not go on while nobody knows the value of a setting.
struct SettingStops: OptionSet, Sendable {
    let rawValue: Int

    static let consuming = SettingStops(rawValue: 1)
    static let publishing = SettingStops(rawValue: 2)
}

extension SettingKey {
    /// What this setting allows, forbids or directs. At a start with a value that cannot be read, that does not begin: what a
    /// lower layer or the default says is not what somebody wanted.
    var stops: SettingStops {
        switch name {
        case "companies.allowed", "limits.messageBytes", "rabbitMQ.enabled", "rabbitMQ.endpointName": .consuming
        // How fast, and not what.
        case "rabbitMQ.prefetch": []
        case _ where name.hasPrefix("rabbitMQ.producer."): .publishing
        case _ where name.hasPrefix("rabbitMQ.") && name.hasSuffix(".endpointName"): .publishing
        case "rabbitMQ.enginestatus.offlineAfter": .publishing
        // The address of the broker: both, for publishing goes to the same one unless it has its own.
        case _ where name.hasPrefix("rabbitMQ."): [.consuming, .publishing]
        default: []
        }
    }

    /// Whether leaving it out allows more than most of its values do: written without a value, it is a mistake and not left
    /// out.
    var isGuard: Bool {
        [
            "companies.allowed", "rabbitMQ.enabled", "rabbitMQ.producer.enabled", "rabbitMQ.tls.verify",
            "console.viewerToken", "console.operatorToken",
        ].contains(name)
    }
}
