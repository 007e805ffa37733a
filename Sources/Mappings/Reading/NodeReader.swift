internal import JSON
internal import Yams

/// Reads the YAML nodes of one file: checks keys and kinds against the language table, and collects all mistakes.
final class NodeReader {
    let file: String
    private(set) var mistakes: [MappingDiagnostic] = []
    /// Digests of other files and settings read, part of the route's source text.
    var otherFiles: [String] = []
    /// Tables and choices compiled, in order.
    var branchPoints: [BranchPoint] = []
    /// Queues and exchanges that are declared, in order.
    var declared: [DeclaredThing] = []
    /// Compiled paths that start at the message, in order.
    var messagePaths: [Path] = []
    /// Compiled paths that start at the stored record, in order.
    var storedPaths: [(path: Path, position: TextPosition)] = []
    /// Values that are the caller's name, in order.
    var principals: [TextPosition] = []
    /// Fields' new keys compiled, in order: the sequence, or nil for a UUID.
    var newKeys: [NumberSequence?] = []

    init(file: String) { self.file = file }

    /// How much has been noted, so that a value can be compiled anew.
    struct Mark {
        fileprivate let mistakes: Int
        fileprivate let otherFiles: Int
        fileprivate let branchPoints: Int
        fileprivate let messagePaths: Int
        let storedPaths: Int
        fileprivate let principals: Int
        fileprivate let newKeys: Int
    }

    var mark: Mark {
        Mark(
            mistakes: mistakes.count, otherFiles: otherFiles.count, branchPoints: branchPoints.count,
            messagePaths: messagePaths.count, storedPaths: storedPaths.count, principals: principals.count,
            newKeys: newKeys.count)
    }

    func forgetBranchPoints(since mark: Mark) {
        branchPoints.removeLast(branchPoints.count - mark.branchPoints)
    }

    /// Forgets what was noted since.
    func rewind(to mark: Mark) {
        mistakes.removeLast(mistakes.count - mark.mistakes)
        otherFiles.removeLast(otherFiles.count - mark.otherFiles)
        branchPoints.removeLast(branchPoints.count - mark.branchPoints)
        messagePaths.removeLast(messagePaths.count - mark.messagePaths)
        storedPaths.removeLast(storedPaths.count - mark.storedPaths)
        principals.removeLast(principals.count - mark.principals)
        newKeys.removeLast(newKeys.count - mark.newKeys)
    }

    func add(_ node: Node, _ rule: String, _ message: String, severity: MappingDiagnostic.Severity = .error) {
        add(position(node), rule, message, severity: severity)
    }

    /// `file`: another one that the mapping names.
    func add(
        _ position: TextPosition, _ rule: String, _ message: String, severity: MappingDiagnostic.Severity = .error,
        file other: String? = nil
    ) {
        // Further errors of a value that could not be replaced follow from that one.
        let file = other ?? self.file
        if mistakes.contains(where: { $0.position == position && $0.file == file && $0.rule == "interpolation" }) {
            return
        }
        let mistake = MappingDiagnostic(
            file: file, position: position, rule: rule, message: message, severity: severity)
        if !mistakes.contains(mistake) { mistakes.append(mistake) }
    }

    /// Whether there is an error among the mistakes after the first `count`.
    func hasErrors(since count: Int) -> Bool { mistakes.dropFirst(count).contains { $0.severity == .error } }

    func position(_ node: Node) -> TextPosition {
        TextPosition(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    /// Reads the known members in order; reports unknown and missing keys. Nil if the node is not a mapping.
    func members(_ node: Node, _ object: LanguageObject, what: String) -> Members? {
        guard let mapping = node.mapping else {
            let known = object.keys.prefix(6).map { "'\($0.name):'" }.joined(separator: ", ")
            add(node, "type", "\(what): expected \(known), found \(Self.shown(node))")
            return nil
        }
        var members = Members(node: node)
        for (name, value) in mapping {
            let word = name.scalar?.string ?? ""
            if reportMergeKey(name) { continue }
            guard object.keys.contains(where: { $0.name == word }) else {
                let names = object.keys.map(\.name)
                let hint =
                    Spelling.nearest(to: word, in: names).map { " (did you mean '\($0)'?)" }
                    ?? "; \(what) knows \(names.joined(separator: ", "))"
                add(name, "unknown-field", "unknown field '\(word)'\(hint)")
                continue
            }
            members.all.append((word, name, value))
        }
        for key in object.keys where key.isRequired && members[key.name] == nil {
            add(node, "missing-field", "\(what) needs '\(key.name):'")
        }
        return members
    }

    /// Reports a YAML merge key.
    private func reportMergeKey(_ key: Node) -> Bool {
        guard let scalar = key.scalar, scalar.style == .plain, scalar.string == "<<" else { return false }
        add(key, "merge-key", "YAML's merge key '<<' is not read; write the keys out")
        return true
    }

    /// Pairs of a map with free keys.
    func pairs(_ node: Node, what: String, allowsEmpty: Bool = true) -> [(name: String, key: Node, value: Node)] {
        guard let mapping = node.mapping else {
            add(node, "type", "\(what): expected keys and values, found \(Self.shown(node))")
            return []
        }
        if mapping.isEmpty, !allowsEmpty { add(node, "empty", "\(what): expected keys and values, found none") }
        var pairs: [(String, Node, Node)] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                add(key, "type", "\(what): a key is a word, found \(Self.shown(key))")
                continue
            }
            if reportMergeKey(key) { continue }
            pairs.append((name, key, value))
        }
        return pairs
    }

