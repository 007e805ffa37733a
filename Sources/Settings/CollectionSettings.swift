package import BSON

/// Settings parsed from the collection `configuration`.
///
/// Ours are `{_id: "rabbitMQ.enabled", value: true}`; others are read as well: `_id`, `key` or `name` names the setting,
/// or the fields themselves do, nested or dotted. What cannot be used is reported and named in `unusable`, the rest is
/// taken. Null and an empty text mean no value; an empty list is one without words.
package struct CollectionSettings: Sendable {
    /// The name of the collection.
    package static let collection = "configuration"
    /// Most documents that are read; those behind are ignored, and reported.
    package static let maximumDocuments = 1000

    /// Location of a setting.
    package enum Place: Sendable, Equatable {
        /// In a document of this `_id` that holds nothing else.
        case own(id: BSONValue)
        /// In a document with others.
        case shared
    }

    package private(set) var values: [SettingKey: SettingValue] = [:]
    package private(set) var mistakes: [SettingDiagnostic] = []
    /// Settings whose value here cannot be read, or that have several values here.
    package private(set) var unusable: [SettingKey: SettingDiagnostic] = [:]
    /// All the places of a setting, the one that counts first.
    package private(set) var places: [SettingKey: [Place]] = [:]

    /// The settings that ``holdBack(_:)`` has marked, each with the mistake.
    private var held: [SettingKey: SettingDiagnostic] = [:]

    package init() {}

    /// `documents`: in an order that stays, for the first of two that give the same setting counts.
    package init(_ documents: BSONSequence) {
        for index in 0..<min(documents.count, Self.maximumDocuments) { documents.withDocument(index) { read($0) } }
        if documents.count > Self.maximumDocuments {
            add(
                .collection(id: "*"), "collection-size",
                "there are more than \(Self.maximumDocuments) documents, and settings may stand in those behind, which are"
                    + " not read; move the others elsewhere")
            holdBack { _ in true }
        }
        unusable.merge(held.filter { values[$0.key] == nil }) { own, _ in own }
        for key in unusable.keys { values[key] = nil }
    }

    private mutating func read(_ document: UnsafeRawBufferPointer) {
        var fields = BSONElements(document).filter { !$0.isNamed("_id") }
        let id = BSONElements(document).first(named: "_id")
        let origin = SettingValue.Origin.collection(id: id.map(Self.shown(id:)) ?? "")
        let names = [id, BSONElements(document).first(named: "key"), BSONElements(document).first(named: "name")]
            .compactMap { $0?.text }
        // A `name` may also be a label: the first one that names a setting counts.
        let name = names.first { SettingName.resolve($0).isKnown }
        if let value = fields.first(where: { $0.isNamed("value") }) {
            guard let name = name ?? names.last else {
                return add(origin, "setting-name", "no text in _id, key or name says which setting this is")
            }
            let place = id.map { Place.own(id: BSONValue(copying: $0)) } ?? .shared
            return take(name, value, origin, place)
        }
        fields.removeAll { ($0.isNamed("key") || $0.isNamed("name")) && $0.text != nil }
        switch name.map(SettingName.resolve) {
        case .known(let key, _):
            add(origin, "setting-value", "'\(name ?? "")' has no value; give it a field 'value'")
            unusable[key] = mistakes.last
        case .group: for field in fields { take("\(name ?? "").\(field.nameText)", field, origin, .shared) }
        default: for field in fields { take(field.nameText, field, origin, .shared) }
        }
    }

    private mutating func take(_ name: String, _ value: BSONElement, _ origin: SettingValue.Origin, _ place: Place) {
        switch SettingName.resolve(name) {
        case .known(let key, let isOldSpelling):
            if isOldSpelling { hint(origin, "old-spelling", SettingName.oldSpellingHint) }
            set(key, value, origin, place)
        case .group:
            guard value.type == .document, let fields = value.elements else {
                add(origin, "setting-type", "'\(name)' has keys of its own; found \(Self.kind(value))")
                // Other unknown words may belong to other programs.
                if name == "companies" || name.hasPrefix("rabbitMQ") { holdBack { $0.name.hasPrefix(name + ".") } }
                return
            }
            for field in fields { take("\(name).\(field.nameText)", field, origin, .shared) }
        case .unknown(let nearest?):
            add(origin, "unknown-setting", "unknown setting '\(name)' (did you mean '\(nearest)'?)")
        case .unknown(nil):
            // The collection is Promo's: a name unlike ours probably belongs to another program.
            hint(origin, "unknown-setting", "'\(name)' is not a setting of the gateway")
        }
    }

    private mutating func set(
        _ key: SettingKey, _ value: BSONElement, _ origin: SettingValue.Origin, _ place: Place
    ) {
        places[key, default: []].append(place)
        guard key.reach == .everywhere else {
            let why =
                key.reach == .start
                ? "it is needed before the collection can be read" : "it is about the gateway's own machine"
            return add(
                origin, "setting-place",
                "\(key.name) cannot come from this collection: \(why); set it in the settings file or with"
                    + " \(key.environmentName)")
        }
        // Forms save empty fields for unset values.
        if value.type == .null || value.type == .undefined || value.text?.isEmpty == true { return }
        guard let text = Self.text(value, of: key) else {
            add(origin, "setting-type", "'\(key.name)' takes \(Self.words(for: key)), found \(Self.kind(value))")
            unusable[key] = mistakes.last
            return
        }
        let found = SettingValue(text: text, origin: origin)
        if let earlier = values[key]
            ?? unusable[key].map({ SettingValue(text: "", origin: $0.origin ?? origin) })
        {
            guard earlier.text != text else {
                return hint(
                    origin, "setting-twice", "'\(key.name)' is given by \(earlier.origin), too, and is the same")
            }
            add(
                origin, "setting-twice",
                "'\(key.name)' is given twice, and not the same, here and by \(earlier.origin): neither counts; take one of"
                    + " them out")
            unusable[key] = mistakes.last
            return
        }
        let wrong = SettingRules.check(found, of: key)
        mistakes += wrong
        if wrong.isEmpty { values[key] = found } else { unusable[key] = wrong.first }
    }

    /// Marks unset settings among these as unknown: a value may have been intended.
    private mutating func holdBack(_ isMeant: (SettingKey) -> Bool) {
        for key in SettingKey.all where key.reach == .everywhere && !key.stops.isEmpty && isMeant(key) {
            held[key] = held[key] ?? mistakes.last
        }
    }

    private mutating func add(_ origin: SettingValue.Origin, _ rule: String, _ message: String) {
        mistakes.append(SettingDiagnostic(at: origin, rule: rule, message))
    }

    private mutating func hint(_ origin: SettingValue.Origin, _ rule: String, _ message: String) {
        mistakes.append(SettingDiagnostic(.hint, at: origin, rule: rule, message))
    }

    // MARK: BSON

    /// A scalar in the syntax of settings; nil for other values. Consoles often store numbers as doubles.
    private static func text(_ value: BSONElement, of key: SettingKey) -> String? {
        switch value.type {
        case .string: return value.text
        case .bool: return value.bool.map { $0 ? "true" : "false" }
        case .int32, .int64: return value.integer.map { String($0) }
        case .double: return value.double.map { number in Int64(exactly: number).map { String($0) } ?? "\(number)" }
        case .decimal128: return value.decimal?.description
        case .null, .undefined: return ""
        case .array where key.kind == .list:
            let words = value.elements.map { $0.map(\.text) } ?? []
            guard words.allSatisfy({ $0.map(SettingsFile.isWord) ?? false }) else { return nil }
            return words.isEmpty ? SettingValue.emptyList : words.compactMap { $0 }.joined(separator: ",")
        default: return nil
        }
    }

    private static func words(for key: SettingKey) -> String {
        key.kind == .list ? "a list of words, none of them empty or with a comma" : "a single value"
    }

    private static func kind(_ value: BSONElement) -> String {
        switch value.type {
        case .document: "keys and values"
        case .array: "a list"
        case .date: "a date"
        case .binary: "binary data"
        case .string, .bool, .int32, .int64, .double, .decimal128: "a single value"
        default: "a value of another type"
        }
    }

    private static func shown(id: BSONElement) -> String {
        if let text = id.text { return String(text.prefix(80)) }
        var out: [UInt8] = []
        BSONText.append(id, to: &out)
        return String(String(decoding: out, as: UTF8.self).filter { $0 != "\"" }.prefix(80))
    }
}

extension SettingName {
    fileprivate var isKnown: Bool { if case .unknown = self { false } else { true } }
}
