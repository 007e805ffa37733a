import Testing

@testable import Console

@Suite struct StatusReportTests {
    private static func text(_ route: StatusReport.Route) -> String {
        StatusReport(
            version: "1", startedAt: 0, readiness: Readiness(isDraining: false, guarantee: "exactly once", parts: []),
            routes: [route], feeds: [], postings: [], deadLetters: [], openDeadLetters: 0
        ).text
    }

    private static func route(
        _ endpoint: StatusReport.Route.Endpoint? = nil, answers: [(String, Int)] = [], sockets: Int? = nil
    ) -> StatusReport.Route {
        StatusReport.Route(
            name: "r", since: 0, state: "running", sources: [], hasQueues: endpoint == nil, messages: [], items: [],
            itemsPerSecond: 0, endpoint: endpoint, answers: answers.map { (status: $0.0, count: $0.1) },
            sockets: sockets)
    }

    @Test func `a route has its endpoint, the classes of its answers and its connections`() {
        let requests = Self.route(.init(listener: "api", method: "PUT", path: "/a"), answers: [("2xx", 3), ("4xx", 1)])
        #expect(
            Self.text(requests).contains(
                #""endpoint":{"listener":"api","method":"PUT","path":"/a"},"answers":{"2xx":3,"4xx":1},"sockets":null"#)
        )
        let sockets = Self.route(.init(listener: "push", method: nil, path: nil), sockets: 0)
        #expect(
            Self.text(sockets).contains(
                #""endpoint":{"listener":"push","method":null,"path":null},"answers":{},"sockets":0"#))
        #expect(Self.text(Self.route()).contains(#""endpoint":null,"answers":{},"sockets":null"#))
    }

    /// Pages that follow the status show them as they change.
    @Test func `a change of answers or connections alone is a new status`() {
        func report(_ answers: Int, _ sockets: Int) -> StatusReport {
            StatusReport(
                version: "1", startedAt: 0,
                readiness: Readiness(isDraining: false, guarantee: "exactly once", parts: []),
                routes: [Self.route(answers: [("2xx", answers)], sockets: sockets)], feeds: [], postings: [],
                deadLetters: [], openDeadLetters: 0)
        }
        var pulse = Pulse()
        let topics = [(1, 0), (1, 0), (2, 0), (2, 1), (2, 1)].enumerated().map { number, counts in
            pulse.beat(report(counts.0, counts.1), now: Int64(number) * 1000).map(\.topic)
        }
        #expect(topics == [[.status], [], [.status], [.status], []])
    }
}
