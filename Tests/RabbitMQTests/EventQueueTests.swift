import Contracts
@testable import RabbitMQ
import Testing
import ThreadExecutors

@Suite struct EventQueueTests {
    private func event(_ number: UInt64, bytes: Int) -> SourceEvent {
        .deliveries([
            Delivery(
                tag: DeliveryTag(channel: 1, number: number), queue: "q", body: Array(repeating: 0, count: bytes),
                isRedelivered: false, properties: MessageProperties())
        ])
    }

    private func number(_ event: SourceEvent?) -> UInt64? {
        guard case .deliveries(let deliveries) = event else { return nil }
        return deliveries.first?.tag.number
    }

    @Test func `events come out in order, also to one who waited`() async {
        let queue = EventQueue(byteBound: 10, wakeup: Wakeup())
        async let first = queue.next()
        for number in 1...200 as ClosedRange<UInt64> { queue.yield(event(number, bytes: 1)) }
        queue.finish()
        var numbers = [number(await first)]
        while let next = await queue.next() { numbers.append(number(next)) }
        #expect(numbers == (1...200).map(Optional.some))
    }

    @Test func `it is full beyond its bytes, and says when there is room`() async {
        let queue = EventQueue(byteBound: 10, wakeup: Wakeup())
        queue.yield(event(1, bytes: 8))
        #expect(!queue.isFull)
        queue.yield(event(2, bytes: 8))
        #expect(queue.isFull)
        _ = await queue.next()
        #expect(!queue.isFull)
    }

    @Test func `deliveries of a channel that is gone are withdrawn, what happened to it is still told`() async {
        let queue = EventQueue(byteBound: 10, wakeup: Wakeup())
        queue.yield(event(1, bytes: 20))
        queue.yield(.down(reason: "gone"))
        queue.withdrawDeliveries()
        #expect(!queue.isFull)
        guard case .down = await queue.next() else {
            Issue.record("expected an event that the channel is gone")
            return
        }
    }

    @Test func `what was taken is not kept: its bytes would be in memory and in no count`() async {
        let queue = EventQueue(byteBound: 10, wakeup: Wakeup())
        for number in 1...3 as ClosedRange<UInt64> { queue.yield(event(number, bytes: 1_000)) }
        var body = await nextBody(of: queue)
        // Who alone holds an array changes it in place.
        let before = body.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        body[0] = 1
        #expect(body.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } == before)
        #expect(number(await queue.next()) == 2)
    }

    private func nextBody(of queue: EventQueue) async -> [UInt8] {
        guard case .deliveries(let deliveries) = await queue.next() else { return [] }
        return deliveries.first?.body ?? []
    }

    @Test func `a cancelled task stops waiting`() async {
        let queue = EventQueue(byteBound: 10, wakeup: Wakeup())
        let task = Task { number(await queue.next()) == nil }
        task.cancel()
        #expect(await task.value)
    }
}
