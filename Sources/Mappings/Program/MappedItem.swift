internal import JSON

/// One item as it is mapped, for what is evaluated after the mapping: postings, answers, conditions on the stored record. `.`
/// is the item, `$` the catalog message with only this item, `~` the stored record. One thread at a time.
final class MappedItem {
    private let run: Run

    /// `keepsNumbers`: whether a whole number is the text that is written, and not its digits.
    init(keepsNumbers: Bool = true) { run = Run(keepsNumbers: keepsNumbers) }

    /// `envelope`: a catalog message with only the item, as JSON; an object without items where there is none. `stored`: the
    /// record as JSON. `captured`: what was captured of the item as it came, as JSON.
    func with<Result>(
        _ envelope: [UInt8], facts: MessageFacts, stored: [UInt8]?, captured: [UInt8]? = nil,
        _ body: (Run) throws(Fault) -> Result
    ) throws(Fault) -> Result {
        // Written as JSON, so it is valid.
        guard let document = try? run.parser.parse(envelope) else {
            preconditionFailure("an envelope that is not JSON")
        }
        let result = document.withRoot { root in
            Swift.Result { () throws(Fault) -> Result in
                run.facts = facts
                run.scratch.reset()
                run.root = root
                run.parents = [root]
                run.stored = stored.flatMap { text in run.node(run.scratch.copy(text)) }
                run.captured = captured.flatMap { text in run.node(run.scratch.copy(text)) }
                defer { (run.root, run.stored, run.captured) = (nil, nil, nil) }
                run.item = (root["items"]?.elements).flatMap { $0.first { _ in true } }.map { Value($0) } ?? .missing
                return try body(run)
            }
        }
        return try result.get()
    }
}

/// A condition on the stored record, by which an item is applied or not. Compiled and immutable.
package final class StoredCondition: Sendable {
    let condition: Condition

    init(_ condition: Condition) { self.condition = condition }

    /// Keeps the memory of evaluations: one thread at a time.
    package final class Evaluation {
        private let item = MappedItem()

        package init() {}

        /// `envelope`: a catalog message with only the item, as mapped. `stored`: its record as JSON.
        package func holds(
            _ condition: StoredCondition, envelope: [UInt8], stored: [UInt8], facts: MessageFacts
        ) throws(Fault) -> Bool {
            try item.with(envelope, facts: facts, stored: stored) { run throws(Fault) in
                try condition.condition.holds(run)
            }
        }
    }
}
