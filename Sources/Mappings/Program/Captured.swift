package import JSON

/// What an item's fields that look at the stored record read besides it: taken when the item is mapped, and read when they
/// are made, in the plan.
final class Captures {
    private(set) var all: [any Expression] = []

    /// The value, as it is read when the fields are made.
    func add(_ value: any Expression) -> any Expression {
        all.append(value)
        return Captured(value, index: all.count - 1)
    }
}

/// A value of the item as it came.
final class Captured: Expression {
    let value: any Expression
    private let index: Int

    init(_ value: any Expression, index: Int) {
        self.value = value
        self.index = index
    }

    var origin: Path? { value.origin }
    var types: ValueTypes { value.types }
    var words: [String]? { value.words }
    var isNew: Bool { value.isNew }
    func origin(of inside: ArraySlice<String>) -> Path? { value.origin(of: inside) }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        // One list each, empty where there is no value.
        guard let list = run.captured.flatMap({ Path.element(of: $0, at: index) }),
            let found = Path.element(of: list, at: 0)
        else { return .missing }
        return Value(found)
    }
}

/// The exact sum of numbers. Missing and null values count as nothing; if all are absent, so is the sum.
final class Sum: Expression {
    let parts: [any Expression]

    init(_ parts: [any Expression]) { self.parts = parts }

    var origin: Path? { parts.lazy.compactMap(\.origin).first { $0.base != .stored } }
    var types: ValueTypes { [.number, .absent] }
    func contains(_ test: (any Transform) -> Bool) -> Bool { parts.contains { $0.contains(test) } }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        var total: (units: Int128, exponent: Int)?
        for part in parts {
            let value = try part.evaluate(run)
            if value.isAbsent { continue }
            do throws(Fault) {
                let number = try Decimals.exact(value, step: "sum")
                let own = (
                    units: number.isNegative ? -Int128(number.magnitude) : Int128(number.magnitude),
                    exponent: number.exponent
                )
                total = try total.map { before throws(Fault) in try Self.add(before, own, value) } ?? own
            } catch {
                throw error.from(part.origin(run))
            }
        }
        guard let total else { return .missing }
        return .number(Decimals.text(total.units < 0, total.units.magnitude, exponent: total.exponent, run))
    }

    private static func add(
        _ one: (units: Int128, exponent: Int), _ other: (units: Int128, exponent: Int), _ value: Value
    ) throws(Fault) -> (units: Int128, exponent: Int) {
        // A zero has any number of places.
        if one.units == 0 && one.exponent > other.exponent { return other }
        if other.units == 0 && other.exponent > one.exponent { return one }
        let exponent = min(one.exponent, other.exponent)
        if let a = shifted(one, to: exponent), let b = shifted(other, to: exponent) {
            let (sum, isTooLarge) = a.addingReportingOverflow(b)
            if !isTooLarge, sum.magnitude < Decimals.power(38) { return (sum, exponent) }
        }
        throw Fault(
            "sum", expected: "numbers whose sum has at most 38 digits", found: value, remedy: "send fewer digits")
    }

    private static func shifted(_ number: (units: Int128, exponent: Int), to exponent: Int) -> Int128? {
        let places = number.exponent - exponent
        guard places <= 38 else { return nil }
        let (product, isTooLarge) = number.units.multipliedReportingOverflow(by: Int128(Decimals.power(places)))
        return isTooLarge ? nil : product
    }
}

/// Makes the fields of items that look at the stored record. Reuses its memory: one thread at a time.
package final class LateFieldMaker {
    private let item = MappedItem(keepsNumbers: false)

    package init() {}

    /// A catalog message with the item alone and complete: `{"items":[…]}`. `item`: as it was mapped, without these fields.
    /// `envelope`: a catalog message with it. `captured`: what it had besides. `stored`: its record as JSON, before the item;
    /// nil where there is none.
    package func message(
        _ shape: MessageShape, of item: JSONNode, envelope: [UInt8], captured: [UInt8], facts: MessageFacts,
        stored: [UInt8]?
    ) throws(LateFieldFault) -> [UInt8] {
        var body = Array(#"{"items":["#.utf8) + item.rawText.dropLast()
        var failed: LateFieldFault?
        do throws(Fault) {
            try self.item.with(envelope, facts: facts, stored: stored, captured: captured) { run throws(Fault) in
                for field in shape.program?.fields ?? [] where field.isLate {
                    do throws(Fault) {
                        try Self.append(field, to: &body, run)
                    } catch {
                        failed = LateFieldFault(field: field.name, fault: error.from(field.value.origin(run)))
                        return
                    }
                }
            }
        } catch {
            throw LateFieldFault(field: "", fault: error)
        }
        if let failed { throw failed }
        return body + Array("}]}".utf8)
    }

    private static func append(_ field: FieldProgram, to body: inout [UInt8], _ run: Run) throws(Fault) {
        var value: Value
        do throws(Fault) {
            value = try field.value.evaluate(run)
        } catch {
            switch error.isDuplicate || error.isOfStore ? .reject : field.policy {
            case .reject: throw error
            case .drop: return
            case .null: value = .null
            case .value(let other): value = try other.evaluate(run)
            }
        }
        if case .missing = value { return }
        body.append(contentsOf: field.label)
        value.append(to: &body)
    }
}

/// Why a field that looks at the stored record cannot be made.
package struct LateFieldFault: Error {
    package let field: String
    package let fault: Fault
}
