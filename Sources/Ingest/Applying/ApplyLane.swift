internal import BSON
internal import Contracts
internal import JSON
internal import Mappings

/// Settles the messages of one ordered stream, batch after batch, forever: what the store cannot take now is retried,
/// what it refuses is found by halving and becomes a dead letter.
///
/// It has one store or several. With several, so many batches may be at work at once where they touch different records;
/// they commit in their order.
struct ApplyLane<S: Store>: Sendable {
    /// Number of the first worker of this lane among those of the route.
    let number: Int
    let stores: [S]
    let queue: LaneQueue
    let limits: Limits
    let route: String
    let versionField: ByteString?
    let resultQueue: String?
    let answers: AnswerTable
    let environment: GatewayEnvironment
    let observer: any IngestObserver
    let channels: RouteChannels
    let outage: Outage
    /// Called once what a request is answered is durable, before ``messageSettled``.
    let answered: @Sendable (DeliveryFacts, RequestAnswer) -> Void
    /// Called once a message is durable in all its parts, or dropped because its channel has ended.
    let messageSettled: @Sendable (PreparedMessage) -> Void

    /// Until the queue is finished and empty, or the task is cancelled (then what is not settled will be delivered again).
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for (index, store) in stores.enumerated() {
                let worker = LaneWorker(lane: self, number: number + index, store: store)
                group.addTask { await worker.run() }
            }
        }
    }
}
