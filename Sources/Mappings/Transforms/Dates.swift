internal import JSON
internal import BSON

/// Converts text or numbers to ISO 8601 in UTC, or to a plain date if the pattern has no time.
final class ToDate: Transform {
    enum Form: Sendable {
        case pattern(DatePattern)
        case epochSeconds, epochMilliseconds
    }

    private let forms: [Form]
    private let zone: TimeZoneTable

    init(_ forms: [Form], zone: TimeZoneTable) {
        self.forms = forms
        self.zone = zone
    }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        if value.isAbsent { return value }
        for form in forms {
            if let date = read(value, form) { return .text(run.scratch.copy(date)) }
        }
        let shown = forms.map { form in
            switch form {
            case .pattern(let pattern): pattern.text
            case .epochSeconds: "seconds since 1970"
            case .epochMilliseconds: "milliseconds since 1970"
            }
        }.joined(separator: " or ")
        throw Fault("date", expected: "a date as \(shown)", found: value, remedy: "write a real date as \(shown)")
    }

    private func read(_ value: Value, _ form: Form) -> [UInt8]? {
        switch form {
        case .pattern(let pattern):
            guard case .text(let text) = value else { return nil }
            guard pattern.hasTime else {
                // A date without a time is not shifted by zones.
                guard let day = pattern.read(Trim.trimmed(text), zone: .utc) else { return nil }
                return Array(Instant.text(milliseconds: day).utf8.prefix(10))
            }
            guard let moment = pattern.read(Trim.trimmed(text), zone: zone) else { return nil }
            return Array(Instant.text(milliseconds: moment).utf8)
        case .epochSeconds, .epochMilliseconds:
            guard let text = value.textForm, Decimals.isJSONNumber(text),
                let number = JSONNumber(validText: text).int64
            else { return nil }
            let (milliseconds, isBeyond) =
                if case .epochSeconds = form { number.multipliedReportingOverflow(by: 1000) } else { (number, false) }
            guard !isBeyond, milliseconds.magnitude < 253_402_300_800_000 else { return nil }
            return Array(Instant.text(milliseconds: milliseconds).utf8)
        }
    }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.text, .absent] : .text }
}

/// Formats an ISO 8601 date or date-time by a pattern in a time zone.
final class FormatDate: Transform {
    private let pattern: DatePattern
    private let zone: TimeZoneTable

    init(_ pattern: DatePattern, zone: TimeZoneTable) {
        self.pattern = pattern
        self.zone = zone
    }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        if value.isAbsent { return value }
        guard case .text(let text) = value, let moment = Instant.milliseconds(iso8601: text) else {
            throw Fault(
                "format", expected: "a date such as 2021-12-31T23:59:59Z", found: value,
                remedy: "write it so, or read it first: put 'date:' before 'format'")
        }
        return .text(run.scratch.copy(pattern.write(moment, zone: text.count == 10 ? .utc : zone)))
    }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.text, .absent] : .text }
}
