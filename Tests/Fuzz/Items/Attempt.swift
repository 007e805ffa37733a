import BSON
import Contracts
import Ingest
import JSON
import Schemas

/// One input: bytes that are a schema and an instance are compiled and run, all others are a message.
enum Attempt {
    private static let catalogs: Catalogs = {
        do {
            return try Catalogs.builtin()
        } catch {
            fatalError("the shipped definitions do not compile: \(error)")
        }
    }()

    static func run(_ bytes: UnsafeRawBufferPointer) {
        if let document = try? JSONParser().parse(copying: bytes) {
            let isCase = document.withRoot { root in
                guard let schema = root["schema"], let instance = root["instance"] else { return false }
                check(schema, instance)
                return true
            }
            if isCase { return }
        }
        prepare(Array(bytes))
    }

    private static func prepare(_ body: [UInt8]) {
        let delivery = Delivery(
            tag: DeliveryTag(channel: 1, number: 1), queue: "fuzz", body: body, isRedelivered: false,
            properties: MessageProperties())
        let message = MessageDecoder(limits: Limits()).decode(delivery, catalogs: catalogs, now: 0)
        let prepared = ItemPreparer(limits: Limits()).prepare(message)
        switch message.content {
        case .unreadable(let reasons, _, _, _):
            precondition(!reasons.isEmpty && prepared.items.isEmpty, "unreadable without a reason")
        case .catalog(let catalog):
            precondition(prepared.items.count == catalog.itemCount, "an item is missing")
            for item in prepared.items where item.isRejected {
                precondition(!prepared.rejections[Int(item.index)].isEmpty, "rejected without a reason")
            }
            for number in 0..<prepared.images.count { inspect(prepared.images, number) }
        }
    }

    /// A record can be read back to its end, and equals itself.
    private static func inspect(_ images: BSONSequence, _ number: Int) {
        images.withDocument(number) { image in
            let size = image.loadUnaligned(as: Int32.self).littleEndian
            precondition(Int(size) == image.count && image.last == 0, "the record's size is wrong")
        }
    }

    private static func check(_ schema: JSONNode, _ instance: JSONNode) {
        guard let document = try? JSONParser().parse(copying: UnsafeRawBufferPointer(schema.rawText)) else {
            preconditionFailure("part of a JSON text is not JSON")
        }
        let uri = "urn:fuzz"
        for assertsFormats in [false, true] {
            var registry = SchemaRegistry()
            guard (try? registry.add(document, retrievalURI: uri, file: "schema")) != nil,
                (try? registry.metaSchemaErrors(of: uri, limit: 1).isEmpty) == true,
                let program = try? registry.compile(uri, assertFormats: assertsFormats)
            else { return }
            let violations = program.validate(instance)
            precondition(program.isValid(instance) == violations.isEmpty, "two answers to one question")
            for violation in violations { precondition(!violation.text.isEmpty, "a violation without words") }
        }
    }
}
