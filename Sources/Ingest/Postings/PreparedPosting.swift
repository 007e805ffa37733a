package import Contracts
package import Mappings

/// A posting of one item, written once the item has one of its outcomes.
package struct PreparedPosting: Sendable {
    /// The item's index in the message.
    package var item: Int
    /// Index of the route's target.
    package var number: Int
    package var shape: PostingShape
    package var target: PostingTarget
    package var headers: [MessageProperties.Header]
    package var body: [UInt8]
}

extension PostingTarget {
    /// The common target of a feed's postings.
    package init(_ shape: PostingShape) { self.init(shape, routingKey: shape.constantRoutingKey) }

    init(_ shape: PostingShape, routingKey: String) {
        self =
            switch shape.destination {
            case .queue(let name): .amqp(exchange: "", routingKey: name)
            case .exchange(let name): .amqp(exchange: name, routingKey: routingKey)
            case .file(let path): .file(path: path)
            case .log: .log
            case .webSocket(let topic): .webSocket(topic: topic, key: routingKey)
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