    func elements(_ node: Node, what: String, allowsEmpty: Bool = true) -> [Node] {
        guard let sequence = node.sequence else {
            add(node, "type", "\(what): expected a list, found \(Self.shown(node))")
            return []
        }
        if sequence.isEmpty, !allowsEmpty { add(node, "empty", "\(what): expected at least one element, found none") }
        return Array(sequence)
    }

    func text(_ node: Node, what: String, allowsEmpty: Bool = false) -> String? {
        guard let scalar = node.scalar else {
            add(node, "type", "\(what): expected a text, found \(Self.shown(node))")
            return nil
        }
        if scalar.string.isEmpty, !allowsEmpty {
            add(node, "type", "\(what): expected a text, found nothing")
            return nil
        }
        return scalar.string
    }

    /// A text, or the value of the setting that an object names.
    func text(_ node: Node, what: String, context: MappingContext) -> String? {
        guard node.mapping != nil else { return text(node, what: what) }
        guard let members = members(node, Language.setting, what: what), let name = members["setting"],
            let word = text(name, what: "setting")
        else { return nil }
        guard context.settings.contains(word) else {
            let hint = Spelling.nearest(to: word, in: context.settings).map { " (did you mean '\($0)'?)" } ?? ""
            add(name, "unknown-setting", "no setting is named '\(word)'\(hint)")
            return nil
        }
        guard let value = context.setting(word) else {
            add(name, "setting-not-set", "\(what): the setting '\(word)' has no value; set it, or write the value here")
            return nil
        }
        // Changing the setting changes the route.
        otherFiles.append("\(word)=\(value)")
        return value
    }

    /// The text of another file, whose change changes the route.
    func fileText(
        _ node: Node, at path: String, most: Int, rule: String, what: String, context: MappingContext
    ) -> String? {
        switch context.read(path, file) {
        case .failure(let failure):
            add(node, rule, "\(what): \(failure.message)")
            return nil
        case .success(let text):
            guard text.utf8.count <= most else {
                add(node, rule, "\(what): the file has \(text.utf8.count) bytes, the limit is \(most)")
                return nil
            }
            otherFiles.append("\(path) \(text.utf8.count) \(text.hashValue)")
            return text
        }
    }

    /// A duration in milliseconds, from a text or a setting.
    func milliseconds(_ node: Node, what: String, context: MappingContext) -> Int64? {
        guard let text = text(node, what: what, context: context) else { return nil }
        do throws(ScheduleError) {
            return try Schedule.milliseconds(text)
        } catch {
            add(node, "duration", "\(what): \(error.message)")
            return nil
        }
    }

    func texts(_ node: Node, what: String, allowsEmpty: Bool = true) -> [String] {
        let nodes = node.sequence.map { Array($0) } ?? [node]
        if nodes.isEmpty, !allowsEmpty { add(node, "empty", "\(what): expected at least one text, found none") }
        return nodes.compactMap { text($0, what: what) }
    }

    func word(_ node: Node, of words: [String], what: String) -> String? {
        guard let text = node.scalar?.string, words.contains(text) else {
            let hint =
                node.scalar.flatMap { Spelling.nearest(to: $0.string, in: words) }.map { " (did you mean '\($0)'?)" }
                ?? ""
            let expected = words.map { "'\($0)'" }.joined(separator: " or ")
            add(node, "type", "\(what): expected \(expected), found \(Self.shown(node))\(hint)")
            return nil
        }
        return text
    }

    func integer(_ node: Node, in range: ClosedRange<Int>, what: String) -> Int? {
        guard let value = node.scalar.flatMap({ Int($0.string) }), range.contains(value) else {
            add(
                node, "type",
                "\(what): expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(Self.shown(node))"
            )
            return nil
        }
        return value
    }

    func bool(_ node: Node, what: String) -> Bool? {
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        default:
            add(node, "type", "\(what): expected true or false, found \(Self.shown(node))")
            return nil
        }
    }

    /// `key: true`: whether the step is requested.
    func flag(_ node: Node, what: String) {
        if node.scalar?.string != "true" {
            add(node, "type", "\(what): write '\(what): true', or leave it out; found \(Self.shown(node))")
        }
    }

    /// A single one-byte character.
    func character(_ node: Node?, what: String, otherwise: Character) -> UInt8 {
        guard let node else { return otherwise.asciiValue ?? 0 }
        guard let text = text(node, what: what) else { return 0 }
        let character = text == "\\t" ? "\t" : text
        guard character.utf8.count == 1, let byte = character.utf8.first, byte != 10 else {
            add(node, "type", "\(what): expected one character such as ';', found '\(text.prefix(20))'")
            return 0
        }
        return byte
    }

    static func shown(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): "'\(scalar.string.prefix(60))'"
        case .mapping: "keys and values"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    /// The members of one mapping node.
    struct Members {
        let node: Node
        var all: [(name: String, key: Node, value: Node)] = []

        init(node: Node) { self.node = node }

        subscript(name: String) -> Node? { all.first { $0.name == name }?.value }
        func key(_ name: String) -> Node? { all.first { $0.name == name }?.key }
    }
}
