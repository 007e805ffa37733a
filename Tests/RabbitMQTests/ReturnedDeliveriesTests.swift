import Contracts
@testable import RabbitMQ
import Testing

/// How often messages at hand were given back: reported from three times on, until they are settled.
@Suite struct ReturnedDeliveriesTests {
    private static func header(_ count: Int64) -> [MessageProperties.Header] {
        [.init(name: "x-other", value: .integer(9)), .init(name: "x-delivery-count", value: .integer(count))]
    }

    @Test("reported from three times on", arguments: [(0, nil), (2, nil), (3, 3), (20, 20)] as [(Int64, Int?)])
    func threshold(count: Int64, told: Int?) {
        var returned = ReturnedDeliveries()
        let found = returned.note(1, isRedelivered: true, headers: Self.header(count))
        #expect(found == told)
    }

    @Test func `a first delivery, and one that nobody has counted, tell nothing`() {
        var returned = ReturnedDeliveries()
        let text = MessageProperties.Header(name: "x-delivery-count", value: .string("5"))
        let found = [
            returned.note(1, isRedelivered: false, headers: Self.header(5)),
            returned.note(2, isRedelivered: true, headers: []), returned.note(3, isRedelivered: true, headers: [text]),
        ]
        #expect(found == [nil, nil, nil])
        let isSettled = returned.acknowledged(upTo: 3)
        #expect(!isSettled)
    }

    @Test func `the highest counts, until that message is settled`() {
        var returned = ReturnedDeliveries()
        let found = [(4, 4), (5, 3), (6, 7)].map { number, count in
            returned.note(UInt64(number), isRedelivered: true, headers: Self.header(Int64(count)))
        }
        #expect(found == [4, nil, 7])
        let settled = [5, 6, 9].map { returned.acknowledged(upTo: $0) }
        #expect(settled == [false, true, false])
        let anew = returned.note(10, isRedelivered: true, headers: Self.header(3))
        #expect(anew == 3)
    }
}
