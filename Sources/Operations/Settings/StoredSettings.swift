package import BSON
package import Settings

/// The settings with what the collection says about them, as the verbs of `gateway config` and the console see them.
package struct StoredSettings: Sendable {
    /// The setting stands in a document together with others.
    package struct SharedDocument: Error {
        package let message: String
    }

    package let collection: CollectionSettings
    /// What a gateway with these layers would run on.
    package let inForce: Settings
    /// Errors and hints of the collection.
    package let mistakes: [SettingDiagnostic]

    /// `documents`: the collection as it is. Reads the settings file, so it may block.
    package init(_ documents: BSONSequence, reader: SettingsReader) {
        collection = CollectionSettings(documents)
        let reading = reader.read(collection: collection)
        inForce = reading.settings
        mistakes = reading.collectionMistakes
    }

    package func row(_ key: SettingKey) -> SettingRow {
        SettingRow(key: key, stored: collection.values[key], inForce: inForce.values[key])
    }

    /// What finds the document that holds this setting, or will hold it.
    package func filter(of key: SettingKey) throws(SharedDocument) -> BSONLiteral {
        try ownFilters(of: key).first ?? StoredValue.filter(key)
    }

    /// What finds the documents that hold this setting alone.
    package func ownFilters(of key: SettingKey) throws(SharedDocument) -> [BSONLiteral] {
        var filters: [BSONLiteral] = []
        for place in collection.places[key] ?? [] {
            guard case .own(let id) = place else {
                throw SharedDocument(
                    message: "\(key.name) stands in a document of the collection '\(CollectionSettings.collection)'"
                        + " together with others; change it there, or take it out there first")
            }
            filters.append(["_id": .value(id)])
        }
        return filters
    }

    /// What running gateways would leave out for being in conflict with other settings; nil where nothing is.
    package func conflict(setting key: SettingKey, to text: String) -> SettingDiagnostic? {
        var values = inForce.values
        // Where something higher counts, this value makes no difference.
        if let now = values[key]?.origin, !now.isCollection, !now.isBelowCollection { return nil }
        values[key] = SettingValue(text: text, origin: .collection(id: key.name))
        return SettingRules.conflicts(values).first { $0.keys.contains(key) }?.mistake
    }
}
