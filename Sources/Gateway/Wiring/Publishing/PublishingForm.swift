internal import Documents
internal import Mappings
internal import MongoStore
internal import Pipeline
internal import RabbitMQ

/// All that is published, and all that this depends on: two equal forms publish alike.
struct PublishingForm: Sendable, Equatable {
    let broker: BrokerAddress
    /// Where messages are consumed from, and dead letters sent again to.
    let consumed: BrokerAddress
    /// Those that run.
    let feeds: [FeedForm]
    /// Those whose queue no setting names.
    let off: [FeedOff]
    /// Queues that mappings say something about, beyond their name.
    let queues: [DeclaredQueue]

    struct DeclaredQueue: Sendable, Equatable {
        let name: String
        let declaration: QueueDeclaration
    }

    struct FeedOff: Sendable, Equatable {
        let name: String
        let setting: String

        /// Why it does not run, and what to do.
        var words: String {
            let variable = SettingKey.named(setting)?.environmentName ?? setting
            return "\(setting) is not set; set it to publish this feed, for example \(variable)=promo.\(name)"
        }
    }

    init(_ table: RouteTable, settings: Settings) throws(AMQPError) {
        broker = try BrokerSettings.producer(settings)
        consumed = try BrokerSettings.consumer(settings)
        let console = OwnConsole(settings)
        var feeds: [FeedForm] = []
        var off: [FeedOff] = []
        for mapping in table.feeds {
            if let setting = mapping.target.queueSetting, settings.text(setting) == nil {
                off.append(FeedOff(name: mapping.name, setting: setting))
            } else {
                feeds.append(FeedForm(mapping, console: console))
            }
        }
        self.feeds = feeds
        self.off = off
        let targets = table.routes.flatMap { $0.shapes.flatMap(\.postings) } + feeds.map(\.mapping.target)
        queues = targets.compactMap { target in
            guard case .queue(let name) = target.destination, let declaration = target.declaration else { return nil }
            return DeclaredQueue(name: name, declaration: declaration)
        }
    }
}

/// One feed with all that its running depends on.
struct FeedForm: Sendable, Equatable {
    let mapping: FeedMapping
    let console: OwnConsole?

    init(_ mapping: FeedMapping, console: OwnConsole) {
        var unplaced = mapping
        // Where in which file it stands, does not matter.
        unplaced.file = ""
        unplaced.position = .init(line: 1, column: 1)
        self.mapping = unplaced
        self.console = mapping.addsConsole ? console : nil
    }

    func makeRenderer() -> any FeedRenderer {
        guard let console else { return DocumentRenderer(mapping.document) }
        return DocumentRenderer(mapping.document) { now in (.init(console.id), console.document(at: now)) }
    }
}

extension OwnConsole {
    /// As the settings name it.
    init(_ settings: Settings) {
        self.init(
            id: settings.text("console.engineId") ?? "promo-gateway",
            name: settings.text("console.engineName") ?? "Promo Gateway")
    }
}
