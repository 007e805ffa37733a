internal import ArgumentParser
internal import MongoStore
internal import Records

/// The collection `configuration` of the store that a command's settings name.
struct SettingsStore {
    /// Those without the collection, which say where the store is.
    private let own: Settings
    private let reader: SettingsReader

    /// Exit 78 where the layers beside the collection are wrong.
    init(_ options: SettingsOptions) throws {
        own = try options.load(needing: [.store])
        reader = options.reader
    }

    /// Reads the collection; exit 69 where no store answers.
    func read() async throws -> StoredSettings {
        let documents = try await StoreReading.with(own) { try await ConfigurationCollection.documents($0) }
        return StoredSettings(documents, reader: reader)
    }

    /// Writes the setting's value; exit 1 where its document holds others as well.
    func put(_ text: String, for key: SettingKey, before: StoredSettings) async throws {
        let filter = try told { () throws(StoredSettings.SharedDocument) in try before.filter(of: key) }
        let fields = StoredValue.fields(text, of: key)
        try await StoreReading.with(own) { reader in
            try await reader.putSetting(in: CollectionSettings.collection, filter: filter, fields: fields)
        }
    }

    /// Takes the setting out; false where it is not in it. Exit 1 where its document holds others as well.
    func remove(_ key: SettingKey, before: StoredSettings) async throws -> Bool {
        let filters = try told { () throws(StoredSettings.SharedDocument) in try before.ownFilters(of: key) }
        guard !filters.isEmpty else { return false }
        try await StoreReading.with(own) { reader in
            for filter in filters {
                try await reader.removeSetting(in: CollectionSettings.collection, filter: filter)
            }
        }
        return true
    }

    private func told<Value>(_ body: () throws(StoredSettings.SharedDocument) -> Value) throws -> Value {
        do throws(StoredSettings.SharedDocument) {
            return try body()
        } catch {
            Terminal.error(error.message)
            throw ExitCode.failure
        }
    }
}
