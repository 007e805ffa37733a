/// Suggests the intended word for a misspelled one.
package enum Spelling {
    /// Longest word to correct, in characters.
    private static let longest = 80

    /// The word with the smallest edit distance, if close enough to be a typing error. Ignores case.
    package static func nearest(to word: String, in words: some Sequence<String>) -> String? {
        guard word.utf8.count <= longest * 4 else { return nil }
        let wanted = scalars(of: word)
        guard wanted.count <= longest else { return nil }
        // Maximum distance accepted; then, less than the best candidate's.
        var most = max(1, word.count / 3)
        var best: String?
        for candidate in words {
            guard let distance = distance(wanted, scalars(of: candidate), most: most) else { continue }
            (best, most) = (candidate, distance - 1)
            if distance == 0 { break }
        }
        return best
    }

    /// Edit distance with insertions, deletions, replacements and transpositions (optimal string alignment).
    package static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (a.unicodeScalars.prefix(longest), b.unicodeScalars.prefix(longest))
        return distance(Array(a), Array(b), most: longest) ?? longest
    }

    private static func scalars(of word: String) -> [Unicode.Scalar] { Array(word.lowercased().unicodeScalars) }

    /// Nil if the distance exceeds `most`.
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar], most: Int) -> Int? {
        guard a.count <= b.count + most, b.count <= a.count + most else { return nil }
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var current = [i]
            current.reserveCapacity(b.count + 1)
            for j in 1...b.count {
                var least = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { least = min(least, before[j - 2] + 1) }
                current.append(least)
            }
            // Later rows never go below the minimum of two rows.
            if let least = current.min(), let earlier = previous.min(), min(least, earlier) > most { return nil }
            (before, previous) = (previous, current)
        }
        return previous[b.count] <= most ? previous[b.count] : nil
    }
}
