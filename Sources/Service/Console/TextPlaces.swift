internal import JSON

/// Locates JSON Pointers in a JSON text, in UTF-16 units as browsers count. One pass for all pointers: a dead letter of
/// a hundred thousand items has as many.
struct TextPlaces {
    struct Place: Equatable {
        var start: Int
        var length: Int
    }

    /// Pointers through one value, by their next token.
    private final class Branch {
        var branches: [String: Branch] = [:]
        /// Pointers that end here.
        var ends: [Int] = []

        /// Pointers that end here or deeper.
        var all: [Int] { branches.values.reduce(ends) { $0 + $1.all } }
    }

    private var found: [Int: Range<Int>] = [:]

    /// For each pointer the range of its value, or of the parent that lacks it; nil for the whole text, or if it is not
    /// JSON.
    static func find(_ pointers: [JSONPointer], in text: [UInt8]) -> [Place?] {
        let root = Branch()
        for (number, pointer) in pointers.enumerated() {
            var branch = root
            for token in pointer.tokens {
                if let next = branch.branches[token] {
                    branch = next
                } else {
                    let next = Branch()
                    branch.branches[token] = next
                    branch = next
                }
            }
            branch.ends.append(number)
        }
        guard !root.branches.isEmpty, let document = try? JSONParser().parse(text) else {
            return pointers.map { _ in nil }
        }
        var places = TextPlaces()
        document.withRoot { places.descend(into: $0, root, isRoot: true) }
        let units = units(at: places.found.values.flatMap { [$0.lowerBound, $0.upperBound] }, in: text)
        return pointers.indices.map { number in
            guard let range = places.found[number], let start = units[range.lowerBound],
                let end = units[range.upperBound]
            else { return nil }
            return Place(start: start, length: end - start)
        }
    }

    private mutating func descend(into node: JSONNode, _ branch: Branch, isRoot: Bool = false) {
        var (rest, here) = (branch.branches, branch.ends)
        if node.isObject {
            for (name, value) in node.members where !rest.isEmpty {
                if let name = name.string, let next = rest.removeValue(forKey: name) { descend(into: value, next) }
            }
        } else if node.isArray {
            for (index, element) in node.elements.enumerated() where !rest.isEmpty {
                if let next = rest.removeValue(forKey: String(index)) { descend(into: element, next) }
            }
        }
        for missing in rest.values { here += missing.all }
        guard !isRoot else { return }
        let range = node.byteOffset..<node.byteOffset + node.rawText.count
        for number in here { found[number] = range }
    }

    /// Number of UTF-16 units before each of these bytes.
    private static func units(at offsets: [Int], in text: [UInt8]) -> [Int: Int] {
        var units: [Int: Int] = [:]
        var (at, count) = (0, 0)
        for offset in offsets.sorted() {
            while at < offset {
                // Continuation bytes count nothing; a four-byte scalar is a surrogate pair.
                if text[at] & 0xC0 != 0x80 { count += text[at] >= 0xF0 ? 2 : 1 }
                at += 1
            }
            units[offset] = count
        }
        return units
    }
}
