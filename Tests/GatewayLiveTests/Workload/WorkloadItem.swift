import Contracts
import Ingest
import IngestTesting
import JSON

/// One item as JSON text, with all that the model must know of it.
struct WorkloadItem: Sendable {
    let json: String
    let operation: String
    let id: ByteString
    /// Without `operation`.
    let fields: ReferenceModel.Record
    /// Why it is rejected whatever the store holds; nil for one that is in order.
    let fault: ReasonCode?

    /// `members`: names and values in JSON, without `operation`.
    init(_ operation: String, company: String, key: [String], members: [(name: String, value: String)]) {
        let all = [(name: "operation", value: JSONQuote.text(operation))] + members
        self.init(
            operation, id: RouteKey(([company] + key).map { ByteString($0) }).key,
            json: "{" + all.map { "\(JSONQuote.text($0.name)):\($0.value)" }.joined(separator: ",") + "}", fault: nil)
    }

    /// An item that cannot be taken.
    init(faulty json: String, _ fault: ReasonCode) { self.init("", id: "", json: json, fault: fault) }

    private init(_ operation: String, id: ByteString, json: String, fault: ReasonCode?) {
        self.operation = operation
        self.id = id
        self.json = json
        self.fault = fault
        var fields: ReferenceModel.Record = [:]
        if case .object(let members) = Self.value(of: json) { fields = members }
        fields["operation"] = nil
        self.fields = fields
    }

    var value: ReferenceValue { Self.value(of: json) }

    private static func value(of json: String) -> ReferenceValue {
        guard let document = try? JSONParser().parse(json) else { preconditionFailure("no JSON: \(json)") }
        return document.withRoot { ReferenceValue($0) }
    }
}
