internal import BSON
internal import JSON

extension ReferenceModel.Record {
    /// A stored record as the model sees it, without `_id` and `companyId`.
    package init(stored document: [UInt8]) {
        self.init()
        document.withUnsafeBytes { bytes in
            for element in BSONElements(bytes) where !element.isNamed("_id") && !element.isNamed("companyId") {
                self[ByteString(copying: element.name)] = ReferenceValue(element)
            }
        }
    }
}

extension ReferenceValue {
    /// By way of text: it shares nothing with the comparison that is under test.
    fileprivate init(_ element: BSONElement) {
        var text: [UInt8] = []
        BSONText.append(element, to: &text)
        guard let document = try? JSONParser().parse(text) else { preconditionFailure("BSONText wrote no JSON") }
        self = document.withRoot { ReferenceValue($0) }
    }
}
