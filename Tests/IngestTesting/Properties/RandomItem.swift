internal import Ingest
internal import JSON

/// An item on one of few keys, with few values, so that repetitions and equal records are common.
struct RandomItem: Sendable {
    let json: String
    let operation: String
    /// `_id` of its record.
    let id: ByteString
    /// Without `operation`.
    let fields: ReferenceModel.Record
    /// Why it is rejected whatever the store holds; nil for one that is in order.
    let fault: ReasonCode?

    /// Records of this code are always refused by the store. Nobody deletes them: an insert and a
    /// delete in one batch come to no write at all, and what is not written is not refused.
    static let refusedCode = "refused"

    var isRefused: Bool { id.description.contains(Self.refusedCode) }

    init(_ catalog: RandomCatalog, company: String, code: String, operation: String, _ members: [String]) {
        let json = "{" + (["\"operation\":\"\(operation)\""] + catalog.key(code) + members).joined(separator: ",") + "}"
        self.init(json, operation: operation, id: catalog.id(company: company, code: code), fault: nil)
    }

    /// `isVersioned`: with a version, ``PlanOracle/versionField``.
    init(_ catalog: RandomCatalog, company: String, isVersioned: Bool = false, using random: inout Seeded) {
        let code = random.chance(0.04) ? Self.refusedCode : random.pick(Self.codes)
        let operation = random.pick(code == Self.refusedCode ? ["I", "U", "IU"] : ["I", "U", "D", "IU"])
        if random.chance(0.05) {
            let (json, fault) = catalog.faulty(random.pick(Self.codes), using: &random)
            self.init(json, operation: "", id: "", fault: fault)
            return
        }
        var members = ["\"operation\":\"\(operation)\""] + catalog.key(code) + catalog.members(using: &random)
        if isVersioned { members.append("\"v\":\(Int.random(in: 0...4, using: &random))") }
        members.shuffle(using: &random)
        self.init(
            "{" + members.joined(separator: ",") + "}", operation: operation,
            id: catalog.id(company: company, code: code), fault: nil)
    }

    private init(_ json: String, operation: String, id: ByteString, fault: ReasonCode?) {
        self.json = json
        self.operation = operation
        self.id = id
        self.fault = fault
        fields = fault == nil ? Self.fields(of: json) : [:]
    }

    /// As JSON spells them: a backslash has its own before it.
    private static let codes = ["a", "b", "|", "\\\\", "é", "e\u{301}"]

    private static func fields(of json: String) -> ReferenceModel.Record {
        guard let document = try? JSONParser().parse(json) else { preconditionFailure("no JSON: \(json)") }
        var fields: ReferenceModel.Record = [:]
        document.withRoot { root in
            for member in root.members where !member.name.isString("operation") {
                fields[ByteString(copying: member.name.utf8)] = ReferenceValue(member.value)
            }
        }
        return fields
    }
}

/// A catalog that random items are made for.
enum RandomCatalog: String, CaseIterable, Sendable {
    case catalogItem, catalogItemStock
    /// Of ``Fixtures/countDefinition``, whose fields are merged.
    case catalogCount

    var collection: String {
        switch self {
        case .catalogItem: "item"
        case .catalogItemStock: "itemStock"
        case .catalogCount: "count"
        }
    }

    /// Rules of `x-merge`, by field.
    var merges: [ByteString: String] {
        self == .catalogCount
            ? ["total": "sum", "whole": "sum", "least": "min", "most": "max", "log": "append", "first": "firstWins"]
            : [:]
    }

    /// A code in JSON stands in an `_id` with backslash and bar escaped: the first is spelled the same in both.
    func id(company: String, code: String) -> ByteString {
        let escaped = code == "|" ? "\\|" : code
        return ByteString(self == .catalogItemStock ? "\(company)|\(escaped)|s" : "\(company)|\(escaped)")
    }

    func key(_ code: String) -> [String] {
        switch self {
        case .catalogItem: ["\"code\":\"\(code)\"", #""name":"n""#]
        case .catalogItemStock: ["\"item\":\"\(code)\"", #""store":"s""#, #""quantity":1"#]
        case .catalogCount: ["\"code\":\"\(code)\""]
        }
    }

    /// Fields beyond the key and what is required, some or none.
    func members(using random: inout Seeded) -> [String] {
        var members: [String] = []
        let fields =
            switch self {
            case .catalogItem: Self.itemFields
            case .catalogItemStock: Self.stockFields
            case .catalogCount: Self.countFields
            }
        for (name, values) in fields where random.chance(0.5) {
            members.append("\"\(name)\":\(random.pick(values))")
        }
        return members
    }

    /// An item that no store can take.
    func faulty(_ code: String, using random: inout Seeded) -> (json: String, ReasonCode) {
        let key = key(code).joined(separator: ",")
        return random.pick([
            (#"{"operation":"X",\#(key)}"#, .invalidOperation), (#"{"operation":"D"}"#, .schema), ("7", .schema),
            (#"{"operation":"IU",\#(key),"a.b":1}"#, .reservedField),
            (#"{"operation":"U",\#(key),"more":1,"more":1}"#, .duplicateField),
        ])
    }

    private static let numbers = ["1", "1.0", "1.50", "1.5", "2", "0", "-0.0", "1e1", "10", "0.0000001"]
    private static let objects = [
        "null", "{}", #"{"x":1,"y":[1,2]}"#, #"{"y":[1,2],"x":1}"#, #"{"y":[2,1],"x":1.0}"#, #"{"x":{"y":{"z":null}}}"#,
    ]
    private static let anything = [
        "1", "1.0", "\"1\"", "true", "null", "[]", "0.5", #"{"b":1,"a":[{}]}"#, #"{"a":[{}],"b":1}"#,
    ]
    private static let itemFields = [
        ("price", numbers + ["null"]), ("attributes", objects), ("unknown", anything), ("active", ["true", "false"]),
        // Names that a server orders in its own way when it adds them.
        ("10", ["1"]), ("9", ["1"]), ("Zone", ["1"]), ("zone", ["1"]), ("ñ", ["1"]),
    ]
    private static let countFields = [
        ("total", ["1", "-1", "0", "0.125", "-2.50", "1e1", "12.5", "null"]),
        ("whole", ["1", "-3", "0", "20", "null"]),
        ("least", ["1", "1.0", "-0.5", "2", "null"]), ("most", ["1", "1.0", "-0.5", "2", "null"]),
        ("log", ["[]", "[1]", "[\"a\",{\"b\":null}]", "null"]), ("first", anything),
    ]
    private static let stockFields = [
        ("updatedAt", [#""2021-03-01T15:03:01Z""#, #""1969-12-31T23:59:59Z""#, "null"]), ("unknown", anything),
    ]
}
