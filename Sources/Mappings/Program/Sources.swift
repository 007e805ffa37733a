internal import JSON
internal import BSON

/// A member of the item, looked up once per item for all expressions.
final class SlotValue: Expression {
    private let slot: Int
    let path: Path

    /// `slot`: of the path's first name.
    init(_ path: Path, slot: Int) {
        self.path = path
        self.slot = slot
    }

    var origin: Path? { path }
    var types: ValueTypes { .any }

    func origin(of inside: ArraySlice<String>) -> Path? { path.appending(inside) }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        let value = run.slots[slot]
        guard path.steps.count > 1 else { return value }
        guard case .node(let node) = value, let found = try Path.follow(path.steps.dropFirst(), from: node) else {
            return .missing
        }
        return Value(found)
    }
}

/// Any other path.
final class PathValue: Expression {
    let path: Path

    init(_ path: Path) { self.path = path }

    var origin: Path? { path }
    var types: ValueTypes { .any }

    func origin(of inside: ArraySlice<String>) -> Path? { path.appending(inside) }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        let value = try find(run)
        // The value may be read as a whole, for example by jq.
        if run.hasDuplicateNames, case .node(let node) = value { try Path.refuseDuplicates(in: node) }
        return value
    }

    private func find(_ run: Run) throws(Fault) -> Value {
        switch path.base {
        case .root:
            guard let root = run.root, let found = try Path.follow(path.steps[...], from: root) else { return .missing }
            return Value(found)
        case .stored:
            guard let stored = run.stored else { return .missing }
            return try Path.follow(path.steps[...], from: stored).map { Value($0) } ?? .missing
        case .parent(let level):
            guard level <= run.parents.count,
                let found = try Path.follow(path.steps[...], from: run.parents[run.parents.count - level])
            else { return .missing }
            return Value(found)
        case .item:
            if path.steps.isEmpty { return run.item }
            if case .list(let values) = run.item {
                guard case .index(let index) = path.steps[0] else { return .missing }
                let wanted = index < 0 ? values.count + index : index
                guard values.indices.contains(wanted) else { return .missing }
                if path.steps.count == 1 { return values[wanted] }
                guard let node = values[wanted].node(run) else { return .missing }
                return try Path.follow(path.steps.dropFirst(), from: node).map { Value($0) } ?? .missing
            }
            guard let node = run.item.node(run) else { return .missing }
            return try Path.follow(path.steps[...], from: node).map { Value($0) } ?? .missing
        }
    }
}

/// The first of several values that is present and not null.
final class FirstOf: Expression {
    let all: [any Expression]

    init(_ all: [any Expression]) { self.all = all }

    var origin: Path? { all.first?.origin }
    var types: ValueTypes { all.reduce([]) { $0.union($1.types) } }

    func origin(_ run: Run) -> Path? {
        for one in all {
            if let value = try? one.evaluate(run), value.isAbsent { continue }
            return one.origin(run)
        }
        return origin
    }

    func contains(_ test: (any Transform) -> Bool) -> Bool { all.contains { $0.contains(test) } }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        var last = Value.missing
        for one in all {
            last = try one.evaluate(run)
            if !last.isAbsent { return last }
        }
        return last
    }
}

/// Concatenates texts. Missing and null values count as empty; if every part that is not constant is absent, so is the
/// result.
final class Concatenation: Expression {
    let parts: [any Expression]
    private let separator: Constants

    init(_ parts: [any Expression], separator: String) {
        self.parts = parts
        self.separator = Constants(separator)
    }

