/// Phrases for formats, with an example of each.
enum FormatPhrase {
    static func expected(_ format: StringFormat) -> String {
        switch format {
        case .date: "a date such as \"2021-12-31\""
        case .time: "a time with a zone such as \"23:59:59Z\""
        case .dateTime: "a date and time such as \"2021-12-31T23:59:59Z\""
        case .duration: "a duration such as \"P3DT12H\""
        case .dateOrDateTime: "a date such as \"2021-12-31\", or a date and time such as \"2021-12-31T23:59:59Z\""
        case .email, .idnEmail: "an e-mail address such as \"ana@example.com\""
        case .hostname, .idnHostname: "a host name such as \"www.example.com\""
        case .ipv4: "an IPv4 address such as \"192.0.2.1\""
        case .ipv6: "an IPv6 address such as \"2001:db8::1\""
        case .uri, .iri: "a URI such as \"https://example.com/a\""
        case .uriReference, .iriReference: "a URI or a relative reference such as \"/a/b\""
        case .uriTemplate: "a URI template such as \"https://example.com/{id}\""
        case .uuid: "a UUID such as \"123e4567-e89b-12d3-a456-426614174000\""
        case .jsonPointer: "a JSON Pointer such as \"/items/0\""
        case .relativeJSONPointer: "a relative JSON Pointer such as \"1/name\""
        case .regex: "a regular expression of ECMA-262"
        case .objectId: "an identifier of 24 hexadecimal digits"
        }
    }
}
