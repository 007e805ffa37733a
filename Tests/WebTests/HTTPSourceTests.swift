import Contracts
import Mappings
import NIOCore
import Testing

@testable import Web

/// A request waits for exactly one answer, whatever becomes of it on the way.
@Suite struct HTTPSourceTests {
    private func source(_ change: (inout HTTPEndpoint) -> Void = { _ in }) throws -> (HTTPSource, WebRouter) {
        var endpoint = HTTPEndpoint(method: .post, path: try PathTemplate("/x/{id}"))
        change(&endpoint)
        let router = WebRouter()
        return (HTTPSource(route: "r", endpoint: endpoint, router: router), router)
    }

    private func request(_ body: String, headers: [RequestField] = []) -> WebRequest {
        WebRequest(
            facts: RequestFacts(method: "POST", path: "/x/1"), headers: headers, body: ByteBuffer(string: body))
    }

    private func deliveries(_ source: HTTPSource) -> AsyncStream<Delivery> {
        AsyncStream { continuation in
            Task {
                for await event in source.events {
                    guard case .deliveries(let all) = event else { continue }
                    for one in all { continuation.yield(one) }
                }
                continuation.finish()
            }
        }
    }

    @Test func `the answer goes to the request that it belongs to`() async throws {
        let (source, _) = try source()
        let worker = Task {
            for await delivery in deliveries(source) {
                source.answer(RequestAnswer(status: 200, body: delivery.body), to: delivery.tag)
                source.passed(1, of: delivery.tag.channel)
            }
        }
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask { await source.answer(request("\(number)")).body == Array("\(number)".utf8) }
            }
            for await isRight in group { #expect(isRight) }
        }
        await source.close()
        await worker.value
    }

    @Test func `what is given back is answered 503, and nothing is taken until the pipeline has none of it`()
        async throws
    {
        let (source, _) = try source()
        var all = deliveries(source).makeAsyncIterator()
        async let first = source.answer(request("1"))
        let delivery = try #require(await all.next())
        #expect(source.isOpen(delivery.tag.channel))
        source.giveBack()
        #expect(await first == .storeAway)
        #expect(!source.isOpen(delivery.tag.channel))
        #expect(await source.answer(request("2")).status == 503)
        source.passed(1, of: delivery.tag.channel)
        async let third = source.answer(request("3"))
        let next = try #require(await all.next())
        source.admitted(next.tag)
        source.giveBack()
        // Its commit may be on its way.
        let lost = await third
        #expect(lost.status == 503)
        #expect(lost != .storeAway)
        source.passed(1, of: next.tag.channel)
        async let fourth = source.answer(request("4"))
        let last = try #require(await all.next())
        source.answer(RequestAnswer(status: 201), to: last.tag)
        #expect(await fourth.status == 201)
        await source.close()
    }

    @Test func `a request that the pipeline drops, or that a stop finds, is answered too`() async throws {
        let (source, router) = try source()
        var all = deliveries(source).makeAsyncIterator()
        async let first = source.answer(request("1"))
        let delivery = try #require(await all.next())
        source.passed(1, of: delivery.tag.channel)
        #expect(await first.status == 503)
        async let second = source.answer(request("2"))
        _ = await all.next()
        source.stop()
        #expect(await source.answer(request("3")).status == 503)
        guard case .route = router.find("POST", ["x", "1"], on: "main") else {
            Issue.record("the path is known while its route does not run")
            return
        }
        let (door, _) = router.door(of: "r", on: "main")
        #expect(door == nil)
        await source.close()
        #expect(await second.status == 503)
    }

    /// A second door would apply it under another id.
    @Test func `what the pipeline had and dropped goes to no other door`() async throws {
        let (source, _) = try source()
        var all = deliveries(source).makeAsyncIterator()
        async let first = source.answer(request("1"))
        let delivery = try #require(await all.next())
        source.admitted(delivery.tag)
        source.passed(1, of: delivery.tag.channel)
        let answer = await first
        #expect(answer.status == 503)
        #expect(answer != .comeAgain)
        await source.close()
    }

    @Test func `at the end, what the pipeline never took may go elsewhere`() async throws {
        let (source, _) = try source()
        var all = deliveries(source).makeAsyncIterator()
        async let first = source.answer(request("1"))
        let delivery = try #require(await all.next())
        source.admitted(delivery.tag)
        async let second = source.answer(request("2"))
        _ = await all.next()
        await source.close()
        #expect(await first != .comeAgain)
        #expect(await second == .comeAgain)
    }

    @Test func `a key comes from the header, once and readable`() async throws {
        let (source, _) = try source { $0.idempotency = .required }
        #expect(await source.answer(request("1")).status == 400)
        for keys in [["a", "b"], [""], ["a b"], ["é"], [String(repeating: "k", count: 256)]] {
            let headers = keys.map { RequestField(name: "idempotency-key", value: $0) }
            #expect(await source.answer(request("1", headers: headers)).status == 400)
        }
        await source.close()
    }

    @Test func `headers that open doors are not delivered`() async throws {
        let (source, _) = try source()
        var all = deliveries(source).makeAsyncIterator()
        async let answer = source.answer(
            request("1", headers: ["authorization", "cookie", "x-own"].map { .init(name: $0, value: "v") }))
        let delivery = try #require(await all.next())
        #expect(delivery.properties.headers.map(\.name) == ["x-own"])
        source.passed(1, of: delivery.tag.channel)
        _ = await answer
        await source.close()
    }
}
