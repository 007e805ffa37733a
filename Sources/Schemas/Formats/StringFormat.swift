/// String formats of `format` and `x-bson`.
enum StringFormat: UInt8, CaseIterable {
    case date, time, dateTime, duration
    /// Extension: an ISO 8601 date, or an RFC 3339 date-time.
    case dateOrDateTime
    case email, idnEmail, hostname, idnHostname, ipv4, ipv6
    case uri, uriReference, iri, iriReference, uriTemplate, uuid
    case jsonPointer, relativeJSONPointer, regex
    /// For `x-bson`: 24 hexadecimal digits.
    case objectId

    private static let table: [String: StringFormat] = [
        "date": .date,
        "time": .time,
        "date-time": .dateTime,
        "duration": .duration,
        "date-or-date-time": .dateOrDateTime,
        "email": .email,
        "idn-email": .idnEmail,
        "hostname": .hostname,
        "idn-hostname": .idnHostname,
        "ipv4": .ipv4,
        "ipv6": .ipv6,
        "uri": .uri,
        "uri-reference": .uriReference,
        "iri": .iri,
        "iri-reference": .iriReference,
        "uri-template": .uriTemplate,
        "uuid": .uuid,
        "json-pointer": .jsonPointer,
        "relative-json-pointer": .relativeJSONPointer,
        "regex": .regex,
    ]

    /// Names of all formats.
    static let names = table.keys.sorted()

    /// Parses a format name; nil for unknown formats, which assert nothing.
    init?(name: String) {
        guard let format = Self.table[name] else { return nil }
        self = format
    }

    /// Whether every accepted string can be stored as a date.
    var isDate: Bool { self == .date || self == .dateTime || self == .dateOrDateTime }

    /// Whether the text, valid UTF-8, matches this format.
    func accepts(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .dateOrDateTime: text.count == 10 ? DateFormats.isDate(text[...]) : DateFormats.isDateTime(text)
        case .date: DateFormats.isDate(text[...])
        case .time: DateFormats.isTime(text[...])
        case .dateTime: DateFormats.isDateTime(text)
        case .duration: DurationFormat.accepts(text)
        case .email: EmailFormat.accepts(text, international: false)
        case .idnEmail: EmailFormat.accepts(text, international: true)
        case .hostname: HostnameFormat.accepts(text[...])
        case .idnHostname: InternationalHostname.accepts(text)
        case .ipv4: AddressFormats.isIPv4(text[...])
        case .ipv6: AddressFormats.isIPv6(text[...])
        case .uri: URIFormat.accepts(text, mustBeAbsolute: true, international: false)
        case .uriReference: URIFormat.accepts(text, mustBeAbsolute: false, international: false)
        case .iri: URIFormat.accepts(text, mustBeAbsolute: true, international: true)
        case .iriReference: URIFormat.accepts(text, mustBeAbsolute: false, international: true)
        case .uriTemplate: URITemplateFormat.accepts(text)
        case .uuid: IdentifierFormats.isUUID(text)
        case .jsonPointer: IdentifierFormats.isJSONPointer(text[...])
        case .relativeJSONPointer: IdentifierFormats.isRelativeJSONPointer(text)
        case .regex: (try? Pattern(String(decoding: text, as: UTF8.self))) != nil
        case .objectId: text.count == 24 && text.allSatisfy(ASCII.isHexadecimal)
        }
    }
}
