internal import JSON

/// How a client subscribes: what of its messages says whose pushes it wants. Compiled and immutable.
package final class SubscriptionShape: Sendable {
    /// Which messages subscribe; nil: all.
    let when: Condition?
    let key: any Expression
    /// Where a client that comes back goes on; nil: it cannot say.
    let after: (any Expression)?
    /// Nil: as usual.
    let reply: (any Expression)?
    /// Tables and choices, for test coverage.
    package let branchPoints: [BranchPoint]

    init(
        when: Condition?, key: any Expression, after: (any Expression)?, reply: (any Expression)?,
        branchPoints: [BranchPoint] = []
    ) {
        self.when = when
        self.key = key
        self.after = after
        self.reply = reply
        self.branchPoints = branchPoints
    }

    /// Whether a client can come back.
    package var takesAfter: Bool { after != nil }

    /// Bytes of the longest key.
    package static let mostKeyBytes = 255
}

/// Reads clients' messages. Reuses its memory: one thread at a time.
package final class SubscriptionReader {
    private let run: Run

    /// `trail`: records the branches taken.
    package init(trail: Trail? = nil) { run = Run(trail: trail) }

    package struct Subscription: Sendable, Equatable {
        package var key: String
        /// Nil: the client does not come back; empty: from now on.
        package var after: String?
        /// JSON text of an object.
        package var reply: [UInt8]
    }

    /// Why a message subscribes to nothing, with the remedy.
    package struct Problem: Error, Equatable {
        package let detail: String

        fileprivate init(_ detail: String) { self.detail = detail }

        fileprivate init(_ what: String, _ fault: Fault) {
            detail = "\(what): expected \(fault.expected), found \(fault.found); \(fault.remedy)"
        }
    }

    /// `message`: as the client sent it.
    package func read(
        _ message: [UInt8], as shape: SubscriptionShape, facts: MessageFacts
    ) throws(Problem) -> Subscription {
        let document: JSONDocument
        do throws(JSONSyntaxError) {
            document = try run.parser.parse(message)
        } catch {
            throw Problem("the message is not JSON: \(error)")
        }
        run.facts = facts
        run.scratch.reset()
        defer { (run.root, run.item) = (nil, .missing) }
        let result = document.withRoot { root in
            Result { () throws(Problem) -> Subscription in
                guard root.isObject else { throw Problem("expected a JSON object, found \(Value(root).described)") }
                if document.hasDuplicateNames { throw Problem("the message has a member twice; send each once") }
                run.root = root
                run.parents = [root]
                run.item = Value(root)
                return try subscription(shape)
            }
        }
        return try result.get()
    }

    private func subscription(_ shape: SubscriptionShape) throws(Problem) -> Subscription {
        if let when = shape.when {
            let isMeant: Bool
            do throws(Fault) { isMeant = try when.holds(run) } catch { throw Problem("when", error) }
            guard isMeant else {
                throw Problem("the message is not a subscription; send one as the route describes it")
            }
        }
        guard let key = try text(shape.key, "key"), !key.isEmpty else {
            throw Problem("key: expected a value, found none; send whose messages you want")
        }
        guard key.utf8.count <= SubscriptionShape.mostKeyBytes else {
            throw Problem("key: expected at most \(SubscriptionShape.mostKeyBytes) bytes, found \(key.utf8.count)")
        }
        let after = try shape.after.flatMap { value throws(Problem) in try text(value, "after") }
        var reply: [UInt8] = []
        do throws(Fault) {
            if let shape = shape.reply { reply = try shape.evaluate(run).textOrEmptyObject }
        } catch {
            throw Problem("reply", error)
        }
        if reply.isEmpty {
            reply = Array(#"{"type":"subscribed","key":"#.utf8)
            JSONText.append(string: key, to: &reply)
            reply.append(UInt8(ascii: "}"))
        }
        return Subscription(key: key, after: after, reply: reply)
    }

    /// Nil where there is no value.
    private func text(_ value: any Expression, _ what: String) throws(Problem) -> String? {
        let found: Value
        do throws(Fault) { found = try value.evaluate(run) } catch { throw Problem(what, error) }
        if found.isAbsent { return nil }
        guard let text = found.text(run) else {
            throw Problem("\(what): expected a text or a number, found \(found.described)")
        }
        return text.string
    }
}
