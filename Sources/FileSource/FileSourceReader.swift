internal import Contracts
internal import Glibc
internal import JSON
internal import Logging
internal import ThreadExecutors

/// Reads a route's files on a dedicated thread, so that a hanging file system blocks nothing else.
actor FileSourceReader {
    nonisolated let lane = ThreadExecutor(named: "files")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private struct OpenFile {
        let path: String
        let stamp: FileStamp
        let identity: FileIdentity
        let lines: LineReader
    }

    /// All lines are delivered; finished when the last one is settled.
    private struct ReadFile {
        let path: String
        let stamp: FileStamp
        let last: UInt64
    }

    /// Limits of an event: lines and bytes.
    private static let linesPerEvent = 1024
    private static let bytesPerEvent = 512 << 10
    /// Polling interval of the directory, and how long a file must be unchanged.
    private static let interval = Duration.milliseconds(250)
    private static let quiet = Duration.seconds(1)
    private static let channel: UInt64 = 1
    /// So many renamed files are watched.
    private static let watchedFiles = 1000

    private let options: FileSourceOptions
    private let pattern: FilePattern
    private let mailbox: FileSourceMailbox
    private let logger: Logger
    private var open: OpenFile?
    private var readFiles: [ReadFile] = []
    /// When each file was first seen with its current stamp.
    private var seen: [String: (stamp: FileStamp, since: ContinuousClock.Instant)] = [:]
    /// Files that could not be read or renamed, until they change.
    private var left: [String: FileStamp] = [:]
    /// Renamed files, the newest last, with their stamps when their lines had been read. Watched for lines that a writer
    /// who holds a file open appends afterwards.
    private var finished: [(path: String, done: String, stamp: FileStamp)] = []
    private var number: UInt64 = 0
    private var hasBegun = false

    init(_ options: FileSourceOptions, mailbox: FileSourceMailbox, logger: Logger) {
        self.options = options
        self.mailbox = mailbox
        self.logger = logger
        pattern = FilePattern(options.path)
    }

    /// The next lines; nil once stopped.
    func next() async -> SourceEvent? {
        if !hasBegun {
            hasBegun = true
            return .up
        }
        while !mailbox.isStopped, !Task.isCancelled {
            let acknowledged = mailbox.acknowledged
            renameSettled(upTo: acknowledged)
            let room = options.prefetch - Int(number - acknowledged)
            guard room > 0 else {
                await mailbox.signal.wait()
                continue
            }
            if open == nil { openNext() }
            guard let file = open else {
                await mailbox.signal.wait(atMost: Self.interval) { try await Task.sleep(for: $0) }
                continue
            }
            let deliveries = read(file, atMost: min(room, Self.linesPerEvent))
            if !deliveries.isEmpty { return .deliveries(deliveries) }
        }
        return nil
    }

    /// Renames settled files and closes the others.
    func finish() {
        renameSettled(upTo: mailbox.acknowledged)
        open = nil
    }

    // MARK: Reading

    private func read(_ file: OpenFile, atMost count: Int) -> [Delivery] {
        var deliveries: [Delivery] = []
        var bytes = 0
        do throws(LineReader.Failure) {
            while deliveries.count < count, bytes < Self.bytesPerEvent {
                guard let line = try file.lines.next() else {
                    end(file, &deliveries)
                    break
                }
                bytes += line.bytes.count
                append(line, of: file, to: &deliveries)
            }
        } catch {
            open = nil
            leave(file.path, file.stamp, "'\(file.path)': cannot be read further: \(Self.words(error.code))")
        }
        return deliveries
    }

    /// A file that changed meanwhile is read again from its first line once it is unchanged: the ledger deduplicates
    /// its lines, and a partly written last line is not delivered.
    private func end(_ file: OpenFile, _ deliveries: inout [Delivery]) {
        open = nil
        guard FileStamp(descriptor: file.lines.descriptor) == file.stamp else { return }
        if let rest = file.lines.rest() { append(rest, of: file, to: &deliveries) }
        readFiles.append(ReadFile(path: file.path, stamp: file.stamp, last: number))
    }

    private func append(_ line: LineReader.Line, of file: OpenFile, to deliveries: inout [Delivery]) {
        guard !line.isBlank else { return }
        number += 1
        deliveries.append(
            Delivery(
                tag: DeliveryTag(channel: Self.channel, number: number), queue: options.queue, body: line.bytes,
                isRedelivered: false, properties: properties(of: line, in: file)))
    }

    /// Deterministic: the same line always gets the same message-id; lines of other files, also of the same name, get
    /// others.
    private func properties(of line: LineReader.Line, in file: OpenFile) -> MessageProperties {
        let name = file.path.split(separator: "/").last.map { String($0) } ?? file.path
        let hash = line.hash.prefix(8).map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
        var properties = MessageProperties()
        properties.messageId = ByteString("\(options.route):\(name):\(file.identity.text):\(line.number):\(hash)")
        properties.headers = [
            MessageProperties.Header(name: "file", value: .string(name)),
            MessageProperties.Header(name: "line", value: .integer(Int64(line.number))),
        ]
        return properties
    }

    // MARK: Files

    /// Opens the first unchanged file that is not being processed.
    private func openNext() {
        var trouble = takeBackGrown()
        guard let found = pattern.files() else {
            seen = [:]
            mailbox.trouble("the directory '\(pattern.directory)' cannot be read: \(Self.words(errno))", logger)
            return
        }
        let now = ContinuousClock.now
        var present: [String: (stamp: FileStamp, since: ContinuousClock.Instant)] = [:]
        var next: (path: String, stamp: FileStamp)?
        for path in found.paths {
            guard let stamp = FileStamp(path), stamp.isRegular else { continue }
            let before = seen[path]
            let since = before?.stamp == stamp ? before?.since ?? now : now
            present[path] = (stamp, since)
            guard next == nil, since.duration(to: now) >= Self.quiet, left[path] != stamp,
                !readFiles.contains(where: { $0.path == path })
            else { continue }
            next = (path, stamp)
        }
        seen = present
        left = left.filter { present[$0.key]?.stamp == $0.value }
        if let name = found.unreadable.first {
            let words = "'\(pattern.directory)': the name '\(name)' is not UTF-8, so the file is not read; rename it"
            trouble = found.unreadable.count == 1 ? words : words + " (and \(found.unreadable.count - 1) more)"
        }
        if let trouble {
            mailbox.trouble(trouble, logger)
        } else if left.isEmpty {
            mailbox.clear()
        }
        if let next { open(next.path, next.stamp) }
    }

    private func open(_ path: String, _ stamp: FileStamp) {
        let descriptor = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return leave(path, stamp, "'\(path)': cannot be read: \(Self.words(errno))") }
        open = OpenFile(
            path: path, stamp: stamp, identity: FileIdentity(descriptor: descriptor),
            lines: LineReader(takingOwnershipOf: descriptor, limit: options.lineBytes))
        logger.info("reading", metadata: ["file": "\(path)"])
    }

    private func renameSettled(upTo acknowledged: UInt64) {
        while let file = readFiles.first, file.last <= acknowledged {
            readFiles.removeFirst()
            // Written to since: read it again.
            guard FileStamp(file.path) == file.stamp else { continue }
            let done = FilePattern.doneName(of: file.path)
            if rename(file.path, done) == 0 {
                logger.notice("all lines are settled", metadata: ["file": "\(file.path)", "renamed": "\(done)"])
                if finished.count == Self.watchedFiles { finished.removeFirst() }
                finished.append((file.path, done, file.stamp))
            } else {
                leave(
                    file.path, file.stamp,
                    "'\(file.path)': all lines are settled, but it cannot be renamed: \(Self.words(errno))")
            }
        }
    }

    /// Gives files that have grown since they were renamed their names again, so that they are read once more: the ledger
    /// knows the lines that it has seen. Why one cannot be; nil if all could.
    private func takeBackGrown() -> String? {
        var trouble: String?
        var kept: [(path: String, done: String, stamp: FileStamp)] = []
        for file in finished {
            guard let stamp = FileStamp(file.done) else { continue }
            guard !stamp.hasContent(of: file.stamp) else {
                kept.append(file)
                continue
            }
            // `link` fails where there is another file of that name by now; then it is tried again.
            if link(file.done, file.path) == 0 {
                unlink(file.done)
                logger.warning(
                    "written to after all its lines were settled: read again",
                    metadata: ["file": "\(file.path)", "renamed": "\(file.done)"])
            } else {
                let words =
                    errno == EEXIST
                    ? "there is a new '\(file.path)'; give the lines another file" : Self.words(errno)
                trouble = "'\(file.done)': written to after all its lines were settled, and not read again: \(words)"
                kept.append(file)
            }
        }
        finished = kept
        return trouble
    }

    private func leave(_ path: String, _ stamp: FileStamp, _ words: String) {
        left[path] = stamp
        mailbox.trouble(words, logger)
    }

    private static func words(_ code: Int32) -> String {
        switch code {
        case ENOENT: "it does not exist; create it, or correct 'path:'"
        case EACCES, EPERM: "permission denied; give the gateway's user access to the directory and its files"
        case EROFS: "the file system is read-only; move the files to one that is not"
        default: "\(String(cString: strerror(code))) (\(code))"
        }
    }
}
