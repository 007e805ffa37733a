internal import ArgumentParser
internal import Pipeline

/// The settings with what the collection says about them, as the verbs of `gateway config` see them.
struct StoredSettings {
    let collection: CollectionSettings
    /// What a gateway with this command's environment, file and options would run on.
    let inForce: Settings
    /// What is wrong with the collection.
    let mistakes: [SettingMistake]

    /// Reads the collection; exit 78 where the other layers are wrong, 69 where no store answers.
    static func read(_ options: SettingsOptions) async throws -> StoredSettings {
        let settings = try options.load(needing: [.store])
        let documents = try await StoreReading.with(settings) { try await ConfigurationCollection.documents($0) }
        let collection = CollectionSettings(documents)
        let reading = options.reader.read(collection: collection)
        return StoredSettings(
            collection: collection, inForce: reading.settings, mistakes: reading.collectionMistakes)
    }

    func row(_ key: SettingKey) -> SettingRow {
        SettingRow(key: key, stored: collection.values[key.name], inForce: inForce.values[key.name])
    }

    /// Whether the other documents allow that this one is written or removed.
    func ownFilters(of key: SettingKey) throws -> [[UInt8]] {
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
