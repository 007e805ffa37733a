package import Contracts
internal import Crypto
internal import JSON
package import Mappings
internal import NIOCore
internal import Synchronization

/// Requests as a source: each is a delivery, and its connection waits for the answer.
///
/// A request is a channel of its own. What the store does not take in time is answered 503 and given up: the pipeline drops it,
/// unless it is on its way into the store at that moment.
package final class HTTPSource: Source, WebDoor {
    package let events: AsyncStream<SourceEvent>

    private struct Waiting {
        let since: ContinuousClock.Instant
        let continuation: CheckedContinuation<RequestAnswer, Never>
        /// The pipeline has taken it.
        var isAdmitted = false

        /// Answers that it was not settled. Only one that the pipeline never had may be sent to another door.
        func giveUp() { continuation.resume(returning: isAdmitted ? .tooLate : .comeAgain) }
    }

    private struct State {
        var next: UInt64 = 1
        /// Those that are not answered.
        var waiting: [UInt64: Waiting] = [:]
        /// Those that the pipeline has.
        var held: Set<UInt64> = []
        /// All were given up: nothing is taken until the pipeline has none of them.
        var isGivenUp = false
        var isStopped = false
    }

    /// Most requests that wait for an answer; further ones are asked to come again.
    private static let mostWaiting = 10_000
    /// How long a request waits for its answer.
    private static let patience = Duration.seconds(10)

    private let route: String
    private let endpoint: HTTPEndpoint
    private let router: WebRouter
    private let state = Mutex(State())
    private let continuation: AsyncStream<SourceEvent>.Continuation
    private let sweeper = Mutex<Task<Void, Never>?>(nil)

    package init(route: String, endpoint: HTTPEndpoint, router: WebRouter) {
        self.route = route
        self.endpoint = endpoint
        self.router = router
        (events, continuation) = AsyncStream.makeStream()
        continuation.yield(.up)
        router.open(route, endpoint, self)
        let task = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                self?.giveUpOld()
            }
        }
        sweeper.withLock { $0 = task }
    }

    // MARK: Requests

    package func answer(_ request: WebRequest) async -> RequestAnswer {
        let properties: MessageProperties
        let body: [UInt8]
        do throws(Refused) {
            properties = try self.properties(of: request)
            body = try RequestBody.message(of: request, endpoint)
        } catch {
            return error.answer
        }
        return await withCheckedContinuation { continuation in
            let (number, refusal) = state.withLock { state -> (UInt64, RequestAnswer?) in
                if state.isStopped { return (0, .comeAgain) }
                if state.isGivenUp { return (0, .storeAway) }
                if state.waiting.count >= Self.mostWaiting { return (0, .tooMany) }
                let number = state.next
                state.next += 1
                state.waiting[number] = Waiting(since: .now, continuation: continuation)
                state.held.insert(number)
                return (number, nil)
            }
            if let refusal { return continuation.resume(returning: refusal) }
            self.continuation.yield(
                .deliveries([
                    Delivery(
                        tag: DeliveryTag(channel: number, number: 1), queue: RouteSource.httpQueue(of: route),
                        body: body, isRedelivered: false, properties: properties, request: request.facts)
                ]))
        }
    }

    private static let keyBytes = 1...255

    private func properties(of request: WebRequest) throws(Refused) -> MessageProperties {
        var properties = MessageProperties()
        let keys = request.values(of: "idempotency-key")
        guard keys.count <= 1 else { throw Refused(400, "the header Idempotency-Key is there twice; send one") }
        if let key = keys.first {
            let isKey = Self.keyBytes.contains(key.utf8.count) && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            guard isKey else {
                throw Refused(400, "the header Idempotency-Key has 1 to 255 visible ASCII characters, without spaces")
            }
            properties.messageId = ByteString(key)
        } else if endpoint.idempotency == .required {
            throw Refused(400, "send a header Idempotency-Key, unique to this request and the same when it is repeated")
        } else {
            let name = SymmetricKey(size: .bits128).withUnsafeBytes { Hexadecimal.text(Array($0)) }
            properties.messageId = ByteString("request:" + name)
        }
        // A byte that is not UTF-8 has become this character on its way here, and cannot be distinguished from it.
        if let header = request.visibleHeaders.first(where: { $0.value.contains("\u{FFFD}") }) {
            throw Refused(400, "the header \(header.name) has bytes that are not UTF-8; send it as UTF-8")
        }
        properties.contentType = request.values(of: "content-type").first.map { ByteString($0) }
        properties.headers = request.visibleHeaders.map {
            MessageProperties.Header(name: $0.name, value: .string($0.value))
        }
        return properties
    }

    /// Answers a request, once.
    private func resume(_ number: UInt64, _ answer: RequestAnswer) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: number) }
        waiting?.continuation.resume(returning: answer)
    }

    private func giveUpOld() {
        let end = ContinuousClock.now - Self.patience
        // Taken out under the lock: one that is given up is never admitted afterwards.
        let old = state.withLock { state in
            let old = state.waiting.filter { $0.value.since < end }
            for number in old.keys { state.waiting[number] = nil }
            return old.values
        }
        for waiting in old { waiting.giveUp() }
    }

    // MARK: By the pipeline

    package func acknowledge(upTo tag: DeliveryTag) {}

    package func answer(_ answer: RequestAnswer, to tag: DeliveryTag) { resume(tag.channel, answer) }

    package func isOpen(_ channel: UInt64) -> Bool { state.withLock { $0.waiting[channel] != nil } }

    package func confirmOpen(_ channel: UInt64) async -> Bool { isOpen(channel) }

    package func giveBack() {
        let all = state.withLock { state in
            state.isGivenUp = !state.held.isEmpty
            defer { state.waiting = [:] }
            return state.waiting
        }
        for waiting in all.values {
            // Of one that the pipeline has, a commit may be on its way, its answer lost.
            waiting.continuation.resume(returning: waiting.isAdmitted ? .storeLost : .storeAway)
        }
    }

    package func admitted(_ tag: DeliveryTag) {
        state.withLock { $0.waiting[tag.channel]?.isAdmitted = true }
    }

    package func passed(_ count: Int, of channel: UInt64) {
        let waiting = state.withLock { state in
            state.held.remove(channel)
            if state.held.isEmpty { state.isGivenUp = false }
            return state.waiting.removeValue(forKey: channel)
        }
        // Dropped on the way.
        waiting?.giveUp()
    }

    package func stop() {
        state.withLock { $0.isStopped = true }
        router.close(route, self)
        continuation.finish()
    }

    package func close() async {
        stop()
        sweeper.withLock { $0?.cancel() }
        let all = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
        for waiting in all.values { waiting.giveUp() }
    }
}

extension RequestAnswer {
    /// Nothing was taken, and another door may take it.
    static let comeAgain = problem(
        status: 503, detail: "the gateway takes no requests of this route now; send it again", retryAfter: 1)

    static let tooMany = problem(
        status: 503, detail: "too many requests wait for their answers; send it again later", retryAfter: 5)

    static let storeAway = problem(
        status: 503, detail: "the store cannot be reached; nothing was taken: send the request again", retryAfter: 5)

    fileprivate static let storeLost = problem(
        status: 503,
        detail: "the store cannot be reached, and whether it took the request is not known; send it again with the same"
            + " Idempotency-Key, so that it is applied once",
        retryAfter: 5)

    fileprivate static let tooLate = problem(
        status: 503,
        detail:
            "the request was not settled in time; send it again with the same Idempotency-Key, so that it is applied once",
        retryAfter: 5)
}
