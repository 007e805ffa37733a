package import JSON
internal import Schemas
internal import Yams

/// Changes what a YAML text means, value by value: every byte outside of the changed values stays as it is.
package struct YAMLEdit {
    /// Why the text was not changed.
    package struct Refusal: Error {
        package let position: TextPosition
        package let message: String
    }

    private let text: YAMLBytes
    /// Replacements, in order of discovery.
    private var edits: [(range: Range<Int>, bytes: [UInt8])] = []

    /// The value of a YAML text as JSON; nil if it is empty.
    package static func json(_ text: String, file: String) throws(MappingDiagnostic) -> String? {
        try YAMLText.compose(text, file: file).map(json)
    }

    /// The text, changed so that its value is `target`, a JSON text. Throws if this cannot be done in place.
    package static func change(_ text: String, file: String, to target: String) throws(Refusal) -> String {
        guard let document = try? JSONParser().parse(target) else {
            throw Refusal(position: TextPosition(line: 1, column: 1), message: "the results are not JSON")
        }
        // Typed throws do not pass the closure.
        let result = document.withRoot { root in
            Result { () throws(Refusal) in try change(text, file: file, to: root) }
        }
        return try result.get()
    }

    private static func change(_ text: String, file: String, to target: JSONNode) throws(Refusal) -> String {
        let bytes = YAMLBytes(Array(text.utf8))
        guard let root = try compose(text, file: file) else {
            throw Refusal(position: TextPosition(line: 1, column: 1), message: "the file is empty")
        }
        var edit = YAMLEdit(text: bytes)
        do throws(YAMLPlace.Unplaced) {
            edit.set(try YAMLPlace.find(root, in: bytes), to: target)
        } catch {
            let position = bytes.bytes.withUnsafeBufferPointer { TextPosition(ofByte: error.offset, in: $0) }
            throw Refusal(position: position, message: "this YAML is written in a way that cannot be edited in place")
        }
        let changed = String(decoding: edit.result, as: UTF8.self)
        // The text is only returned if it is proved to mean what was intended.
        guard let after = try compose(changed, file: file), equal(after, target) else {
            let at = edit.edits.map(\.range.lowerBound).min() ?? 0
            let position = bytes.bytes.withUnsafeBufferPointer { TextPosition(ofByte: at, in: $0) }
            throw Refusal(
                position: position,
                message: "changing this value would change others too (an anchor, or the way it is written)")
        }
        return changed
    }

    private static func compose(_ text: String, file: String) throws(Refusal) -> Node? {
        do throws(MappingDiagnostic) {
            return try YAMLText.compose(text, file: file)
        } catch {
            throw Refusal(position: error.position, message: error.message)
        }
    }

    private init(text: YAMLBytes) { self.text = text }

    private var result: [UInt8] {
        var out: [UInt8] = []
        var at = 0
        let sorted = edits.enumerated().sorted {
            ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
        }
        for (_, edit) in sorted {
            guard edit.range.lowerBound >= at else { continue }
            out += text.bytes[at..<edit.range.lowerBound] + edit.bytes
            at = edit.range.upperBound
        }
        return out + text.bytes[at...]
    }

    // MARK: Values

    private static func json(_ node: Node) -> String {
        var out: [UInt8] = []
        YAMLValue.appendJSON(node, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private static func equal(_ node: Node, _ target: JSONNode) -> Bool {
        guard let own = try? JSONParser().parse(json(node)) else { return false }
        return own.withRoot { JSONEquality.equal($0, target) }
    }

    private mutating func set(_ place: YAMLPlace, to target: JSONNode) {
        if Self.equal(place.node, target) { return }
        if !place.isAlias, target.isObject, target.count > 0, !place.pairs.isEmpty {
            setPairs(place, to: target)
        } else if !place.isAlias, target.isArray, target.count > 0, !place.elements.isEmpty {
            setElements(place, to: target)
        } else {
            replace(place, with: target)
        }
    }

    private mutating func replace(_ place: YAMLPlace, with target: JSONNode) {
        var new = YAMLFlow.text(target, like: place.node.scalar)
        if place.content == place.end {
            let before = place.content > 0 ? text.bytes[place.content - 1] : 0x20
            if before != 0x20 { new = " " + new }
        } else if text.beginsLine(place.content) {
            // A list may stand in the column of its key; a value in brackets may not.
            let column = text.column(of: place.content)
            if column <= place.indent { new = String(repeating: " ", count: place.indent + 2 - column) + new }
        }
        edits.append((place.content..<place.end, Array(new.utf8)))
    }

    // MARK: Collections

    private mutating func setPairs(_ place: YAMLPlace, to target: JSONNode) {
        let gone = place.pairs.map { target[$0.name] == nil }
        guard gone.contains(false) else { return replace(place, with: target) }
        for pair in place.pairs { if let value = target[pair.name] { set(pair.value, to: value) } }
        remove(place.pairs.map { ($0.start, $0.value.end) }, gone, isFlow: place.isFlow)
        let known = Set(place.pairs.map(\.name))
        guard let last = place.pairs.last, let kept = gone.lastIndex(of: false) else { return }
        for (name, value) in target.members {
            let key = name.string ?? ""
            if known.contains(key) { continue }
            if place.isFlow {
                insert(", \(YAMLFlow.key(key)): \(YAMLFlow.text(value))", inFlowAfter: last.value)
            } else {
                insert(YAMLFlow.block(key, value), at: place.pairs[0].start, after: place.pairs[kept].value)
            }
        }
    }

    private mutating func setElements(_ place: YAMLPlace, to target: JSONNode) {
        let targets = Array(target.elements)
        for (element, value) in zip(place.elements, targets) { set(element.value, to: value) }
        let gone = place.elements.indices.map { $0 >= targets.count }
        remove(place.elements.map { ($0.start, $0.value.end) }, gone, isFlow: place.isFlow)
        guard let last = place.elements.last else { return }
        for value in targets.dropFirst(place.elements.count) {
            if place.isFlow {
                insert(", \(YAMLFlow.text(value))", inFlowAfter: last.value)
            } else {
                insert(["- \(YAMLFlow.text(value))"], at: place.elements[0].start, after: last.value)
            }
        }
    }

    private mutating func insert(_ new: String, inFlowAfter last: YAMLPlace) {
        let space = last.start == last.end ? " " : ""
        edits.append((last.end..<last.end, Array((space + new).utf8)))
    }

    /// New lines after the last value's line, in the column of `first`.
    private mutating func insert(_ lines: [String], at first: Int, after last: YAMLPlace) {
        let indent = String(repeating: " ", count: text.column(of: first))
        let end = text.lineEnd(of: last.end)
        edits.append((end..<end, Array(lines.map { text.lineEnd + indent + $0 }.joined().utf8)))
    }

    /// Removes parts of a collection; at least one stays.
    private mutating func remove(_ parts: [(start: Int, end: Int)], _ gone: [Bool], isFlow: Bool) {
        var first = 0
        if isFlow || parts.first.map({ !text.beginsLine($0.start) }) == true {
            first = gone.firstIndex(of: false) ?? 0
            if first > 0 { edits.append((parts[0].start..<parts[first].start, [])) }
        }
        for index in first..<parts.count where gone[index] {
            if isFlow {
                edits.append((parts[index - 1].end..<parts[index].end, []))
            } else {
                // With its line and the comment there.
                let end = text.lineEnd(of: parts[index].end)
                edits.append(
                    (
                        text.lineStart(of: parts[index].start)..<(end + YAMLBytes.breakWidth(text.bytes, end)),
                        []
                    ))
            }
        }
    }
}
