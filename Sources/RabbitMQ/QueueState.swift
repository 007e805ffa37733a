/// A queue as the broker sees it at this moment.
package struct QueueState: Sendable, Equatable {
    /// Messages that wait; those handed out and not yet acknowledged are not counted.
    package let messageCount: Int
    package let consumerCount: Int

    package init(messageCount: Int, consumerCount: Int) {
        self.messageCount = messageCount
        self.consumerCount = consumerCount
    }
}
