internal import JSON
internal import Yams

/// Compiles the version that orders updates of a record: `version:` of a message (a path), or `versionField:` of a
/// route (the field).
struct VersionCompiler {
    /// The version field of a message shape.
    struct Version {
        var field: String
        var position: TextPosition
    }

    let reader: NodeReader

    // MARK: Of a message

    /// Finds the field that is mapped from the path; with `keep: all` also the member kept under that name.
    func version(_ node: Node, _ fields: [FieldProgram], keepsOthers: Bool, dropped: [String]) -> Version? {
        guard let text = reader.text(node, what: "version") else { return nil }
        let path: Path
        do throws(PathParser.Problem) {
            path = try PathParser.parse(text)
        } catch {
            reader.add(node, "path", "version: '\(text.prefix(60))': \(error.message)")
            return nil
        }
        let position = reader.position(node)
        if let field = fields.first(where: { $0.value.origin == path }) {
            return Version(field: field.name, position: position)
        }
        if keepsOthers, path.base == .item, path.steps.count == 1, case .name(let name)? = path.steps.first {
            let member = name.description
            let isMade = fields.contains { $0.name == member }
            if !isMade, !dropped.contains(member), !FieldNames.reserved.contains(member) {
                return Version(field: member, position: position)
            }
        }
        reader.add(
            node, "version-field",
            "version: no field gets its value from \(text.prefix(60)); the record must hold what tells its version, so add one"
                + " to 'fields:', such as updatedAt: \(text.prefix(60))")
        return nil
    }

    // MARK: Of a route

    /// The field that orders a route's records; reports shapes that disagree on it.
    func field(_ members: NodeReader.Members, _ shapes: [MessageCompiler.Compiled]) -> String? {
        let versions = shapes.compactMap(\.version)
        guard let node = members["versionField"] else {
            guard let first = versions.first else { return nil }
            for other in versions where other.field != first.field {
                reader.add(
                    other.position, "version-field",
                    "version: another case tells it by '\(first.field)' (\(first.position)), and this one by"
                        + " '\(other.field)'; a route has one such field: give both the same name")
            }
            check(first.field, shapes, what: "version") { message in
                reader.add(first.position, "version-field", message)
            }
            return first.field
        }
        if let version = versions.first {
            reader.add(
                version.position, "version-twice",
                "'version:' and the route's 'versionField:' both say it; keep one")
        }
        guard let name = reader.text(node, what: "versionField") else { return nil }
        guard !name.hasPrefix("$"), !name.contains("."), !FieldNames.reserved.contains(name) else {
            reader.add(
                node, "version-field",
                "versionField: expected the name of a top-level field such as updatedAt, found '\(name.prefix(60))'")
            return nil
        }
        check(name, shapes, what: "versionField") { reader.add(node, "version-field", $0) }
        return name
    }

    private func check(
        _ name: String, _ shapes: [MessageCompiler.Compiled], what: String, _ tell: (String) -> Void
    ) {
        for shape in shapes.map(\.shape) where !shape.keepsOthers && !shape.fieldNames.contains(name) {
            let hint = Spelling.nearest(to: name, in: shape.fieldNames).map { " (did you mean '\($0)'?)" } ?? ""
            let which = shapes.count > 1 ? " of '\(shape.name)'" : ""
            tell("\(what): 'fields:'\(which) gives no '\(name.prefix(60))'\(hint); add it there")
        }
    }
}
