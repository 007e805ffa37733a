internal import ArgumentParser
internal import MongoStore

/// The settings with what the collection says about them, as the verbs of `gateway config` see them.
struct StoredSettings {
    let collection: CollectionSettings
    /// What a gateway with this command's environment, file and options would run on.
    let inForce: Settings
    /// What is wrong with the collection.
    let mistakes: [SettingMistake]

    /// Those without the collection, which say where the store is.
    private let own: Settings
    private let reader: SettingsReader

    /// Reads the collection; exit 78 where the other layers are wrong, 69 where no store answers.
    static func read(_ options: SettingsOptions) async throws -> StoredSettings {
        try await StoredSettings(own: options.load(needing: [.store]), reader: options.reader)
    }

    /// The same once more, after a change.
    func again() async throws -> StoredSettings { try await StoredSettings(own: own, reader: reader) }

    private init(own: Settings, reader: SettingsReader) async throws {
        self.own = own
        self.reader = reader
        let documents = try await StoreReading.with(own) { try await ConfigurationCollection.documents($0) }
        collection = CollectionSettings(documents)
        let reading = reader.read(collection: collection)
        inForce = reading.settings
        mistakes = reading.collectionMistakes
    }

    /// Writes the setting's value into the collection.
    func put(_ text: String, for key: SettingKey) async throws {
        let filter = try ownFilters(of: key).first ?? StoredValue.filter(key)
        let fields = StoredValue.fields(text, of: key)
        try await StoreReading.with(own) { reader in
            try await reader.putSetting(in: CollectionSettings.collection, filter: filter, fields: fields)
        }
    }

    /// Takes the setting out of the collection; false where it is not in it.
    func remove(_ key: SettingKey) async throws -> Bool {
        let filters = try ownFilters(of: key)
        guard !filters.isEmpty else { return false }
        try await StoreReading.with(own) { reader in
            for filter in filters {
                try await reader.removeSetting(in: CollectionSettings.collection, filter: filter)
            }
        }
        return true
    }

    func row(_ key: SettingKey) -> SettingRow {
        SettingRow(key: key, stored: collection.values[key.name], inForce: inForce.values[key.name])
    }

    /// What finds the documents that hold this setting alone; exit 1 where one holds others as well.
    private func ownFilters(of key: SettingKey) throws -> [[UInt8]] {
        try (collection.places[key.name] ?? []).map { place in
            guard case .own(let filter) = place else {
                Terminal.error(
                    "\(key.name) stands in a document of the collection '\(CollectionSettings.collection)' together with"
                        + " others; change it there, or take it out there first")
                throw ExitCode.failure
            }
            return filter
        }
    }
}
