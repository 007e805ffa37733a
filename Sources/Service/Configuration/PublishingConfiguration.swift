internal import Contracts
internal import JSON
package import Mappings
internal import MongoStore
internal import Publishing
package import RabbitMQ
package import Settings

/// All that is published, and all that this depends on: two equal forms publish alike.
package struct PublishingConfiguration: Sendable, Equatable {
    package let broker: BrokerAddress
    /// The broker to consume from, to which replays are sent.
    package let consumed: BrokerAddress
    /// Running feeds.
    package let feeds: [FeedForm]
    /// Feeds without a queue setting.
    package let off: [FeedOff]
    /// What mappings declare for what they publish to.
    package let topology: [TopologyItem]
    /// By exchange: what must be there before anything is published to it.
    package let topologyOfExchanges: [String: [TopologyItem]]

    package struct FeedOff: Sendable, Equatable {
        package let name: String
        package let setting: String

        /// Why it does not run, with the remedy.
        package var words: String {
            let variable = SettingKey.named(setting)?.environmentName ?? setting
            return "\(setting) is not set; set it to publish this feed, for example \(variable)=promo.\(name)"
        }
    }

    package init(_ table: RouteTable, settings: Settings) throws(AMQPError) {
        broker = try BrokerSettings.producer(settings)
        consumed = try BrokerSettings.consumer(settings)
        let console = OwnConsole(settings)
        var feeds: [FeedForm] = []
        var off: [FeedOff] = []
        for mapping in table.feeds {
            if let setting = mapping.target.queueSetting, settings.text(named: setting) == nil {
                off.append(FeedOff(name: mapping.name, setting: setting))
            } else {
                feeds.append(FeedForm(mapping, console: console))
            }
        }
        self.feeds = feeds
        self.off = off
        let targets = table.routes.flatMap { $0.shapes.flatMap(\.postings) } + feeds.map(\.mapping.target)
        var items: [TopologyItem] = []
        var itemsOfExchanges: [String: [TopologyItem]] = [:]
        for target in targets {
            switch target.destination {
            case .queue(let name): items += TopologyItem.all(of: [name], target.declaration, target.topology)
            case .exchange(let name):
                let own = TopologyItem.all(of: [], nil, target.topology)
                items += own
                if !own.isEmpty { itemsOfExchanges[name, default: []] += own }
            case .file, .log, .webSocket: break
            }
        }
        topology = TopologyItem.merged(items)
        topologyOfExchanges = itemsOfExchanges.mapValues { TopologyItem.merged($0) }
    }
}

/// Configuration of one feed.
package struct FeedForm: Sendable, Equatable {
    let mapping: FeedMapping
    let console: OwnConsole?

    init(_ mapping: FeedMapping, console: OwnConsole) {
        var unplaced = mapping
        // Its position in a file does not matter.
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
    /// From the settings.
    package init(_ settings: Settings) {
        self.init(id: settings[.consoleEngineId], name: settings[.consoleEngineName])
    }
}
