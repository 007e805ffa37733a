import Contracts
import BSON
import Ingest
import IngestTesting
import JSON

/// A dead letter as it lies in the store.
struct StoredDeadLetter: Sendable {
    struct Reason: Sendable {
        var item: Int?
        var code = ""
    }

    private(set) var id = ""
    private(set) var messageId: ByteString?
    private(set) var queue = ""
    private(set) var kind = ""
    private(set) var state = ""
    private(set) var reasons: [Reason] = []
    /// The items of the message that can be edited and replayed; empty for a whole message.
    private(set) var items: [ReferenceValue] = []
    /// The bytes of a whole message.
    private(set) var original: [UInt8]?
    /// Documents that hold them, where they are too many for one.
    private(set) var parts = 0

    init(_ document: UnsafeRawBufferPointer) throws {
        for field in BSONElements(document) {
            switch field.nameText {
            case "_id": id = field.text ?? ""
            case "parts": parts = Int(field.integer ?? 0)
            case "messageId": messageId = field.byteString
            case "queue": queue = field.text ?? ""
            case "kind": kind = field.text ?? ""
            case "state": state = field.text ?? ""
            case "reasons": reasons = field.elements?.compactMap { $0.elements.map { Self.reason($0) } } ?? []
            case "original": original = field.binary.map { Array($0) }
            case "message": items = try Self.items(field)
            default: break
            }
        }
    }

    private static func reason(_ fields: BSONElements) -> Reason {
        var reason = Reason()
        for field in fields {
            if field.isNamed("item") { reason.item = field.integer.map { Int($0) } }
            if field.isNamed("code") { reason.code = field.text ?? "" }
        }
        return reason
    }

    /// A document, or the text of one where the store could not hold it as such.
    private static func items(_ message: BSONElement) throws -> [ReferenceValue] {
        var text = message.byteString?.bytes ?? []
        if message.type == .document { BSONText.append(message, to: &text) }
        if text.isEmpty { return [] }
        return try JSONParser().parse(text).withRoot { root in
            root["items"]?.elements.map { ReferenceValue($0) } ?? []
        }
    }
}
