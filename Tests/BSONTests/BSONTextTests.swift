import JSON
import BSON
import Testing

@Suite struct BSONTextTests {
    @Test func `what is no JSON is named with its place, in arrays too`() throws {
        var document: [UInt8] = []
        document.appendDocument { document in
            document.append(
                "lines",
                array: { lines in
                    lines.append("0", document: { $0.append("price", int64: 1) })
                    lines.append("1", document: { $0.append(BSONWriter.bytes(of: "a/b~c"), double: .nan) })
                })
        }
        let error = #expect(throws: BSONText.Unrenderable.self) {
            try document.withUnsafeBytes { bytes throws(BSONText.Unrenderable) in
                try BSONText.published(document: bytes)
            }
        }
        #expect(error?.pointer == "/lines/1/a~1b~0c")
    }

    @Test func `a sequence in pieces has the same documents, and no piece is larger than it must be`() {
        var all = BSONSequence()
        for size in [10, 3000, 10, 10, 900, 200, 5] {
            all.appendDocument { $0.append("text", string: String(repeating: "x", count: size)) }
        }
        let pieces = all.pieces(ofBytes: 1000)
        #expect(pieces.flatMap(\.bytes) == all.bytes)
        #expect(pieces.map(\.count) == [1, 1, 3, 2])
        #expect(pieces.allSatisfy { $0.bytes.count <= 1000 || $0.count == 1 })
        #expect(BSONSequence().pieces(ofBytes: 1000).isEmpty)
        #expect(all.pieces(ofBytes: 1 << 20).count == 1)
    }

    @Test func `values of hidden fields are not shown, at whatever depth`() {
        var record: [UInt8] = []
        record.appendDocument { record in
            record.append("pin", string: "1234")
            record.append(
                "cards",
                array: { cards in
                    BSONWriter.withIndexName(0) { name in
                        cards.append(
                            name, document: { $0.append("pin", document: { $0.append("digits", int64: 1234) }) })
                    }
                })
            record.append("name", string: "n")
        }
        let text = record.withUnsafeBytes { BSONText.text(document: $0, hiding: ["pin"]) }
        #expect(text == #"{"pin":"(secret)","cards":[{"pin":"(secret)"}],"name":"n"}"#)
    }
}