    var origin: Path? { parts.lazy.compactMap(\.origin).first }
    var types: ValueTypes { [.text, .absent] }
    func contains(_ test: (any Transform) -> Bool) -> Bool { parts.contains { $0.contains(test) } }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        var out: [UInt8] = []
        var isFirst = true
        var found = false
        for part in parts {
            let value = try part.evaluate(run)
            if value.isAbsent { continue }
            if !(part is Constant) { found = true }
            guard let text = value.text(run) else {
                let fault = Fault(
                    "concat", expected: "text, a number or true or false", found: value,
                    remedy: "name a single value inside it")
                throw fault.from(part.origin(run))
            }
            if !isFirst { out.append(contentsOf: separator.bytes) }
            isFirst = false
            out.append(contentsOf: text)
        }
        return found ? .text(run.scratch.copy(out)) : .missing
    }
}

/// The value of the first branch whose condition holds. That none does is a fault, unless the value may be left out.
final class Choice: Expression {
    let branches: [(condition: Condition?, then: any Expression)]
    let isOptional: Bool

    /// `isOptional`: a step says what becomes of a value that no branch takes.
    init(_ branches: [(condition: Condition?, then: any Expression)], isOptional: Bool) {
        self.branches = branches
        self.isOptional = isOptional
    }

    /// For test coverage.
    func branchPoint(named name: String) -> BranchPoint {
        BranchPoint(
            self, name: name,
            entries: branches.enumerated().map { number, branch in
                (number, branch.condition == nil ? "else" : "branch \(number + 1)")
            })
    }

    var origin: Path? {
        branches.lazy.compactMap(\.then.origin).first ?? branches.lazy.compactMap(\.condition?.origin).first
    }
    var types: ValueTypes {
        let all = branches.reduce(into: ValueTypes()) { $0.formUnion($1.then.types) }
        return branches.contains { $0.condition == nil } || !isOptional ? all : all.union(.absent)
    }
    var words: [String]? {
        let all = branches.map(\.then.words)
        return all.contains { $0 == nil } ? nil : all.flatMap { $0 ?? [] }
    }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        for (number, branch) in branches.enumerated() {
            if let condition = branch.condition, !(try condition.holds(run)) { continue }
            run.trail?.mark(self, entry: number)
            return try branch.then.evaluate(run)
        }
        if isOptional { return .missing }
        let asked = branches.lazy.compactMap { $0.condition?.asked }.first
        let found = asked.flatMap { asked in try? asked.evaluate(run) }
        let taken = takenValues
        let fault = Fault(
            "choose", expected: taken ?? "a value that a branch takes", found: found ?? .missing,
            remedy: taken == nil
                ? "send a value that fits a 'when:', or add 'else:' in the mapping"
                : "send such a value, or add 'else:' in the mapping")
        throw fault.from(asked?.origin(run))
    }

    /// The values that the branches take, for people; nil if a condition asks for anything but a few values of one path.
    private var takenValues: String? {
        let all = branches.map { $0.condition?.wanted }
        guard let path = all.first??.path, all.allSatisfy({ $0?.path == path }) else { return nil }
        let words = all.flatMap { $0?.values ?? [] }
        let shown = words.prefix(8).joined(separator: ", ") + (words.count > 8 ? ", …" : "")
        return words.count == 1 ? shown : "one of \(shown)"
    }

    func origin(_ run: Run) -> Path? {
        for branch in branches {
            guard let condition = branch.condition else { return branch.then.origin(run) }
            guard let holds = try? condition.holds(run) else { return condition.origin }
            if holds { return branch.then.origin(run) }
        }
        return origin
    }

    func contains(_ test: (any Transform) -> Bool) -> Bool { branches.contains { $0.then.contains(test) } }
}

/// An object of fields. Missing fields are omitted; if all are missing, so is the object.
final class ObjectValue: Expression {
    let fields: [(name: [UInt8], value: any Expression)]
    let names: [String]
    /// Whether missing fields become null, unless all are missing.
    let fillsNull: Bool

    init(_ fields: [(name: String, value: any Expression)], fillsNull: Bool = false) {
        self.fillsNull = fillsNull
        names = fields.map(\.name)
        self.fields = fields.map { field in
            var name: [UInt8] = []
            JSONText.append(string: field.name, to: &name)
            name.append(UInt8(ascii: ":"))
            return (name, field.value)
        }
    }

