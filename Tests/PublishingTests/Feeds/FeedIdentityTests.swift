import Ingest
import Contracts
import BSON
import JSON
@testable import Publishing
import Testing

@Suite("The names of a feed's postings")
struct FeedIdentityTests {
    private func element<Result>(_ body: (inout BSONWriter) -> Void, _ read: (BSONElement) -> Result) throws -> Result {
        var bytes: [UInt8] = []
        bytes.appendDocument(body)
        return try bytes.withUnsafeBytes { try read(#require(BSONElements($0).first { _ in true })) }
    }

    private func document(_ body: (inout BSONWriter) -> Void) throws -> BSONValue {
        try element({ $0.append("a", document: body) }) { BSONValue(copying: $0) }
    }

    @Test("no two ids are one text")
    func different() throws {
        let hex = "603d02251082e8369081744b"
        let id = try #require(ObjectID(hex: hex))
        let ids = [
            BSONValue(objectID: id), BSONValue(string: hex), BSONValue(string: "5"), BSONValue(int64: 5),
            BSONValue(string: "-5"), BSONValue(int64: -5), BSONValue(double: 5.5), BSONValue(string: "5.5"),
            BSONValue(string: ""), BSONValue(bool: true), BSONValue(string: "true"), BSONValue(date: 0),
            BSONValue(string: "9=0000000000000000"), BSONValue(string: "\"5\""), BSONValue(timestamp: 0),
            try document { $0.append("k", date: 0) }, try document { $0.append("k", string: "1970-01-01T00:00:00Z") },
            BSONValue(string: #"{"k":"1970-01-01T00:00:00Z"}"#),
        ]
        #expect(Set(ids.map { FeedIdentity.text($0) }).count == ids.count)
        #expect(FeedIdentity.text(ids[0]).description == hex)
        #expect(FeedIdentity.text(BSONValue(string: "napse|brand")) == "napse|brand")
        #expect(FeedIdentity.text(BSONValue(int64: 5)) == "5")
    }

    @Test("the last colon parts the document from its version")
    func versions() throws {
        #expect(try element({ $0.append("v", date: 1_614_427_650_000) }, FeedIdentity.version) == "1614427650000")
        #expect(try element({ $0.append("v", int64: 7) }, FeedIdentity.version) == "7")
        #expect(try element({ $0.append("v", string: "a:b%") }, FeedIdentity.version) == "a%3Ab%25")
        #expect(FeedIdentity.messageID(feed: "limits", id: "d1", version: "7") == "limits:d1:7")
        #expect(FeedIdentity.rowID(feed: "limits", id: "d1") == "feed:limits:d1")
    }

    @Test("what is too long for AMQP becomes a hash, the same for the same")
    func long() {
        let id = ByteString(String(repeating: "x", count: 300))
        let text = FeedIdentity.messageID(feed: "limits", id: id, version: "1")
        #expect(text.bytes.count == "limits:".utf8.count + 64 && text.description.hasPrefix("limits:"))
        #expect(text == FeedIdentity.messageID(feed: "limits", id: id, version: "1"))
        #expect(text != FeedIdentity.messageID(feed: "limits", id: id, version: "2"))
        let feed = String(repeating: "f", count: 250)
        #expect(FeedIdentity.messageID(feed: feed, id: id, version: "1").bytes.count == 64)
    }
}
