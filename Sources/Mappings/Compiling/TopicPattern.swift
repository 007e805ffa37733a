/// A binding's routing key at a topic exchange: `*` stands for one word between dots, `#` for any number of words.
struct TopicPattern {
    private let words: [Substring]

    init(_ text: String) { words = Self.words(text) }

    private static func words(_ text: String) -> [Substring] {
        text.isEmpty ? [] : text.split(separator: ".", omittingEmptySubsequences: false)
    }

    /// False if a `*` or `#` stands within a word, where it is taken literally.
    var hasWholeWildcards: Bool {
        words.allSatisfy { word in
            word.count == 1 || !word.contains { $0 == "*" || $0 == "#" }
        }
    }

    func matches(_ routingKey: String) -> Bool {
        // For each number of words of the key: whether the pattern's words so far match as many.
        let key = Self.words(routingKey)
        var reached = [true] + Array(repeating: false, count: key.count)
        for word in words {
            var next = Array(repeating: false, count: reached.count)
            for index in reached.indices {
                if word == "#" {
                    next[index] = reached[index] || (index > 0 && next[index - 1])
                } else if index > 0 {
                    next[index] = reached[index - 1] && (word == "*" || word == key[index - 1])
                }
            }
            reached = next
        }
        return reached.last == true
    }
}

extension DeclaredBinding {
    /// Whether a message with this routing key takes the binding; nil if that is not known. `kind`: the exchange's.
    func takes(_ routingKey: String?, of kind: ExchangeDeclaration.Kind?) -> Bool? {
        switch kind {
        case .fanout: true
        case .direct: routingKey.map { $0 == self.routingKey }
        case .topic: self.routingKey == "#" ? true : routingKey.map { TopicPattern(self.routingKey).matches($0) }
        case .headers, nil: nil
        }
    }
}

extension ExchangeDeclaration {
    /// The type of an exchange of the broker's own.
    static func builtIn(_ name: String) -> Kind? {
        switch name {
        case "amq.direct": .direct
        case "amq.topic": .topic
        case "amq.fanout": .fanout
        case "amq.headers", "amq.match": .headers
        default: nil
        }
    }
}
