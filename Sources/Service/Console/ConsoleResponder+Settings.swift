internal import Console
internal import JSON
internal import MongoStore
internal import Operations
internal import Settings

/// Settings, as in `gateway config`.
extension ConsoleResponder {
    package func settingRows() async throws -> String {
        let stored = try await stored()
        var object = JSONObjectText()
        object.add(
            "settings",
            objects: stored.inForce.keys.map { key in
                var row = JSONObjectText()
                row.add("setting", raw: stored.row(key).json)
                row.add("help", key.help)
                row.add("environment", key.environmentName)
                // Its value is masked, so the shown text must not be written back.
                row.add("isSecret", key.mayHoldSecret)
                row.add("cannotChange", StoredValue.problem(with: key))
                return row.text
            })
        object.add(
            "mistakes",
            objects: stored.mistakes.map { mistake in
                var own = JSONObjectText()
                own.add("severity", mistake.severity.rawValue)
                own.add("message", mistake.description)
                return own.text
            })
        return object.text
    }

    package func set(_ name: String, _ value: String, by who: String) async throws -> String {
        let key = try Self.key(name)
        return try await change(key, by: who) { try await $0.set(key, to: value) }
    }

    package func unset(_ name: String, by who: String) async throws -> String {
        let key = try Self.key(name)
        return try await change(key, by: who) { try await $0.unset(key).row }
    }

    private func change(
        _ key: SettingKey, by who: String, _ body: (SettingService) async throws -> SettingRow
    ) async throws -> String {
        do {
            return try await body(SettingService(try reader(), settings, by: who)).json
        } catch let refusal as SettingService.Refusal {
            switch refusal {
            case .value(let words): throw ConsoleProblem.invalid(words, remedy: key.help)
            case .conflict(let words):
                throw ConsoleProblem.conflict("not written: \(words)", remedy: "take the other one out first")
            case .shared(let words):
                throw ConsoleProblem.conflict(words, remedy: "the page changes documents of one setting alone")
            }
        }
    }

    private static func key(_ name: String) throws(ConsoleProblem) -> SettingKey {
        switch SettingName.key(name) {
        case .success(let key): return key
        case .failure(let mistake): throw .notFound("\(mistake)", remedy: "the list shows those there are")
        }
    }
}
