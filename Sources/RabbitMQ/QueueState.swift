/// The current state of a queue.
package struct QueueState: Sendable, Equatable {
    /// Messages ready for delivery; unacknowledged ones are not counted.
    package let messageCount: Int
    package let consumerCount: Int

    package init(messageCount: Int, consumerCount: Int) {
        self.messageCount = messageCount
        self.consumerCount = consumerCount
    }
}
