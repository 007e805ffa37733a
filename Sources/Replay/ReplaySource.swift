internal import Lanes
package import Logging
package import Pipeline

/// Files of lines as a ``Source``: each line is a message, and a file whose lines are all settled is renamed to
/// `NAME.done`.
///
/// A line's message-id is made of the route, the file's name, the line's number and its hash: whatever ends the gateway in
/// the middle of a file, it is read again from the first line, and the ledger lets each line have its effect once. Lines
/// are read as they are asked for, so a slow store slows the reading.
package final class ReplaySource: Source {
    package let events: AsyncStream<SourceEvent>

    private let desk: ReplayDesk
    private let reader: ReplayReader

    package init(_ options: ReplayOptions, logger: Logger) {
        let desk = ReplayDesk()
        let reader = ReplayReader(options, desk: desk, logger: logger)
        self.desk = desk
        self.reader = reader
        events = AsyncStream { await reader.next() }
    }

    /// What keeps files from being read, since when in milliseconds since 1970; nil while nothing does. From any thread.
    package var trouble: (since: Int64, words: String)? { desk.trouble }

    package func acknowledge(upTo tag: DeliveryTag) { desk.acknowledge(tag.number) }

    package func stop() { desk.stop() }

    /// It cannot be used afterwards.
    package func close() async {
        desk.stop()
        await reader.finish()
        reader.lane.stop()
    }
}

/// What files a route reads, and how.
package struct ReplayOptions: Sendable {
    package var route: String
    /// What deliveries name as their queue.
    package var queue: String
    /// A directory, whose `*.ndjson` are meant, or a path whose last part may hold `*` and `?`.
    package var path: String
    /// Bytes of a line. Of a longer one, one byte more than that is handed out.
    package var lineBytes: Int
    /// Lines that may be out unsettled.
    package var prefetch: Int

    package init(route: String, queue: String, path: String, lineBytes: Int, prefetch: Int) {
        self.route = route
        self.queue = queue
        self.path = path
        self.lineBytes = lineBytes
        self.prefetch = prefetch
    }
}
