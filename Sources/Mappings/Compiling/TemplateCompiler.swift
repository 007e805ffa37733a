internal import JSON
internal import Yams

/// Compiles `template:`: reads the file, and checks that its tags name what there is.
struct TemplateCompiler {
    /// The members that a value can have, as far as known.
    indirect enum Members {
        case any
        /// A single value.
        case none
        case named([String: Members])

        /// Of the values that an expression can yield.
        init(of value: any Expression) {
            self = value.types.isDisjoint(with: [.list, .object]) ? .none : .any
        }
    }

    let reader: NodeReader
    let context: MappingContext

    private static let mostBytes = 1 << 20

    func template(_ node: Node, members: Members) -> Template? {
        guard let path = reader.text(node, what: "template") else { return nil }
        guard let kind = Template.Kind(of: path) else {
            reader.add(
                node, "template", "template: a template's name ends in .html or .txt, found '\(path.prefix(80))'")
            return nil
        }
        let text = reader.fileText(
            node, at: path, most: Self.mostBytes, rule: "template", what: "template", context: context)
        guard let text else { return nil }
        let file = (reader.file.split(separator: "/", omittingEmptySubsequences: false).dropLast() + [path[...]])
            .joined(separator: "/")
        do throws(TemplateParser.Problem) {
            let template = Template(kind, try TemplateParser.parse(text))
            check(template.parts, [members], file)
            return template
        } catch {
            reader.add(error.position, "template", error.message, file: file)
            return nil
        }
    }

    /// `stack`: the values of the sections around, the innermost last.
    private func check(_ parts: [Template.Part], _ stack: [Members], _ file: String) {
        for part in parts {
            switch part {
            case .text: break
            case .value(let name): _ = find(name, stack, file)
            case .section(let name, let isInverted, let inner):
                let found = find(name, stack, file)
                check(inner, isInverted ? stack : stack + [found], file)
            }
        }
    }

    /// What a tag names; reports what cannot be there.
    private func find(_ name: Template.Name, _ stack: [Members], _ file: String) -> Members {
        guard let first = name.path.first else { return stack.last ?? .any }
        var known: [String] = []
        for value in stack.reversed() {
            switch value {
            case .any: return .any
            case .none: continue
            case .named(let members):
                known += members.keys
                guard var found = members[first] else { continue }
                for step in name.path.dropFirst() {
                    switch found {
                    case .any: return .any
                    case .none: return unknown(name, [], file)
                    case .named(let inner):
                        guard let next = inner[step] else { return unknown(name, Array(inner.keys), file) }
                        found = next
                    }
                }
                return found
            }
        }
        return unknown(name, known, file)
    }

    private func unknown(_ name: Template.Name, _ known: [String], _ file: String) -> Members {
        let known = Set(known).sorted()
        let last = name.path.last ?? ""
        let hint =
            Spelling.nearest(to: last, in: known).map { " (did you mean '\($0)'?)" }
            ?? (known.isEmpty ? "; it is a single value" : "; there is \(known.joined(separator: ", "))")
        reader.add(
            name.position, "template-tag", "the tag '\(name.text.prefix(60))' names nothing that is there\(hint)",
            file: file)
        return .any
    }
}
