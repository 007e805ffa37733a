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
        var isBeyond = false
        var contradiction: String?
        for form in forms {
            switch read(value, form) {
            case .other: continue
            case .contradiction(let why): contradiction = contradiction ?? why
            case .moment(let moment, _) where !Self.years.contains(moment): isBeyond = true
            case .moment(let moment, let hasTime):
                return .text(run.scratch.copy(Instant.text(milliseconds: moment).utf8.prefix(hasTime ? 24 : 10)))
            }
        }
        if let contradiction {
            throw Fault(
                "date", expected: "a date as \(shown) whose parts agree", found: value,
                remedy: "\(contradiction); correct one of them")
        }
        if isBeyond {
            throw Fault(
                "date", expected: "a date as \(shown), of the years 0000 to 9999 in UTC", found: value,
                remedy: "send one of these years; if there is no end date, leave the value out")
        }
        throw Fault("date", expected: "a date as \(shown)", found: value, remedy: "write a real date as \(shown)")
    }

    /// What it reads, in words.
    private var shown: String {
        forms.map { form in
            switch form {
            case .pattern(let pattern): pattern.text
            case .epochSeconds: "seconds since 1970"
            case .epochMilliseconds: "milliseconds since 1970"
            }
        }.joined(separator: " or ")
    }

    /// The moments that have a text of ISO 8601.
    private static let years: Range<Int64> = -62_167_219_200_000..<253_402_300_800_000

    private func read(_ value: Value, _ form: Form) -> DatePattern.Reading {
        switch form {
        case .pattern(let pattern):
            guard case .text(let text) = value else { return .other }
            return pattern.read(Trim.trimmed(text), zone: zone)
        case .epochSeconds, .epochMilliseconds:
            guard let text = value.textForm, Decimals.isJSONNumber(text),
                let number = JSONNumber(validText: text).int64
            else { return .other }
            let (milliseconds, isBeyond) =
                if case .epochSeconds = form { number.multipliedReportingOverflow(by: 1000) } else { (number, false) }
            return isBeyond ? .other : .moment(milliseconds, hasTime: true)
        }
    }

    var accepts: ValueTypes {
        forms.contains { if case .pattern = $0 { false } else { true } } ? [.text, .number] : .text
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
        let isDay = text.count == 10
        do throws(DatePattern.Problem) {
            return .text(run.scratch.copy(try pattern.write(moment, zone: isDay ? .utc : zone, isDay: isDay)))
        } catch {
            throw Fault(
                "format", expected: "a date that \(pattern.text) can show", found: value,
                remedy: "\(error.message); choose another zone, or leave the value out")
        }
    }

    var accepts: ValueTypes { .text }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.text, .absent] : .text }
}
