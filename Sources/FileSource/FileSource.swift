package import Contracts
package import Logging
internal import ThreadExecutors

/// A ``Source`` that reads files of lines: each line is a message, and a file whose lines are all settled is renamed to
/// `NAME.done`.
///
/// A line's message-id is derived from the route, the file's name, the line's number and its hash. After a crash a file
/// is read again from its first line, and the ledger deduplicates. Lines are read on demand (backpressure).
package final class FileSource: Source {
    package let events: AsyncStream<SourceEvent>

    private let mailbox: FileSourceMailbox
    private let reader: FileSourceReader

    package init(_ options: FileSourceOptions, logger: Logger) {
        let mailbox = FileSourceMailbox()
        let reader = FileSourceReader(options, mailbox: mailbox, logger: logger)
        self.mailbox = mailbox
        self.reader = reader
        events = AsyncStream { await reader.next() }
    }

    /// Why files cannot be read, with the time in milliseconds since 1970; nil if they can. Thread-safe.
    package var trouble: (since: Int64, words: String)? { mailbox.trouble }

    package func acknowledge(upTo tag: DeliveryTag) { mailbox.acknowledge(tag.number) }

    package func stop() { mailbox.stop() }

    /// It must not be used afterwards.
    package func close() async {
        mailbox.stop()
        await reader.finish()
        reader.lane.stop()
    }
}

/// Which files a route reads, and how.
package struct FileSourceOptions: Sendable {
    package var route: String
    /// Queue name of the deliveries.
    package var queue: String
    /// A directory (its `*.ndjson` files), or a path whose last component may contain `*` and `?`.
    package var path: String
    /// Maximum bytes of a line. Of a longer one, one byte more is delivered.
    package var lineBytes: Int
    /// Maximum number of unsettled lines.
    package var prefetch: Int

    package init(route: String, queue: String, path: String, lineBytes: Int, prefetch: Int) {
        self.route = route
        self.queue = queue
        self.path = path
        self.lineBytes = lineBytes
        self.prefetch = prefetch
    }
}
