internal import JSON

/// Finds environment variables that were probably meant to be settings, but are not.
package enum EnvironmentNames {
    /// Prefixes of the variables that are checked. Other programs have such names too (`RABBITMQ_NODENAME` is the
    /// broker's own), so only what is very like a setting is reported, and never as an error.
    private static let prefixes = [
        "RABBITMQ_", "MONGODB_", "CONSOLE_", "COMPANIES_", "LIMITS_", "LEDGER_",
    ]

    /// Names of the same thing in other programs.
    private static let otherWords = [
        "RABBITMQ_USER": "RABBITMQ_USERNAME", "RABBITMQ_PASS": "RABBITMQ_PASSWORD",
        "RABBITMQ_VHOST": "RABBITMQ_VIRTUAL_HOST", "RABBITMQ_QUEUE": "RABBITMQ_ENDPOINT_NAME",
        "MONGODB_DB": "MONGODB_DATABASE",
    ]

    /// `origin`: of a variable.
    package static func hints(
        _ environment: [String: String], origin: (String) -> SettingValue.Origin = { .environment($0) }
    ) -> [SettingDiagnostic] {
        let known = Set(SettingKey.all.map(\.environmentName))
        let understood =
            known.union(known.map { $0 + "_FILE" })
            .union(SettingName.oldSpellings.keys.map(SettingKey.environmentName(of:)))
        let named = Set(SettingKey.ofNamed(in: environment).map(\.environmentName))
        return environment.keys.sorted().compactMap { name in
            guard !understood.contains(name), !named.contains(name), !named.contains(String(name.dropLast(5))) else {
                return nil
            }
            if let group = NamedSettings.all.first(where: { name.hasPrefix($0.variablePrefix) }) {
                let variables = group.parts.map { group.key("name", $0.name).environmentName }
                return SettingDiagnostic(
                    .hint, at: origin(name), rule: "unknown-variable",
                    "no setting is given by this variable: there are \(variables.joined(separator: ", ")), and a NAME has small"
                        + " letters and digits in the mappings")
            }
            guard let prefix = prefixes.first(where: name.hasPrefix) else { return nil }
            guard let meant = meant(by: name, prefix: prefix, among: known) else {
                guard name.hasPrefix("RABBITMQ_TLS_") else { return nil }
                return SettingDiagnostic(
                    .hint, at: origin(name), rule: "unknown-variable",
                    "no setting is given by this variable: of TLS to the broker RABBITMQ_TLS_CA_FILE is one, and a client"
                        + " certificate is not sent")
            }
            return SettingDiagnostic(
                .hint, at: origin(name), rule: "unknown-variable",
                "no setting is given by this variable (did you mean \(meant)?)")
        }
    }

    private static func meant(by name: String, prefix: String, among known: Set<String>) -> String? {
        if let meant = otherWords[name] { return meant }
        let isFile = name.hasSuffix("_FILE")
        let word = name.dropFirst(prefix.count).dropLast(isFile ? "_FILE".count : 0)
        let words = known.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
        guard let nearest = Spelling.nearest(to: String(word), in: words) else { return nil }
        return prefix + nearest + (isFile ? "_FILE" : "")
    }
}
