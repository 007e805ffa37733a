internal import JSON

/// Splits delimited text into a list.
final class Split: Transform {
    private let separator: [UInt8]
    private let trims: Bool
    private let keepsEmpty: Bool

    /// `separator` must not be empty.
    init(separator: String, trims: Bool, keepsEmpty: Bool) {
        self.separator = Array(separator.utf8)
        self.trims = trims
        self.keepsEmpty = keepsEmpty
    }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        switch value {
        case .missing, .null, .list: return value
        case .node(let node) where node.isArray: return value
        case .json(let text) where text.first == UInt8(ascii: "["): return value
        case .text(let text): return .list(run.scratch.list(parts(of: text)))
        default: throw .needsText("split", value)
        }
    }

    private func parts(of text: Bytes) -> [Value] {
        var parts: [Value] = []
        func add(_ range: Range<Int>) {
            let part = Bytes(rebasing: text[range])
            let own = trims ? Trim.trimmed(part) : part
            if keepsEmpty || !own.isEmpty { parts.append(.text(own)) }
        }
        var (at, start) = (0, 0)
        while at + separator.count <= text.count {
            if text[at] == separator[0], text[at..<(at + separator.count)].elementsEqual(separator) {
                add(start..<at)
                at += separator.count
                start = at
            } else {
                at += 1
            }
        }
        add(start..<text.count)
        return parts
    }

    var accepts: ValueTypes { [.text, .list] }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.list, .absent] : .list }
}

/// Joins a list with a separator.
final class Join: Transform {
    private let separator: [UInt8]

    init(separator: String) { self.separator = Array(separator.utf8) }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        if value.isAbsent { return value }
        var out: [UInt8] = []
        var isFirst = true
        for element in try Lists.elements(of: value, step: "join", run) {
            if element.isAbsent { continue }
            guard let text = element.text(run) else {
                throw Fault(
                    "join", expected: "a list of texts or numbers", found: element, remedy: "send single values")
            }
            if !isFirst { out.append(contentsOf: separator) }
            isFirst = false
            out.append(contentsOf: text)
        }
        return .text(run.scratch.copy(out))
    }

    var accepts: ValueTypes { .list }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.text, .absent] : .text }
}

/// Maps each element by an expression; missing results are omitted.
final class Each: Transform {
    let body: any Expression

    init(_ body: any Expression) { self.body = body }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        if value.isAbsent { return value }
        var made: [Value] = []
        for (index, element) in try Lists.elements(of: value, step: "each", run).enumerated() {
            do throws(Fault) {
                let one = try run.with(item: element) { () throws(Fault) in try body.evaluate(run) }
                if case .missing = one { continue }
                made.append(one)
            } catch {
                throw error.inElement(index)
            }
        }
        return .list(run.scratch.list(made))
    }

    var accepts: ValueTypes { .list }

    func contains(_ test: (any Transform) -> Bool) -> Bool { test(self) || body.contains(test) }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.list, .absent] : .list }
}

enum Lists {
    static func elements(of value: Value, step: String, _ run: Run) throws(Fault) -> [Value] {
        if case .list(let values) = value { return Array(values) }
        guard let node = value.node(run), node.isArray else {
            throw Fault(
                step, expected: "a list", found: value, remedy: "send a list, or put 'split:' before '\(step)'")
        }
        return node.elements.map { Value($0) }
    }
}
