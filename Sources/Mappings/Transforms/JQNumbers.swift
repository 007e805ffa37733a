internal import JSON

/// The numbers of a JSON text that jq cannot keep: it computes with doubles, which have 15 to 17 digits.
struct JQNumbers {
    /// What a double makes of a number.
    enum Kind {
        /// Exact, and so is simple arithmetic: at most 15 digits, or a whole number up to 2^53.
        case exact
        /// Other digits than a double has by itself, but the same when it is written again.
        case kept
        /// Another number when it is written again.
        case changed
    }

    /// Number tokens of the text that a double changes.
    private let changed: [(range: Range<Int>, double: Double)]
    /// Those that it keeps only as they are.
    private let kept: [JSONNumber]
    private let json: [UInt8]

    init(in json: [UInt8]) {
        self.json = json
        var changed: [(Range<Int>, Double)] = []
        var kept: [JSONNumber] = []
        Self.forEach(in: json) { range in
            let number = Self.number(json[range])
            switch Self.kind(of: number) {
            case .exact: break
            case .kept: kept.append(number)
            case .changed: changed.append((range, Double(number.text) ?? 0))
            }
        }
        (self.changed, self.kept) = (changed, kept)
    }

    /// Calls `body` with each number of a valid JSON text that may need a closer look: short ones are exact.
    private static func forEach(in json: [UInt8], _ body: (Range<Int>) -> Void) {
        var at = 0
        var isString = false
        while at < json.count {
            switch json[at] {
            case UInt8(ascii: "\""): isString.toggle()
            case UInt8(ascii: "\\"): at += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                if isString { break }
                let start = at
                var isShort = true
                while at < json.count, "0123456789+-.eE".utf8.contains(json[at]) {
                    if json[at] | 0x20 == UInt8(ascii: "e") { isShort = false }
                    at += 1
                }
                if !isShort || at - start > 15 { body(start..<at) }
                continue
            default: break
            }
            at += 1
        }
    }

    private static func number(_ text: ArraySlice<UInt8>) -> JSONNumber {
        text.withUnsafeBufferPointer { JSONNumber(validText: $0) }
    }

    private static func kind(of number: JSONNumber) -> Kind {
        if number.isIntegral {
            guard let whole = number.int64, whole.magnitude <= 1 << 53 else { return .changed }
            return .exact
        }
        guard number.exactDouble != nil else { return .changed }
        return number.stripped.digits.count <= 15 ? .exact : .kept
    }

    /// The first number of a result that is not exact; nil if there is none. One that came in as it is, is exact.
    func inexact(in result: [UInt8]) -> String? {
        var found: String?
        Self.forEach(in: result) { range in
            guard found == nil else { return }
            let number = Self.number(result[range])
            switch Self.kind(of: number) {
            case .exact: break
            case .kept: if !kept.contains(where: { $0.hasValue(of: number) }) { found = number.text }
            case .changed: found = number.text
            }
        }
        return found
    }

    /// The number that a result depends on though jq changes it; nil if there is none. A result that stays the same with
    /// the next smaller and the next greater doubles does not depend on the digits that are lost.
    func decisive<Result: Equatable>(for result: Result, _ run: ([UInt8]) -> Result) -> String? {
        guard !changed.isEmpty else { return nil }
        var variants: [(Int) -> Bool] = [{ _ in true }, { _ in false }]
        // Two numbers that are one double.
        if Set(changed.map(\.double)).count < Set(changed.map { Array(json[$0.range]) }).count {
            variants.append { $0 % 2 == 0 }
        }
        guard variants.contains(where: { run(text(isGreater: $0)) != result }) else { return nil }
        let decisive = changed.indices.prefix(4).first { index in
            [true, false].contains { isGreater in
                run(text { $0 == index ? isGreater : nil }) != result
            }
        }
        return String(decoding: json[changed[decisive ?? 0].range], as: UTF8.self)
    }

    /// The text with neighbours of the changed numbers; nil: the number stays.
    private func text(isGreater: (Int) -> Bool?) -> [UInt8] {
        var out: [UInt8] = []
        var at = 0
        for (index, number) in changed.enumerated() {
            guard let isGreater = isGreater(index) else { continue }
            out += json[at..<number.range.lowerBound]
            let double = number.double
            // Beyond the greatest double jq takes the greatest.
            let other =
                !double.isFinite || double.magnitude == .greatestFiniteMagnitude
                ? (double < 0 ? -1 : 1) * (isGreater ? 1e308 : 0.9e308) : isGreater ? double.nextUp : double.nextDown
            out += "\(other)".utf8
            at = number.range.upperBound
        }
        return out + json[at...]
    }
}
