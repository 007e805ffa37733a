package import JSON

/// A BSON document written as a Swift literal, beside MongoDB's manual: queries, updates, pipelines and commands off the hot
/// path.
///
/// ```swift
/// let free: BSONLiteral = ["$expr": ["$lte": [["$ifNull": ["$leaseUntil", 0]], "$$NOW"]]]
/// let own: BSONLiteral = ["_id": .value(lease.name), "token": .int64(lease.token)]
/// ```
///
/// A string literal is text of the program: an operator, a field's path, a word of a command. It cannot be built at run time:
/// a `String` compiles only as ``value(_:)-(String)`` or, for the name of a field, as ``Name/field(_:)``; an interpolated
/// string does not compile at all. What comes from outside therefore enters in one of these ways, and each is safe wherever it
/// stands:
///
/// - `.value(…)` is data. In an aggregation expression, where MongoDB reads a text that begins with `$` as a field and a
///   document as operators, it is written as `{$literal: …}`; elsewhere as it is. A document with an operator among its names
///   is refused where MongoDB would read it as a condition.
/// - `.int64`, `.double`, `.bool` and `.date` are data by their type.
/// - `.field(…)` names a field of a mapping or definition. One that begins with `$` or holds a NUL is refused.
///
/// Expressions are what stands below `$expr`, in a `projection`, and in each stage of a pipeline but `$match`; a pipeline is
/// an array named `pipeline`, `u` or `update`. So a fragment is kept as a literal until the whole command is encoded.
/// ``raw(_:)`` is trusted: BSON of our own making, never a document from outside in a place where operators count.
package struct BSONLiteral: Sendable {
    enum Content: Sendable {
        case document([Member])
        case array([BSONLiteral])
        /// Text of the program.
        case text(String)
        case int64(Int64)
        case double(Double)
        case bool(Bool)
        /// Milliseconds since 1970.
        case date(Int64)
        case null
        /// A document's bytes.
        case raw([UInt8])
        /// An array of documents.
        case documents(BSONSequence)
        case outside(BSONValue)
        case path(String)
        case absent
    }

    struct Member: Sendable {
        let name: Name
        let value: BSONLiteral
    }

    /// The name of a member: a literal of the program, or a field's that is known at run time only.
    package struct Name: Sendable, ExpressibleByStringLiteral {
        let bytes: [UInt8]
        /// A literal: it may be an operator.
        let isProgramText: Bool

        package init(stringLiteral text: StaticString) {
            bytes = text.withUTF8Buffer { Array($0) }
            isProgramText = true
        }

        private init(field: String) {
            bytes = Array(field.utf8)
            isProgramText = false
        }

        /// The same as a literal, of a constant.
        package static func name(_ text: StaticString) -> Name { Name(stringLiteral: text) }

        /// A field by its name or dotted path, as a mapping or a definition gives it.
        package static func field(_ path: String) -> Name { Name(field: path) }

        package var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    let content: Content

    private init(_ content: Content) { self.content = content }

    // MARK: Values known at run time

    /// Text from outside, as data.
    package static func value(_ text: String) -> BSONLiteral { BSONLiteral(.outside(BSONValue(string: text))) }

    /// Text from outside, as data. The bytes are kept, also those that are not UTF-8.
    package static func value(_ text: ByteString) -> BSONLiteral { BSONLiteral(.outside(BSONValue(string: text))) }

    /// A value of a stored document, as data.
    package static func value(_ value: BSONValue) -> BSONLiteral { BSONLiteral(.outside(value)) }

    package static func int64(_ value: Int64) -> BSONLiteral { BSONLiteral(.int64(value)) }
    package static func int64(_ value: Int) -> BSONLiteral { BSONLiteral(.int64(Int64(value))) }
    package static func double(_ value: Double) -> BSONLiteral { BSONLiteral(.double(value)) }
    package static func bool(_ value: Bool) -> BSONLiteral { BSONLiteral(.bool(value)) }
    package static func objectID(_ value: ObjectID) -> BSONLiteral { .value(BSONValue(objectID: value)) }

    /// Milliseconds since 1970.
    package static func date(_ milliseconds: Int64) -> BSONLiteral { BSONLiteral(.date(milliseconds)) }

    /// In an expression, the value of a field: `$` and its dotted path.
    package static func path(_ path: String) -> BSONLiteral { BSONLiteral(.path(path)) }

    /// A BSON document of our own making, copied as it is. Its operators are operators.
    package static func raw(_ document: [UInt8]) -> BSONLiteral { BSONLiteral(.raw(document)) }

    /// The same of several, as an array.
    package static func documents(_ documents: BSONSequence) -> BSONLiteral { BSONLiteral(.documents(documents)) }

    package static func array(_ values: [BSONLiteral]) -> BSONLiteral { BSONLiteral(.array(values)) }

    /// Values of stored documents, as data.
    package static func values(_ values: [BSONValue]) -> BSONLiteral { .array(values.map { .value($0) }) }

    package static let null = BSONLiteral(.null)

    /// Stands for a member or element that is left out.
    package static let absent = BSONLiteral(.absent)

    /// `.absent` where there is nothing.
    package static func ifThere<Value>(_ value: Value?, _ literal: (Value) -> BSONLiteral) -> BSONLiteral {
        value.map(literal) ?? .absent
    }

    /// Null where there is nothing.
    package static func orNull<Value>(_ value: Value?, _ literal: (Value) -> BSONLiteral) -> BSONLiteral {
        value.map(literal) ?? .null
    }

    /// The members of both documents, those of the first before those of the second. A name of both is there twice.
    package static func + (first: BSONLiteral, second: BSONLiteral) -> BSONLiteral {
        guard case .document(let ours) = first.content, case .document(let theirs) = second.content else {
            preconditionFailure("only the members of documents can be joined")
        }
        return BSONLiteral(.document(ours + theirs))
    }

    /// The name of the first member: of a command, what it is. Empty where there is none.
    package var firstName: String {
        switch content {
        case .document(let members): members.first?.name.text ?? ""
        case .raw(let document): document.withUnsafeBytes { BSONElements($0).first { _ in true }?.nameText } ?? ""
        default: ""
        }
    }
}

// MARK: - Literals

extension BSONLiteral: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    package init(dictionaryLiteral members: (Name, BSONLiteral)...) {
        self.init(.document(members.map { Member(name: $0, value: $1) }))
    }

    package init(arrayLiteral values: BSONLiteral...) { self.init(.array(values)) }

    /// Text of the program, never of anybody else: a `StaticString` cannot be made at run time.
    package init(stringLiteral text: StaticString) {
        self.init(.text(text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }))
    }

    package init(integerLiteral value: Int64) { self.init(.int64(value)) }
    package init(floatLiteral value: Double) { self.init(.double(value)) }
    package init(booleanLiteral value: Bool) { self.init(.bool(value)) }
    package init(nilLiteral: ()) { self.init(.null) }
}
