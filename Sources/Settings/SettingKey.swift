/// A setting as lists of settings know it: its name, its type and rule, its default, its help and when a change counts.
/// Two keys of one name are equal. ``Setting`` is the same for those who read its value.
package struct SettingKey: Sendable, Hashable {
    /// The type of a value and the rule for it.
    package enum Kind: Sendable, Hashable {
        case bool
        case integer(ClosedRange<Int>)
        case text
        /// The name of a queue.
        case queueName
        /// The name or address of a host.
        case host
        /// The name of a database of MongoDB.
        case databaseName
        /// A text that is never shown.
        case secret
        /// A secret that opens the console.
        case token
        /// An address whose password is never shown.
        case brokerURI, storeURI
        /// Words separated by commas.
        case list
        case choice([String])
        /// A number of milliseconds, seconds, minutes, hours or days, such as `30m`. `from`: the least, in milliseconds.
        case duration(from: Int64)
        /// An IANA time zone.
        case timeZone

        package var isSecret: Bool { self == .secret || self == .token }

        package var isURI: Bool { self == .brokerURI || self == .storeURI }

        /// Whether any text that is not empty may be one.
        package var isFreeText: Bool { [.text, .queueName, .host, .databaseName, .secret, .token].contains(self) }
    }

    /// Who may give it a value, and when a change counts.
    package enum Reach: Sendable, Hashable {
        /// Every layer, the collection `configuration` included; a running gateway follows a change.
        case everywhere
        /// Changes apply at run time, but it cannot be set in the collection: it concerns the gateway's machine.
        case machine
        /// Read at the start, before the collection.
        case start
    }

    package let name: String
    package let kind: Kind
    /// The default, as it would be written; nil where there is none.
    package let fallback: String?
    package let reach: Reach
    /// What this setting allows, forbids or directs. At a start with a value that cannot be read, that does not begin: what a
    /// lower layer or the default says is not what was asked for.
    package let stops: SettingStops
    /// Whether leaving it out allows more than most of its values do: written without a value, it is a mistake and not left
    /// out.
    package let isGuard: Bool
    package let help: String

    package static func == (one: SettingKey, other: SettingKey) -> Bool { one.name == other.name }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    package var environmentName: String { Self.environmentName(of: name) }

    /// The environment variable: upper case, `_` for the dots and before inner capitals; `rabbitMQ` and `mongoDB` count as
    /// words.
    package static func environmentName(of name: String) -> String {
        name.split(separator: ".").map { part in
            if part == "rabbitMQ" { return "RABBITMQ" }
            if part == "mongoDB" { return "MONGODB" }
            var out = ""
            for character in part {
                if character.isUppercase && !out.isEmpty { out += "_" }
                out += character.uppercased()
            }
            return out
        }.joined(separator: "_")
    }

    package var isSecret: Bool { kind.isSecret }

    /// Whether its value may hold a password: then only ``SettingValue/shown(as:)`` prints it.
    package var mayHoldSecret: Bool { kind.isSecret || kind.isURI }

    /// Whether a running gateway follows a change.
    package var isLive: Bool { reach != .start }

    /// By its name; nil if no setting has it.
    package static func named(_ name: String) -> SettingKey? { byName[name] ?? ofNamed(name) }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

/// What must not go on while the value of a setting is unknown.
package struct SettingStops: OptionSet, Sendable, Hashable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let consuming = SettingStops(rawValue: 1)
    package static let publishing = SettingStops(rawValue: 2)
    package static let both: SettingStops = [.consuming, .publishing]
}
