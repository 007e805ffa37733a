internal import Contracts
internal import Mappings

/// Runs clients of a route of sockets offline: what a message subscribes to, and what is pushed to its client. Each message
/// is that of a client of its own.
struct SocketDryRun {
    /// Result for the message of a client.
    struct Report {
        /// Nil if the message does not subscribe.
        var key: String?
        /// JSON text.
        var answer: [UInt8]
        /// What it is pushed after its answer, as JSON texts.
        var pushes: [[UInt8]] = []
        /// Whether it goes on where it was.
        var comesBack = false
    }

    /// A client that has subscribed.
    private struct Client {
        let topic: String
        let key: String
        let comesBack: Bool
        /// What it has seen.
        let seen: PushPlace
        let hasLost: Bool
    }

    private let now: Int64
    private let trail: Trail?
    private var reports: [(report: Report, client: Client?)] = []

    /// `now`: time of all commits, in milliseconds since 1970. `trail`: records the branches taken.
    init(now: Int64, trail: Trail? = nil) {
        self.now = now
        self.trail = trail
    }

    /// `pushed`: the number of pushes so far. The report is without what the client is pushed later.
    mutating func receive(
        _ message: MappingTest.Message, of endpoint: SocketEndpoint, _ shape: SubscriptionShape, pushed: Int
    ) -> Report {
        let result = read(message, endpoint, shape, place(pushed))
        reports.append(result)
        return result.0
    }

    private func read(
        _ message: MappingTest.Message, _ endpoint: SocketEndpoint, _ shape: SubscriptionShape, _ last: PushPlace
    ) -> (Report, Client?) {
        let facts = MessageFacts(
            headers: message.headers.map { ($0.name.lowercased(), .text($0.value)) }, parameters: message.parameters,
            principal: endpoint.access == nil ? nil : message.principal)
        do throws(SubscriptionReader.Problem) {
            let asked = try SubscriptionReader(trail: trail).read(message.body, as: shape, facts: facts)
            var after: PushPlace?
            if let text = asked.after, !text.isEmpty {
                guard let place = PushPlace(text: text) else {
                    return (Report(answer: PushText.error(PushText.unknownPlace)), nil)
                }
                after = place
            }
            let comesBack = asked.after != nil
            let seen = after.map { min($0, last) } ?? last
            let client = Client(
                topic: endpoint.topic, key: asked.key, comesBack: comesBack, seen: seen,
                hasLost: after.map { $0 > last } ?? false)
            let answer = PushText.text(asked.reply, at: comesBack ? seen : nil)
            return (Report(key: asked.key, answer: answer, comesBack: comesBack), client)
        } catch {
            return (Report(answer: PushText.error(error.detail)), nil)
        }
    }

    /// Of all messages, in order. `postings`: all of the test, in order.
    func reports(_ postings: [PostingRow]) -> [Report] {
        let pushes = postings.compactMap { row -> (topic: String, key: String, body: [UInt8])? in
            guard case .webSocket(let topic, let key) = row.target else { return nil }
            return (topic, key, row.body)
        }
        return reports.map { report, client in
            guard let client else { return report }
            var report = report
            if client.hasLost {
                report.pushes.append(PushText.text(PushText.gap, at: client.comesBack ? client.seen : nil))
            }
            for (number, push) in pushes.enumerated() where push.topic == client.topic && push.key == client.key {
                let place = place(number + 1)
                guard place > client.seen else { continue }
                report.pushes.append(PushText.text(push.body, at: client.comesBack ? place : nil))
            }
            return report
        }
    }

    /// Of the push of this number, from 1.
    private func place(_ number: Int) -> PushPlace {
        guard number > 0 else { return .first }
        return PushPlace(
            seconds: UInt32(clamping: now / 1000), increment: UInt32(clamping: number), number: 1)
    }
}
