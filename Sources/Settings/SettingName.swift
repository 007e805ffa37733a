internal import JSON

/// What a name given for a setting resolves to.
package enum SettingName: Equatable {
    /// `isOldSpelling`: it is a misprint of the manual, which is understood and worth a hint.
    case known(SettingKey, isOldSpelling: Bool)
    /// A group of settings: `rabbitMQ`, `rabbitMQ.producer`.
    case group
    case unknown(nearest: String?)

    /// Misprints that others have copied from the manual, and what is meant.
    package static let oldSpellings = ["rabbitMQ.transaction.endopintName": "rabbitMQ.transaction.endpointName"]

    package static let oldSpellingHint =
        "'endopintName' is the manual's misprint and is understood; write 'endpointName'"

    package static func resolve(_ word: String) -> SettingName {
        if let key = SettingKey.named(word) { return .known(key, isOldSpelling: false) }
        if let name = oldSpellings[word], let key = SettingKey.named(name) { return .known(key, isOldSpelling: true) }
        if SettingKey.all.contains(where: { $0.name.hasPrefix(word + ".") }) || SettingKey.isNamedGroup(word) {
            return .group
        }
        return .unknown(nearest: Spelling.nearest(to: word, in: SettingKey.all.map(\.name)))
    }

    /// The key, or the error for an unknown name.
    package static func key(_ word: String) -> Result<SettingKey, Mistake> {
        switch resolve(word) {
        case .known(let key, _): return .success(key)
        case .group:
            let names = (SettingKey.all + SettingKey.ofAnyName).map(\.name).filter { $0.hasPrefix(word + ".") }
            return .failure(Mistake("'\(word)' is not a setting but a group: \(names.joined(separator: " "))"))
        case .unknown(let nearest):
            let hint = nearest.map { " (did you mean '\($0)'?)" } ?? "; 'gateway check --settings' lists all"
            return .failure(Mistake("unknown setting '\(word)'\(hint)"))
        }
    }

    package struct Mistake: Error, Equatable, CustomStringConvertible {
        package let description: String

        package init(_ description: String) { self.description = description }
    }
}
