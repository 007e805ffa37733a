import Contracts
import Ingest
import IngestTesting
import JSON

/// A catalog that random items are made for.
enum WorkloadCatalog: String, CaseIterable, Sendable {
    case catalogBrand, catalogCard, catalogItem, catalogItemStock

    var collection: String {
        switch self {
        case .catalogBrand: "brand"
        case .catalogCard: "card"
        case .catalogItem: "item"
        case .catalogItemStock: "itemStock"
        }
    }

    /// A random item on one of the first `keys` keys.
    func item(_ operation: String, company: String, keys: Int, using random: inout Seeded) -> WorkloadItem {
        let key = key(Int.random(in: 0..<keys, using: &random))
        let isPart = operation == "U" || operation == "D"
        var members = zip(keyFields, key).map { (name: $0, value: JSONQuote.text($1)) }
        for (name, values, isRequired) in fields where (isRequired && !isPart) || random.chance(isPart ? 0.4 : 0.6) {
            members.append((name, random.pick(values)))
        }
        members.shuffle(using: &random)
        return WorkloadItem(operation, company: company, key: key, members: members)
    }

    /// A random item that no store can take.
    func faultyItem(using random: inout Seeded) -> WorkloadItem {
        let key = zip(keyFields, key(0)).map { "\"\($0)\":\(JSONQuote.text($1))" }.joined(separator: ",")
        let rest = fields.filter(\.isRequired).map { ",\"\($0.name)\":\($0.values[0])" }.joined()
        return random.pick([
            WorkloadItem(faulty: #"{"operation":"X",\#(key)\#(rest)}"#, .invalidOperation),
            WorkloadItem(faulty: "{\(key)\(rest)}", .invalidOperation),
            WorkloadItem(faulty: #"{"operation":"D"}"#, .schema),
            WorkloadItem(faulty: #"{"operation":"IU","\#(keyFields[0])":7\#(rest)}"#, .schema),
            WorkloadItem(faulty: #"{"operation":"IU",\#(key)\#(rest),"$where":"1"}"#, .reservedField),
            WorkloadItem(faulty: #"{"operation":"IU",\#(key)\#(rest),"more":{"a.b":1}}"#, .reservedField),
            WorkloadItem(faulty: #"{"operation":"IU",\#(key)\#(rest),"more":1,"more":1}"#, .duplicateField),
            WorkloadItem(faulty: "[1,2]", .schema),
            WorkloadItem(faulty: "null", .schema),
        ])
    }

    var keyFields: [String] { self == .catalogItemStock ? ["item", "store"] : ["code"] }

    private func key(_ number: Int) -> [String] {
        let code =
            ["a", "b", "|", "\\", "é", "e\u{301}", "a b", "A"][number % 8] + (number < 8 ? "" : String(number / 8))
        return self == .catalogItemStock ? [code, "s\(number % 3)|"] : [code]
    }

    private static let names = [#""n""#, #""Café \u00e9 \ud83d\ude00""#, #""a\tb\"c""#]
    private static let amounts = ["1", "1.0", "1.50", "1.5", "-0.0", "0", "1e1", "12345678901234567890.123", "-7.25"]
    private static let dates = [#""2021-03-01T15:03:01Z""#, #""1969-12-31T23:59:59Z""#]

    private var fields: [(name: String, values: [String], isRequired: Bool)] {
        switch self {
        case .catalogBrand:
            [
                ("name", Self.names, true),
                ("note", ["1", "1.5", "null", "true", #""x""#, "[]", #"{"a":[1,{}]}"#], false),
            ]
        case .catalogCard:
            [
                ("status", [#""ENABLED""#, #""BLOCKED""#, "null"], false), ("amount", Self.amounts + ["null"], false),
                ("expirationDate", Self.dates + ["null"], false),
            ]
        case .catalogItem:
            [
                ("name", Self.names, true), ("price", Self.amounts + ["null"], false),
                ("barcodes", ["[]", #"["1","2"]"#, "null"], false), ("active", ["true", "false"], false),
                ("attributes", ["{}", #"{"x":1,"y":[1,2]}"#, #"{"y":[1,2],"x":1}"#, #"{"y":[2,1],"x":1}"#], false),
            ]
        case .catalogItemStock:
            [("quantity", Self.amounts, true), ("updatedAt", Self.dates + ["null"], false)]
        }
    }
}
