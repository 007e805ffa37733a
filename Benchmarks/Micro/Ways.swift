import BSON
import Contracts
import Foundation
import Ingest
import JSON
import Schemas

/// The ways to look at one catalog message that are compared.
struct Ways {
    let body: [UInt8]
    let catalogs: Catalogs
    let message: Message
    let catalog: CatalogMessage

    struct Failure: Error { let text: String }

    init(body: [UInt8]) throws {
        self.body = body
        catalogs = try Catalogs.builtin()
        message = MessageDecoder(limits: .whole).decode(
            Delivery(
                tag: DeliveryTag(channel: 1, number: 1), queue: "benchmark", body: body, isRedelivered: false,
                properties: MessageProperties()), catalogs: catalogs, now: 0)
        guard case .catalog(let catalog) = message.content else { throw Failure(text: "not a catalog message") }
        self.catalog = catalog
        let prepared = ItemPreparer(limits: .whole).prepare(message)
        guard prepared.rejections.isEmpty, validItems() == catalog.itemCount else {
            throw Failure(text: "the message has items that are not valid")
        }
    }

    /// JSON text to tape, and the tape given back.
    func parse() -> () -> Void {
        let parser = JSONParser()
        return { [body] in
            guard (try? parser.parse(body)) != nil else { fatalError("no JSON") }
        }
    }

    /// Each item against the complete program, from the tape.
    func validate() -> () -> Void {
        { guard validItems() == catalog.itemCount else { fatalError("an item is not valid") } }
    }

    /// Each item validated and written as BSON, from the tape.
    func prepare() -> () -> Void {
        let preparer = ItemPreparer(limits: .whole)
        return {
            guard preparer.prepare(message).images.count == catalog.itemCount else { fatalError("an item is missing") }
        }
    }

    /// What a Swift program would do first without this engine; nothing is validated.
    func foundation() -> () -> Void {
        let data = Data(body)
        return {
            guard (try? JSONSerialization.jsonObject(with: data)) != nil else { fatalError("no JSON") }
        }
    }

    private func validItems() -> Int {
        catalog.document.withNode(catalog.itemsNode) { items in
            var valid = 0
            for item in items.elements where catalog.definition.isValid(item, as: .complete) { valid += 1 }
            return valid
        }
    }
}
