import BSON
import Contracts
import IngestTesting
import Testing

/// The place of a list's page comes back from outside: it is that place, or refused.
@Suite struct RecordQueryTests {
    private let places: [RecordQuery.Place] = [
        .init(value: nil, id: BSONValue(string: "acme|1")),
        .init(value: BSONValue(int64: -5), id: BSONValue(string: "é|ü")),
        .init(value: .null, id: BSONValue(int64: 7)),
        .init(value: BSONValue(date: 1_767_225_600_000), id: BSONValue(bool: true)),
        .init(value: BSONValue(double: .nan), id: BSONValue(string: "")),
    ]

    @Test func `a place is read as it was written`() {
        for place in places { #expect(RecordQuery.Place(text: place.text) == place) }
    }

    @Test func `a changed place is refused, or another place of single values`() {
        var random = Seeded(1)
        for place in places {
            for _ in 0..<3000 {
                var text = Array(place.text.utf8)
                text[Int.random(in: text.indices, using: &random)] = random.pick(Array("0123456789abcdef".utf8))
                guard let read = RecordQuery.Place(text: String(decoding: text, as: UTF8.self)) else { continue }
                #expect(RecordQuery.Place(text: read.text) == read)
            }
        }
    }

    @Test("what is not a place is refused", arguments: ["", "0", "zz", "0500000000", "06000000000000", "00000000"])
    func refused(text: String) { #expect(RecordQuery.Place(text: text) == nil) }
}
