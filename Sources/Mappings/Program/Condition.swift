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
        case .test(let expression, let test):
            let value = try expression.evaluate(run)
            do throws(Fault) {
                return try Self.passes(test, value, run)
            } catch {
                throw error.from(expression.origin(run))
            }
        }
    }

    /// The first value it tests.
    var asked: (any Expression)? {
        switch self {
        case .all(let all), .any(let all): all.lazy.compactMap(\.asked).first
        case .not(let one): one.asked
        case .test(let expression, _): expression
        }
    }

    /// The path of each value that it tests.
    var paths: [Path] {
        switch self {
        case .all(let all), .any(let all): all.flatMap(\.paths)
        case .not(let one): one.paths
        case .test(let expression, _): expression.origin.map { [$0] } ?? []
        }
    }

    /// The values that it wants of one path, for people; nil if it asks for anything else.
    var wanted: (path: Path, values: [String])? {
        guard case .test(let expression, .among(let all, isWanted: true)) = self, let path = expression.origin else {
            return nil
        }
        return (path, all.map { $0.value.textForm?.string ?? "null" })
    }

    /// The path reported in reasons.
    var origin: Path? {
        switch self {
        case .all(let all), .any(let all): all.lazy.compactMap(\.origin).first
        case .not(let one): one.origin
        case .test(let expression, _): expression.origin
        }
    }

    /// A missing or null value is neither above, below, older nor newer, and begins with nothing; it may be equal to null.
    /// A comparison that cannot be made is a fault.
    private static func passes(_ test: Test, _ value: Value, _ run: Run) throws(Fault) -> Bool {
        switch test {
        case .exists(let wanted): return !value.isAbsent == wanted
        case .among(let all, let isWanted): return all.contains { isSame($0.value, value, run) } == isWanted
        case .startsWith(let start):
            if value.isAbsent { return false }
            guard let text = value.text(run) else {
                throw Fault(
                    "compare", expected: "a text to compare", found: value, remedy: "name a single value inside it")
            }
            guard text.count >= start.bytes.count else { return false }
            return Bytes(rebasing: text[..<start.bytes.count]).equals(start.bytes)
        case .compares(let other, let wanted):
            if value.isAbsent { return false }
            guard let text = number(value), case .number(let limit) = other.value else {
                throw Fault(
                    "compare", expected: "a number to compare", found: value,
                    remedy: "send a number, or make it one first: put 'decimal:' with a sample before the test")
            }
            return wanted.contains(compared(text, limit))
        case .isOlder(let age, let isWanted):
            if value.isAbsent { return false }
            guard case .text(let text) = value, let moment = Instant.milliseconds(iso8601: text) else {
                throw Fault(
                    "compare", expected: "a date such as 2021-12-31T23:59:59Z to compare", found: value,
                    remedy: "write it so, or read it first: put 'date:' before the test")
            }
            return (run.facts.receivedAt.subtractingClamped(moment) > age) == isWanted
        }
    }

    /// Text that looks like a number counts as one: senders are inconsistent about quoting.
    private static func number(_ value: Value) -> Bytes? {
        switch value {
        case .number(let text): text
        case .text(let text): Decimals.isJSONNumber(text) ? text : nil
        default: nil
        }
    }

    /// -1, 0 or 1; exact for any number of digits.
    private static func compared(_ a: Bytes, _ b: Bytes) -> Int {
        if let a = SmallDecimal(a), let b = SmallDecimal(b) { return a.compared(to: b) }
        return JSONNumber(validText: a).compared(to: JSONNumber(validText: b))
    }

    private static func isSame(_ a: Value, _ b: Value, _ run: Run) -> Bool {
        switch (a, b) {
        case (.null, .null), (.null, .missing): return true
        case (.bool(let a), .bool(let b)): return a == b
        case (.text(let a), .text(let b)): return a.equals(b)
        case (.number(let a), .number(let b)):
            return a.equals(b) || compared(a, b) == 0
        // `equals: 1` also matches "1", for the same reason.
        case (.number(let a), .text(let b)), (.text(let b), .number(let a)):
            return a.equals(b) || Value.number(a).text(run)?.equals(b) == true
        default: return false
        }
    }
}
