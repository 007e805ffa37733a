internal import Console
internal import Documents
internal import MongoStore

/// Settings, as `gateway config` treats them.
extension ConsoleDesk {
    func settingRows() async throws -> String {
        let stored = try await stored()
        var object = JSONObjectText()
        object.add(
            "settings",
            objects: SettingKey.all.map { key in
                var row = JSONObjectText()
                row.add("setting", raw: stored.row(key).json)
                row.add("help", key.help)
                row.add("environment", key.environmentName)
                // What is shown of it is masked, so nothing of that may be written back.
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

    func set(_ name: String, _ value: String, by who: String) async throws -> String {
        let key = try Self.key(name)
        return try await change(key, by: who) { try await $0.set(key, to: value) }
    }

    func unset(_ name: String, by who: String) async throws -> String {
        let key = try Self.key(name)
        return try await change(key, by: who) { try await $0.unset(key).row }
    }

    private func change(
        _ key: SettingKey, by who: String, _ body: (SettingDesk) async throws -> SettingRow
    ) async throws -> String {
        do {
            return try await body(SettingDesk(try reader(), settings, by: who)).json
        } catch let refusal as SettingDesk.Refusal {
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
