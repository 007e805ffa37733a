internal import JSON
internal import Foundation
internal import Yams

/// Parses a YAML settings file: nested or dotted keys, `${VAR}` in values; mistakes have line and column.
struct SettingsFile {
    private(set) var values: [SettingKey: SettingValue] = [:]
    private(set) var mistakes: [SettingDiagnostic] = []
    private let path: String
    private let environment: [String: String]

    /// Maximum file size.
    private static let maximumBytes = 1 << 20

    static func read(path: String, environment: [String: String]) -> SettingsFile {
        var file = SettingsFile(path: path, environment: environment)
        guard let data = Files.content(path) else {
            file.mistakes.append(
                SettingDiagnostic(
                    at: .file(path, line: 1, column: 1), rule: "settings-file",
                    "cannot read the settings file; give an existing file with -c"))
            return file
        }
        guard data.count <= maximumBytes else {
            file.mistakes.append(
                SettingDiagnostic(
                    at: .file(path, line: 1, column: 1), rule: "settings-file",
                    "the file has \(data.count) bytes; a settings file has at most \(maximumBytes)"))
            return file
        }
        file.read(String(decoding: data, as: UTF8.self))
        return file
    }

    private init(path: String, environment: [String: String]) {
        self.path = path
        self.environment = environment
    }

    private mutating func read(_ text: String) {
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            guard root.mapping != nil else {
                if root.scalar?.string.isEmpty == true { return }
                return add(root, "yaml-type", "expected keys such as 'rabbitMQ:', found \(Self.kind(root))")
            }
            read(root, prefix: "")
        } catch let error as YamlError {
            mistakes.append(Self.mistake(error, path: path))
        } catch {
            mistakes.append(
                SettingDiagnostic(at: .file(path, line: 1, column: 1), rule: "yaml-syntax", "\(error)"))
        }
    }

    private mutating func read(_ node: Node, prefix: String) {
        guard let mapping = node.mapping else { return }
        for (nameNode, value) in mapping {
            let name = nameNode.scalar?.string ?? ""
            let full = prefix.isEmpty ? name : prefix + "." + name
            switch SettingName.resolve(full) {
            case .known(let key, let isOldSpelling):
                if isOldSpelling {
                    mistakes.append(
                        SettingDiagnostic(
                            .hint, at: origin(nameNode), rule: "old-spelling", SettingName.oldSpellingHint))
                }
                set(key, value, at: nameNode)
            case .group:
                if value.mapping != nil {
                    read(value, prefix: full)
                } else if value.scalar?.string.isEmpty != true {
                    add(value, "yaml-type", "'\(full)' has keys of its own; found \(Self.kind(value))")
                } else if full == "companies" {
                    add(nameNode, "setting-empty", "'companies' holds nothing; give companies.allowed, or leave it out")
                }
            case .unknown:
                let siblings = SettingKey.all.map(\.name).filter { $0.hasPrefix(prefix.isEmpty ? "" : prefix + ".") }
                    .map { String($0.dropFirst(prefix.isEmpty ? 0 : prefix.count + 1)) }
                let words =
                    SettingKey.namedWords(after: prefix) + siblings
                    + siblings.compactMap { $0.split(separator: ".").first.map(String.init) }
                let hint = Spelling.nearest(to: name, in: words).map { " (did you mean '\($0)'?)" } ?? ""
                add(nameNode, "unknown-setting", "unknown setting '\(full)'\(hint)")
            }
        }
    }

    private mutating func set(_ key: SettingKey, _ node: Node, at nameNode: Node) {
        let text: String
        if let scalar = node.scalar {
            // An empty value or null means unset. A setting that restricts must be removed explicitly instead.
            if Self.isNull(scalar) {
                guard key.isGuard else { return }
                let none = key.kind == .list ? ", or \(SettingValue.emptyList) for none of them" : ""
                return add(
                    nameNode, "setting-empty", "'\(key.name)' has no value; give it one\(none), or leave the line out")
            }
            text = scalar.string
        } else if let sequence = node.sequence, key.kind == .list {
            let words = sequence.compactMap { $0.scalar.flatMap { Self.isNull($0) ? nil : $0.string } }
            guard words.count == sequence.count, words.allSatisfy({ Self.isWord($0) }) else {
                return add(node, "yaml-type", "'\(key.name)' is a list of words, none of them empty or with a comma")
            }
            text = words.isEmpty ? SettingValue.emptyList : words.joined(separator: ",")
        } else {
            return add(node, "yaml-type", "'\(key.name)' takes a single value, found \(Self.kind(node))")
        }
        if let earlier = values[key] {
            return add(nameNode, "setting-twice", "'\(key.name)' is given twice; the first one is at \(earlier.origin)")
        }
        switch Interpolation.expand(text, environment: environment) {
        case .success(let value): values[key] = SettingValue(text: value, origin: origin(node))
        case .failure(let error):
            let words = key.mayHoldSecret ? Interpolation.words(for: text) : error.message
            add(node, "interpolation", "'\(key.name)': \(words ?? error.message)")
        }
    }

    private static func isNull(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// Whether it is valid as an element of a list.
    static func isWord(_ text: String) -> Bool { !text.contains(",") && !text.allSatisfy(\.isWhitespace) }

    private mutating func add(_ node: Node, _ rule: String, _ message: String) {
        mistakes.append(SettingDiagnostic(at: origin(node), rule: rule, message))
    }

    private func origin(_ node: Node) -> SettingValue.Origin {
        .file(path, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    private static func kind(_ node: Node) -> String {
        switch node {
        case .scalar: "a single value"
        case .mapping: "keys and values"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    private static func mistake(_ error: YamlError, path: String) -> SettingDiagnostic {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let about = context.map { ", \($0.text)" } ?? ""
            return SettingDiagnostic(
                at: .file(path, line: mark.line, column: mark.column), rule: "yaml-syntax",
                "not valid YAML: \(problem)\(about)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            return SettingDiagnostic(
                at: .file(path, line: context.mark.line, column: context.mark.column), rule: "yaml-duplicate",
                "the key '\(duplicates.first.map { "\($0)" } ?? "")' is there more than once; keep one")
        case .reader(let problem, let offset, _, _):
            // The error itself quotes the line.
            let place = offset.map { " (at byte \($0))" } ?? ""
            return SettingDiagnostic(
                at: .file(path, line: 1, column: 1), rule: "yaml-syntax", "not valid YAML: \(problem)\(place)")
        default:
            return SettingDiagnostic(
                at: .file(path, line: 1, column: 1), rule: "yaml-syntax",
                "not valid YAML; write it as UTF-8 text with keys and values")
        }
    }
}