    var origin: Path? { fields.lazy.compactMap(\.value.origin).first }
    var types: ValueTypes { [.object, .absent] }

    func origin(of inside: ArraySlice<String>) -> Path? {
        guard let name = inside.first, let index = names.firstIndex(of: name) else { return nil }
        return fields[index].value.origin(of: inside.dropFirst())
    }

    func contains(_ test: (any Transform) -> Bool) -> Bool { fields.contains { $0.value.contains(test) } }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        var out: [UInt8] = []
        var found = false
        for field in fields {
            var value: Value
            do throws(Fault) {
                value = try field.value.evaluate(run)
            } catch {
                throw error.from(field.value.origin(run))
            }
            if case .missing = value {
                guard fillsNull else { continue }
                value = .null
            } else {
                found = true
            }
            out.append(UInt8(ascii: out.isEmpty ? "{" : ","))
            out.append(contentsOf: field.name)
            value.append(to: &out)
        }
        guard found else { return .missing }
        out.append(UInt8(ascii: "}"))
        return .json(run.scratch.copy(out))
    }
}

/// A header of the delivery: text, or a list or object.
final class HeaderText: Expression {
    let name: String

    init(_ name: String) { self.name = name }

    var origin: Path? { nil }
    var types: ValueTypes { [.text, .list, .object, .absent] }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        // Those of a request have names in any case.
        let name = run.facts.parameters == nil ? self.name : self.name.lowercased()
        guard let header = run.facts.headers.first(where: { $0.name == name }) else { return .missing }
        if run.facts.headers.count(where: { $0.name == name }) > 1 { throw .duplicate(name) }
        switch header.value {
        case .text(let text): return .text(run.scratch.copy(text.utf8))
        case .json(let text): return .json(run.scratch.copy(text))
        case .unreadable(let what):
            throw Fault(
                "header", expected: "text, a number, a date, a list or a table in the header '\(name.prefix(80))'",
                found: what, remedy: "send it as text")
        }
    }
}

/// A parameter of a request: of its path, else of its query.
final class ParameterText: Expression {
    let name: String

    init(_ name: String) { self.name = name }

    var origin: Path? { nil }
    var types: ValueTypes { [.text, .absent] }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        guard let all = run.facts.parameters, let found = all.first(where: { $0.name == name }) else { return .missing }
        guard all.count(where: { $0.name == name }) == 1 else {
            throw Fault(
                "parameter", expected: "one parameter '\(name.prefix(80))'", found: "two or more",
                remedy: "send it once, in the path or in the query")
        }
        return .text(run.scratch.copy(found.value.utf8))
    }
}

/// Another property of the delivery.
final class DeliveryValue: Expression {
    enum Fact: String, CaseIterable, Sendable {
        case messageId, queue, receivedAt, timestamp, type, appId, correlationId, index
    }

    let fact: Fact

    init(_ fact: Fact) { self.fact = fact }

    var origin: Path? { nil }
    var types: ValueTypes { fact == .index ? .number : [.text, .absent] }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        func text(_ value: (some StringProtocol)?) -> Value {
            value.map { .text(run.scratch.copy($0.utf8)) } ?? .missing
        }
        let facts = run.facts
        return switch fact {
        case .messageId: text(facts.messageId?.asText.description)
        case .queue: text(facts.queue)
        case .receivedAt: text(Instant.text(milliseconds: facts.receivedAt))
        case .timestamp:
            text(facts.timestamp.map { Instant.text(milliseconds: Int64(clamping: $0).multipliedClamped(by: 1000)) })
        case .type: text(facts.type?.asText.description)
        case .appId: text(facts.appId?.asText.description)
        case .correlationId: text(facts.correlationId?.asText.description)
        case .index: .number(run.scratch.copy(String(run.ordinal).utf8))
        }
    }
}
