internal import JSON
internal import BSON

/// A test of a value, or a combination of tests.
indirect enum Condition: Sendable {
    case all([Condition])
    case any([Condition])
    case not(Condition)
    case test(any Expression, Test)

    enum Test: Sendable {
        /// Present and not null.
        case exists(Bool)
        case among([Constant], isWanted: Bool)
        case startsWith(Constants)
        /// A numeric comparison; `wanted`: accepted orderings (-1, 0, 1).
        case compares(Constant, wanted: [Int])
        /// Whether a date is more than this many milliseconds old.
        case isOlder(than: Int64, isWanted: Bool)
    }

    func holds(_ run: Run) throws(Fault) -> Bool {
        switch self {
        case .all(let all):
            for one in all where !(try one.holds(run)) { return false }
            return true
        case .any(let any):
            for one in any where try one.holds(run) { return true }
            return false
        case .not(let one): return !(try one.holds(run))
        case .test(let expression, let test): return Self.passes(test, try expression.evaluate(run), run)
        }
    }

    /// The path reported in reasons.
    var origin: Path? {
        switch self {
        case .all(let all), .any(let all): all.lazy.compactMap(\.origin).first
        case .not(let one): one.origin
        case .test(let expression, _): expression.origin
        }
    }

    private static func passes(_ test: Test, _ value: Value, _ run: Run) -> Bool {
        switch test {
        case .exists(let wanted): return !value.isAbsent == wanted
        case .among(let all, let isWanted): return all.contains { isSame($0.value, value) } == isWanted
        case .startsWith(let start):
            guard let text = value.textForm, text.count >= start.bytes.count else { return false }
            return Bytes(rebasing: text[..<start.bytes.count]).equals(start.bytes)
        case .compares(let other, let wanted):
            guard let a = decimal(value), let b = decimal(other.value) else { return false }
            return wanted.contains(a.compared(to: b))
        case .isOlder(let age, let isWanted):
            guard case .text(let text) = value, let moment = Instant.milliseconds(iso8601: text) else { return false }
            return (run.facts.receivedAt.subtractingClamped(moment) > age) == isWanted
        }
    }

    /// Text that looks like a number counts as one: senders are inconsistent about quoting.
    private static func decimal(_ value: Value) -> SmallDecimal? {
        switch value {
        case .number(let text): SmallDecimal(text)
        case .text(let text): Decimals.isJSONNumber(text) ? SmallDecimal(text) : nil
        default: nil
        }
    }

    private static func isSame(_ a: Value, _ b: Value) -> Bool {
        switch (a, b) {
        case (.null, .null), (.null, .missing): return true
        case (.bool(let a), .bool(let b)): return a == b
        case (.text(let a), .text(let b)): return a.equals(b)
        case (.number(let a), .number(let b)):
            if a.equals(b) { return true }
            guard let a = SmallDecimal(a), let b = SmallDecimal(b) else { return false }
            return a.compared(to: b) == 0
        // `equals: 1` also matches "1", for the same reason.
        case (.number(let a), .text(let b)), (.text(let a), .number(let b)): return a.equals(b)
        default: return false
        }
    }
}
