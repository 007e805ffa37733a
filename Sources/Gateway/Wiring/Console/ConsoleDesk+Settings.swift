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
        if let problem = StoredValue.problem(with: key) ?? StoredValue.problem(with: value, of: key) {
            throw ConsoleProblem.invalid(problem, remedy: key.help)
        }
        let before = try await stored()
        if let conflict = before.conflict(setting: key, to: value) {
            throw ConsoleProblem.conflict("not written: \(conflict)", remedy: "take the other one out first")
        }
        let filter = try Self.own { () throws(StoredSettings.SharedDocument) in try before.filter(of: key) }
        let shown = SettingValue(text: value, origin: .default).shown(as: key)
        try await audit("config set", key.name, detail: shown, by: who)
        try await reader().putSetting(
            in: CollectionSettings.collection, filter: filter, fields: StoredValue.fields(value, of: key))
        return try await stored().row(key).json
    }

    func unset(_ name: String, by who: String) async throws -> String {
        let key = try Self.key(name)
        let before = try await stored()
        let filters = try Self.own { () throws(StoredSettings.SharedDocument) in try before.ownFilters(of: key) }
        if !filters.isEmpty { try await audit("config unset", key.name, by: who) }
        for filter in filters {
            try await reader().removeSetting(in: CollectionSettings.collection, filter: filter)
        }
        return try await stored().row(key).json
    }

    private static func key(_ name: String) throws(ConsoleProblem) -> SettingKey {
        switch SettingName.key(name) {
        case .success(let key): return key
        case .failure(let mistake): throw .notFound("\(mistake)", remedy: "the list shows those there are")
        }
    }

    private static func own<Value>(
        _ body: () throws(StoredSettings.SharedDocument) -> Value
    ) throws(ConsoleProblem) -> Value {
        do throws(StoredSettings.SharedDocument) {
            return try body()
        } catch {
            throw .conflict(error.message, remedy: "the page changes documents of one setting alone")
        }
    }
}
