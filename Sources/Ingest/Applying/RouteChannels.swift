internal import Contracts

/// The channels that a route's deliveries come on, by the source that each delivery names.
struct RouteChannels: Sendable {
    let sources: [any Source]

    /// Nil where all of the batch's deliveries are ours; else what of it is left: the others are given out again.
    func open(of batch: Batch) -> [Segment]? {
        // Mostly all are of one.
        var last: (channel: RouteChannel, isOpen: Bool)?
        func isOpen(_ segment: Segment) -> Bool {
            let channel = segment.channel
            if let last, last.channel == channel { return last.isOpen }
            let answer = sources[channel.source].isOpen(channel.number)
            last = (channel, answer)
            return answer
        }
        if batch.segments.allSatisfy(isOpen) { return nil }
        return batch.segments.filter(isOpen)
    }

    /// Whether the broker confirms now that all deliveries of the batch are ours.
    func confirm(_ batch: Batch) async -> Bool {
        for channel in Set(batch.segments.map(\.channel)) {
            guard await sources[channel.source].confirmOpen(channel.number) else { return false }
        }
        return true
    }

    func giveBack() { for source in sources { source.giveBack() } }
}

/// A channel of one source of a route.
private struct RouteChannel: Hashable {
    let source: Int
    let number: UInt64
}

extension Segment {
    fileprivate var channel: RouteChannel {
        let delivery = message.message.delivery
        return RouteChannel(source: delivery.source, number: delivery.tag.channel)
    }
}
