package import Mappings

/// A posting of one item, ready to be noted once the item has ended in one of its outcomes.
package struct PreparedPosting: Sendable {
    /// The item's index in the message.
    package var item: Int
    /// Which of the route's targets it is for, from 0.
    package var number: Int
    package var shape: PostingShape
    package var target: PostingTarget
    package var headers: [MessageProperties.Header]
    package var body: [UInt8]
}

extension PostingTarget {
    /// Where all postings of a feed go.
    package init(_ shape: PostingShape) { self.init(shape, routingKey: shape.constantRoutingKey) }

    init(_ shape: PostingShape, routingKey: String) {
        self =
            switch shape.destination {
            case .queue(let name): .amqp(exchange: "", routingKey: name)
            case .exchange(let name): .amqp(exchange: name, routingKey: routingKey)
            case .file(let path): .file(path: path)
            case .log: .log
            }
    }
}

extension PreparedPosting {
    init(_ made: PostingMaker.Made, _ shape: PostingShape, item: Int, number: Int) {
        self.init(
            item: item, number: number, shape: shape, target: PostingTarget(shape, routingKey: made.routingKey),
            headers: made.headers.map { MessageProperties.Header(name: $0.name, value: .string($0.value)) },
            body: made.body)
    }
}
