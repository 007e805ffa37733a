internal import ArgumentParser
internal import Contracts
internal import Foundation
internal import JSON
internal import Logging
internal import Operations
internal import Output
internal import RabbitMQ
internal import Service
internal import Settings

struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Publishes message files to a queue and waits until the broker has them.",
        discussion: """
            Each file is one message, sent as it is: persistent, mandatory, confirmed. Without --message-id each gets a \
            new one; sending a file again under the same id has no second effect.

            EXAMPLE
              gateway send samples/catalogs/catalogBrand.json
              gateway send --queue promo.catalog --message-id erp-4711 brands.json
            """)

    @Argument(help: ArgumentHelp("Message files; - for standard input.", valueName: "file"))
    var files: [String]

    @Option(
        help: "Queue to publish to; default: rabbitMQ.endpointName, which may be set in the store's 'configuration'.")
    var queue: String?

    @Option(help: "The message-id; only with a single file.")
    var messageId: String?

    @OptionGroup var output: FormatOption
    @OptionGroup var options: SettingsOptions

    func validate() throws {
        if messageId != nil && files.count > 1 {
            throw ValidationError("--message-id goes with a single file; \(files.count) are given")
        }
        if let messageId, !(1...255).contains(messageId.utf8.count) {
            throw ValidationError("--message-id has \(messageId.utf8.count) bytes; AMQP allows 1 to 255")
        }
    }

    func run() async throws {
        var settings = try options.load(needing: [.broker])
        let queue = try await queueName(&settings)
        let postings = try files.map { try posting(file: $0, queue: queue) }

        let address = try BrokerSettings.consumer(settings)
        var connection = PublisherOptions()
        connection.timeout = Self.patience
        connection.givesUpFirstAfter = Self.patience
        connection.productVersion = Version.text
        let publisher = PublisherConnection(
            address: address, logger: Log.quiet(settings, label: "send"), options: connection)
        defer { withExtendedLifetime(publisher) {} }
        let watcher = Task { await Self.tellWaiting(publisher) }
        defer { watcher.cancel() }
        var bar = ProgressBar(label: "sending", total: postings.count)
        var failures: [(index: Int, problem: String)] = []
        var unreachable = false
        let window = 64
        for start in stride(from: 0, to: postings.count, by: window) {
            let part = postings[start..<min(start + window, postings.count)]
            let results = await publisher.publish(Array(part))
            if start == 0, publisher.hasNeverConnected, case .unknown(let reason) = results.first {
                bar.finish()
                await publisher.close()
                throw Self.unreachable(reason)
            }
            for (index, result) in zip(part.indices, results) {
                guard let problem = Self.problem(result, queue: queue) else { continue }
                if case .unknown = result { unreachable = true }
                failures.append((index, problem))
                let id = postings[index].properties.messageId?.description ?? ""
                Terminal.error("\(files[index]): \(problem) (message-id \(id); sent again under it, it has one effect)")
            }
            bar.update(start + part.count)
        }
        bar.finish()
        await publisher.close()
        let sent = postings.count - failures.count
        switch output.format {
        case .text: Terminal.line("sent \(sent) of \(postings.count) to queue '\(queue)'")
        case .json:
            var object = JSONObjectText()
            object.add("queue", queue)
            object.add("total", postings.count)
            object.add("sent", sent)
            let ids = postings.map { $0.properties.messageId?.description ?? "" }
            object.add("messageIds", objects: ids.map { JSONText.quoted($0) })
            object.add(
                "failed",
                objects: failures.map { failure in
                    var one = JSONObjectText()
                    one.add("file", files[failure.index])
                    one.add("messageId", ids[failure.index])
                    one.add("problem", failure.problem)
                    return one.text
                })
            Terminal.line(object.text)
        }
        if !failures.isEmpty { throw unreachable && sent == 0 ? ExitCode(69) : ExitCode.failure }
    }

    /// The queue from the options, the settings, or the collection `configuration`, whose other settings then apply
    /// too. Exit 78 if none names it.
    private func queueName(_ settings: inout Settings) async throws -> String {
        if let queue = queue ?? settings[.rabbitMQEndpointName] { return queue }
        let name = Setting.rabbitMQEndpointName.key.name
        do {
            let documents = try await StoreReading.documents(settings)
            settings = options.reader.read(collection: CollectionSettings(documents)).settings
        } catch {
            Terminal.error(
                "\(name): not set here; the collection '\(CollectionSettings.collection)' may name it, but cannot be read:"
                    + " \(error); name the queue with --queue")
            throw ExitCode(78)
        }
        guard let queue = settings[.rabbitMQEndpointName] else {
            Terminal.error(
                "\(name): not set, not even in the collection '\(CollectionSettings.collection)'; name the queue with --queue"
            )
            throw ExitCode(78)
        }
        return queue
    }

    /// Says why nothing goes on, such as a memory alarm: each reason once, until the task is cancelled.
    private static func tellWaiting(_ publisher: PublisherConnection) async {
        var told: String?
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let health = publisher.health
            guard !health.isUp, !publisher.hasNeverConnected, health.detail != told else { continue }
            told = health.detail
            Terminal.error("waiting for the broker: \(health.detail)")
        }
    }

    /// How long to wait for the broker: short, so that a mistyped address is noticed.
    private static let patience = Duration.seconds(3)

    private static func unreachable(_ reason: String) -> ExitCode {
        let reason = reason.replacing("not sent: ", with: "", maxReplacements: 1)
        Terminal.error("nothing was sent: \(reason); look at rabbitMQ.uri, or start the broker and send again")
        return ExitCode(69)
    }

    private func posting(file: String, queue: String) throws -> Posting {
        let data: Data
        if file == "-" {
            data = FileHandle.standardInput.readDataToEndOfFile()
        } else {
            guard let content = FileManager.default.contents(atPath: file) else {
                Terminal.error("\(file): cannot read the file; give the path of a message in JSON")
                throw ExitCode.failure
            }
            data = content
        }
        var properties = MessageProperties()
        properties.contentType = "application/json"
        properties.isPersistent = true
        properties.messageId = ByteString(messageId ?? UUID().uuidString.lowercased())
        properties.timestamp = UInt64(clamping: WallClock.now() / 1000)
        return Posting(routingKey: queue, body: Array(data), properties: properties)
    }

    private static func problem(_ result: PostingResult, queue: String) -> String? {
        switch result {
        case .confirmed: nil
        case .returned(let code, let reason):
            "the broker gave it back (\(code) \(reason)): there is no queue '\(queue)'; create it, or start 'gateway run'"
        case .refused: "the broker refused it: the queue may be full; look at its length limit"
        case .unsendable(let reason): "it cannot be sent: \(reason)"
        case .unknown(let reason):
            "not confirmed: \(reason)"
        }
    }
}
