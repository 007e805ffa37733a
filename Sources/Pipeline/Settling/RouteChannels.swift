/// The channels that a route's deliveries come on, whichever of its sources they are of.
struct RouteChannels: Sendable {
    let sources: [any Source]

    func isOpen(_ channel: UInt64) -> Bool { sources.allSatisfy { $0.isOpen(channel) } }

    /// Nil where all of the batch's deliveries are ours; else what of it is left: the others are given out again.
    func open(of batch: Batch) -> [Segment]? {
        // Mostly all are of one.
        var last: (channel: UInt64, isOpen: Bool)?
        func isOpen(_ segment: Segment) -> Bool {
            let channel = segment.message.message.delivery.tag.channel
            if let last, last.channel == channel { return last.isOpen }
            let answer = self.isOpen(channel)
            last = (channel, answer)
            return answer
        }
        if batch.segments.allSatisfy(isOpen) { return nil }
        return batch.segments.filter(isOpen)
    }

    /// Whether the broker confirms now that all of the batch's deliveries are ours.
    func confirm(_ batch: Batch) async -> Bool {
        for channel in Set(batch.segments.map(\.message.message.delivery.tag.channel)) {
            for source in sources where await !source.confirmOpen(channel) { return false }
        }
        return true
    }

    func giveBack() { for source in sources { source.giveBack() } }

    func passed(_ count: Int, of channel: UInt64) { for source in sources { source.passed(count, of: channel) } }
}
