internal import Mappings
package import MongoStore
package import Settings

/// The settings in the collection `configuration`, as a command or the console changes them, each change with its row in the
/// audit.
package struct SettingService: Sendable {
    /// Why a setting stays as it is.
    package enum Refusal: Error {
        /// It cannot be given there, or the value is invalid; a text.
        case value(String)
        /// In conflict with other settings; a text.
        case conflict(String)
        /// Its document holds other settings as well; a text.
        case shared(String)
    }

    package let reader: MongoReader
    /// Of the layers beside the collection.
    package let settings: SettingsReader
    package let audit: AuditLog
    /// The operator's reason, for the audit.
    private let reason: String?
    /// Changes are checked, and not made.
    private let isRehearsal: Bool

    /// `who`: for the audit.
    package init(
        _ reader: MongoReader, _ settings: SettingsReader, by who: String, reason: String? = nil,
        isRehearsal: Bool = false
    ) {
        self.reason = reason
        self.isRehearsal = isRehearsal
        self.reader = reader
        self.settings = settings
        audit = AuditLog(reader: reader, who: who)
    }

    /// Reads the settings file too, so it may block.
    package func read() async throws -> StoredSettings {
        StoredSettings(try await ConfigurationCollection.documents(reader), reader: settings)
    }

    /// Gives it that value; what is then in force.
    package func set(_ key: SettingKey, to text: String) async throws -> SettingRow {
        if let problem = StoredValue.problem(with: key) ?? StoredValue.problem(with: text, of: key) {
            throw Refusal.value(problem)
        }
        let before = try await read()
        if let conflict = before.conflict(setting: key, to: text) { throw Refusal.conflict("\(conflict)") }
        let filter = try Self.told { () throws(StoredSettings.SharedDocument) in try before.filter(of: key) }
        let others = try Self.told { () throws(StoredSettings.SharedDocument) in try before.ownFilters(of: key) }
        let shown = SettingValue(text: text, origin: .default).shown(as: key)
        if isRehearsal { return before.row(key) }
        try await audit.note("config set", key.name, detail: reason.map { "\(shown); \($0)" } ?? shown)
        try await reader.putSetting(
            in: CollectionSettings.collection, filter: filter, fields: StoredValue.fields(text, of: key))
        // Two documents with different values would be ignored.
        for other in others.dropFirst() {
            try await reader.removeSetting(in: CollectionSettings.collection, filter: other)
        }
        return try await read().row(key)
    }

    /// Takes it out; what is then in force, and whether it was in it at all.
    package func unset(_ key: SettingKey) async throws -> (row: SettingRow, wasThere: Bool) {
        let before = try await read()
        let filters = try Self.told { () throws(StoredSettings.SharedDocument) in try before.ownFilters(of: key) }
        if isRehearsal { return (before.row(key), !filters.isEmpty) }
        if !filters.isEmpty { try await audit.note("config unset", key.name, detail: reason) }
        for filter in filters {
            try await reader.removeSetting(in: CollectionSettings.collection, filter: filter)
        }
        return (try await read().row(key), !filters.isEmpty)
    }

    private static func told<Value>(
        _ body: () throws(StoredSettings.SharedDocument) -> Value
    ) throws -> Value {
        do throws(StoredSettings.SharedDocument) {
            return try body()
        } catch {
            throw Refusal.shared(error.message)
        }
    }
}
