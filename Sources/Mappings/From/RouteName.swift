/// What routes, listeners and parameters may be named.
enum RouteName {
    static func isValid(_ word: String) -> Bool {
        (1...64).contains(word.utf8.count)
            && word.utf8.allSatisfy {
                ($0 | 32 >= 97 && $0 | 32 <= 122) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
                    || $0 == UInt8(ascii: "_")
            }
    }
}
