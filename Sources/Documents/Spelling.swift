/// Finds the word that somebody probably meant.
package enum Spelling {
    /// The nearest of the words, if it is near enough to be a slip. Case does not count.
    package static func nearest(to word: String, in words: some Sequence<String>) -> String? {
        let lower = word.lowercased()
        var best: (word: String, distance: Int)?
        for candidate in words {
            let distance = distance(lower, candidate.lowercased())
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, word.count / 3) else { return nil }
        return best.word
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    package static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a.prefix(80)), b = Array(b.prefix(80))
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in 1..<(a.count + 1) {
            var current = [i]
            for j in 1..<(b.count + 1) {
                var least = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { least = min(least, before[j - 2] + 1) }
                current.append(least)
            }
            (before, previous) = (previous, current)
        }
        return previous[b.count]
    }
}
