package import BSON
internal import JSON
package import MongoStore
package import Schemas

/// The collection `dynamicField`, which Promo's console writes: each document names a dynamic catalog.
package enum DynamicFields {
    package static let collection = "dynamicField"

    /// Of the documents that have a code.
    package static func fields(_ documents: BSONSequence) -> [DynamicField] {
        (0..<documents.count).compactMap { documents.withDocument($0) { DynamicField(bson: $0) } }
    }

    /// Catalogs with those that the collection adds. One whose definition is wrong is left out, as by a running gateway.
    package static func added(to catalogs: Catalogs, from reader: MongoReader) async throws -> Catalogs {
        let documents = try await reader.find(in: collection, filter: [:], ofMajority: true)
        return catalogs.adding(dynamicFields: fields(documents)).catalogs
    }
}

extension DynamicField {
    /// A document of the console: `code`, optionally `name` or `title`, and `definition` as a document or as JSON text.
    fileprivate init?(bson document: UnsafeRawBufferPointer) {
        let elements = BSONElements(document)
        let given = elements.first(named: "code")
        // A code such as 2024 may have been stored as a number.
        guard let code = given?.text ?? given?.integer.map({ String($0) }) else { return nil }
        let title = elements.first(named: "title")?.text ?? elements.first(named: "name")?.text
        var file: DefinitionFile?
        if let definition = elements.first(named: "definition"), definition.type != .null {
            var text: [UInt8] = []
            if let string = definition.text {
                text = Array(string.utf8)
            } else {
                BSONText.append(definition, to: &text)
            }
            file = DefinitionFile(name: "dynamicField \(code)", bytes: text)
        }
        self.init(code: code, title: title, definition: file)
    }
}
