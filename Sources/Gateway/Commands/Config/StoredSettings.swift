internal import Records

/// The settings with what the collection says about them, as the verbs of `gateway config` and the console see them.
struct StoredSettings: Sendable {
    /// The setting stands in a document together with others.
    struct SharedDocument: Error {
        let message: String
    }

    let collection: CollectionSettings
    /// What a gateway with these layers would run on.
    let inForce: Settings
    /// What is wrong with the collection.
    let mistakes: [SettingMistake]

    /// `documents`: the collection as it is. Reads the settings file, so it may block.
    init(_ documents: BSONSequence, reader: SettingsReader) {
        collection = CollectionSettings(documents)
        let reading = reader.read(collection: collection)
        inForce = reading.settings
        mistakes = reading.collectionMistakes
    }

    func row(_ key: SettingKey) -> SettingRow {
        SettingRow(key: key, stored: collection.values[key.name], inForce: inForce.values[key.name])
    }

    /// What finds the document that holds this setting, or will hold it.
    func filter(of key: SettingKey) throws(SharedDocument) -> [UInt8] {
        try ownFilters(of: key).first ?? StoredValue.filter(key)
    }

    /// What finds the documents that hold this setting alone.
    func ownFilters(of key: SettingKey) throws(SharedDocument) -> [[UInt8]] {
        var filters: [[UInt8]] = []
        for place in collection.places[key.name] ?? [] {
            guard case .own(let filter) = place else {
                throw SharedDocument(
                    message: "\(key.name) stands in a document of the collection '\(CollectionSettings.collection)'"
                        + " together with others; change it there, or take it out there first")
            }
            filters.append(filter)
        }
        return filters
    }

    /// What running gateways would leave out for being in conflict with other settings; nil where nothing is.
    func conflict(setting key: SettingKey, to text: String) -> SettingMistake? {
        var values = inForce.values
        // Where something higher counts, this value makes no difference.
        if let now = values[key.name]?.origin, !now.isCollection, !now.isBelowCollection { return nil }
        values[key.name] = SettingValue(text: text, origin: .collection(id: key.name))
        return SettingRules.conflicts(values).first { $0.names.contains(key.name) }?.mistake
    }
}
