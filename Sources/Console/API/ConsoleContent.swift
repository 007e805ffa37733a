/// What the server shows; asked at every request, from any thread, so it must be quick.
package struct ConsoleContent: Sendable {
    package var version: String
    package var readiness: @Sendable () -> Readiness
    /// `isWatched`: a page or subscriber follows the status.
    package var status: @Sendable (_ isWatched: Bool) -> StatusReport
    package var metrics: @Sendable () -> String
    /// Milliseconds since 1970.
    package var now: @Sendable () -> Int64
    package var messages: MessageTail
    /// What takes longer: the store is asked.
    package var back: ConsoleBackend

    package init(
        version: String, readiness: @escaping @Sendable () -> Readiness,
        status: @escaping @Sendable (_ isWatched: Bool) -> StatusReport, metrics: @escaping @Sendable () -> String,
        now: @escaping @Sendable () -> Int64, messages: MessageTail, back: ConsoleBackend
    ) {
        self.version = version
        self.readiness = readiness
        self.status = status
        self.metrics = metrics
        self.now = now
        self.messages = messages
        self.back = back
    }

    /// Of those that run.
    var routeNames: [String] { status(false).routes.map(\.name) }
}
