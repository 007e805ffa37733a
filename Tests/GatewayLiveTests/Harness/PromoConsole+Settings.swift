import Ingest
import Contracts
import MongoStore
import BSON

/// What a console of Promo does to the settings of running gateways.
extension PromoConsole {
    private static let collection = "configuration"

    /// Writes `{_id: name, value: …}`; `body` appends the value.
    func set(_ name: String, _ body: (inout BSONWriter) -> Void) async throws {
        var fields: [UInt8] = []
        fields.appendDocument(body)
        try await reader.putSetting(in: Self.collection, filter: Self.filter(name), fields: .raw(fields))
    }

    func set(_ name: String, _ value: Bool) async throws { try await set(name) { $0.append("value", bool: value) } }

    func set(_ name: String, _ value: Int) async throws {
        try await set(name) { $0.append("value", int64: Int64(value)) }
    }

    func set(_ name: String, _ value: String) async throws { try await set(name) { $0.append("value", string: value) } }

    func unset(_ name: String) async throws {
        try await reader.removeSetting(in: Self.collection, filter: Self.filter(name))
    }

    private static func filter(_ name: String) -> BSONLiteral { ["_id": .value(name)] }
}
