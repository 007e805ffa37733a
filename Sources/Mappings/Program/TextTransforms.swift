/// A transform of text only: absent values pass through, other types fail.
protocol TextTransform: Transform {
    var word: String { get }
    func apply(text: Bytes, _ run: Run) -> Bytes
}

extension TextTransform {
    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        switch value {
        case .missing, .null: return value
        case .text(let text): return .text(apply(text: text, run))
        default: throw .needsText(word, value)
        }
    }

    var accepts: ValueTypes { .text }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.text, .absent] : .text }
}

extension Fault {
    static func needsText(_ step: String, _ found: Value) -> Fault {
        Fault(
            step, expected: "text", found: found,
            remedy:
                "send it as text, or take '\(step)' out of the mapping; to convert a whole number, write 'text: true' before '\(step)'"
        )
    }
}

final class Trim: TextTransform {
    let word = "trim"

    func apply(text: Bytes, _ run: Run) -> Bytes { Self.trimmed(text) }

    /// Without surrounding spaces, tabs, line ends and no-break spaces.
    static func trimmed(_ text: Bytes) -> Bytes {
        var (start, end) = (0, text.count)
        while start < end {
            if isSpace(text[start]) {
                start += 1
            } else if end - start >= 2, text[start] == 0xC2, text[start + 1] == 0xA0 {
                start += 2
            } else {
                break
            }
        }
        while start < end {
            if isSpace(text[end - 1]) {
                end -= 1
            } else if end - start >= 2, text[end - 2] == 0xC2, text[end - 1] == 0xA0 {
                end -= 2
            } else {
                break
            }
        }
        return Bytes(rebasing: text[start..<end])
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}

/// Converts to upper or lower case (Unicode).
final class CaseChange: TextTransform {
    let word: String
    private let isUpper: Bool

    init(isUpper: Bool) {
        self.isUpper = isUpper
        word = isUpper ? "upper" : "lower"
    }

    func apply(text: Bytes, _ run: Run) -> Bytes {
        guard text.allSatisfy({ $0 < 0x80 }) else {
            return run.scratch.copy((isUpper ? text.string.uppercased() : text.string.lowercased()).utf8)
        }
        let out = run.scratch.bytes(text.count)
        for (index, byte) in text.enumerated() {
            let isOther = isUpper ? (97...122).contains(byte) : (65...90).contains(byte)
            out[index] = isOther ? byte ^ 0x20 : byte
        }
        return Bytes(start: out, count: text.count)
    }
}

/// Pads text to a number of characters.
final class Pad: TextTransform {
    let word = "pad"
    private let length: Int
    private let with: [UInt8]
    private let isLeft: Bool

    init(length: Int, with: String, isLeft: Bool) {
        self.length = length
        self.with = Array(with.utf8)
        self.isLeft = isLeft
    }

    func apply(text: Bytes, _ run: Run) -> Bytes {
        let characters = text.count { $0 & 0xC0 != 0x80 }
        guard characters < length else { return text }
        var filling: [UInt8] = []
        for _ in characters..<length { filling.append(contentsOf: with) }
        return run.scratch.copy(isLeft ? filling + text : text + filling)
    }
}

/// Replaces every occurrence of a text.
final class Replace: TextTransform {
    let word = "replace"
    private let from: [UInt8]
    private let to: [UInt8]

    /// `from` must not be empty.
    init(from: String, to: String) {
        self.from = Array(from.utf8)
        self.to = Array(to.utf8)
    }

    func apply(text: Bytes, _ run: Run) -> Bytes {
        guard text.count >= from.count else { return text }
        var out: [UInt8] = []
        var (at, start) = (0, 0)
        while at + from.count <= text.count {
            if text[at] == from[0], text[at..<(at + from.count)].elementsEqual(from) {
                out.append(contentsOf: text[start..<at])
                out.append(contentsOf: to)
                at += from.count
                start = at
            } else {
                at += 1
            }
        }
        guard start > 0 else { return text }
        out.append(contentsOf: text[start...])
        return run.scratch.copy(out)
    }
}

/// A substring by Unicode scalars, counted from 0.
final class Cut: TextTransform {
    let word = "substring"
    private let from: Int
    private let length: Int?

    init(from: Int, length: Int?) {
        self.from = from
        self.length = length
    }

    func apply(text: Bytes, _ run: Run) -> Bytes {
        var starts: [Int] = []
        for (index, byte) in text.enumerated() where byte & 0xC0 != 0x80 { starts.append(index) }
        let first = from < 0 ? max(0, starts.count + from) : min(from, starts.count)
        let last = length.map { min(first + $0, starts.count) } ?? starts.count
        guard first < last else { return Bytes(rebasing: text[0..<0]) }
        return Bytes(rebasing: text[starts[first]..<(last < starts.count ? starts[last] : text.count)])
    }
}

/// Converts a whole number or a boolean to text; text is unchanged.
final class ToText: Transform {
    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        switch value {
        case .missing, .null, .text: return value
        case .bool:
            guard let text = value.textForm else { return value }
            return .text(text)
        case .number(let number):
            if run.keepsNumbers { return .text(number) }
            guard let text = Decimals.whole(number, run) else {
                throw Fault(
                    "text", expected: "text, or a whole number of at most 64 digits", found: value,
                    remedy: "send it as text: 12.5 and 12.50 are one number, and would be two texts")
            }
            return .text(text)
        default:
            throw Fault(
                "text", expected: "text, a whole number or true or false", found: value,
                remedy: "name a single value inside it, or join a list with 'join:'")
        }
    }

    var accepts: ValueTypes { [.text, .number, .bool] }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.text, .absent] : .text }
}

/// Converts blank text to null or missing.
final class Blank: Transform {
    private let isNull: Bool

    init(isNull: Bool) { self.isNull = isNull }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        guard case .text(let text) = value, Trim.trimmed(text).isEmpty else { return value }
        return isNull ? .null : .missing
    }

    func types(of input: ValueTypes) -> ValueTypes { input.union(.absent) }
}

/// Replaces a missing or null value.
final class Default: Transform {
    let other: any Expression

    init(_ other: any Expression) { self.other = other }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        value.isAbsent ? try other.evaluate(run) : value
    }

    func contains(_ test: (any Transform) -> Bool) -> Bool { test(self) || other.contains(test) }

    func types(of input: ValueTypes) -> ValueTypes { input.subtracting(.absent).union(other.types) }
}
