import Ingest
import BSON
import Contracts
import Testing

@Suite("The mark of a feed by a field")
struct FeedCheckpointTests {
    private let id = BSONValue(string: "d1")

    @Test("goes back by the overlap if it is a time, and stays otherwise")
    func earlier() {
        let date = FeedCheckpoint(value: BSONValue(date: 10_000), id: id)
        #expect(date.earlier(milliseconds: 3000) == FeedCheckpoint(value: BSONValue(date: 7000), id: nil))
        #expect(date.earlier(milliseconds: 0) == date)
        let stamp = FeedCheckpoint(value: BSONValue(timestamp: 10 << 32 | 7), id: id)
        #expect(stamp.earlier(milliseconds: 3000).value == BSONValue(timestamp: 7 << 32))
        let object = FeedCheckpoint(value: BSONValue(objectID: ObjectID(seconds: 10, random: 7)), id: id)
        #expect(object.earlier(milliseconds: 3000).value == BSONValue(objectID: ObjectID(seconds: 7, random: 0)))
        let number = FeedCheckpoint(value: BSONValue(int64: 10_000), id: id)
        #expect(number.earlier(milliseconds: 3000) == number)
    }

    @Test("never lies in the future")
    func notAfter() {
        let mark = FeedCheckpoint(value: BSONValue(date: 10_000), id: id)
        #expect(mark.notAfter(10_000) == mark)
        #expect(mark.notAfter(9000) == FeedCheckpoint(value: BSONValue(date: 9000), id: nil))
        let number = FeedCheckpoint(value: BSONValue(int64: .max), id: id)
        #expect(number.notAfter(0) == number)
    }

    @Test("is behind what is greater, of its own kind")
    func behind() {
        let pairs: [(BSONValue, BSONValue)] = [
            (BSONValue(date: -1), BSONValue(date: 1)), (BSONValue(int64: 1), BSONValue(double: 1.5)),
            (BSONValue(string: "a"), BSONValue(string: "b")), (BSONValue(timestamp: 1), BSONValue(timestamp: 1 << 33)),
            (
                BSONValue(objectID: ObjectID(seconds: 1, random: 9)),
                BSONValue(objectID: ObjectID(seconds: 2, random: 0))
            ),
        ]
        for (less, more) in pairs {
            #expect(FeedCheckpoint(value: less, id: nil).isBehind(more))
            #expect(!FeedCheckpoint(value: more, id: nil).isBehind(less))
            #expect(!FeedCheckpoint(value: less, id: nil).isBehind(less))
        }
        #expect(!FeedCheckpoint(value: BSONValue(date: 0), id: nil).isBehind(BSONValue(string: "z")))
    }

    @Test("is read from the row as it was written")
    func roundTrip() throws {
        for id in [id, nil] {
            let mark = FeedCheckpoint(value: BSONValue(date: 5), id: id)
            var note = FeedNote()
            note.mark = mark
            let bytes = try note.fields.encoded()
            #expect(bytes.withUnsafeBytes { FeedRow(bson: $0) }.mark == mark)
        }
    }
}
