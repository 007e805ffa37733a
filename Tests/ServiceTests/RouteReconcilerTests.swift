import JSON
import Mappings
import RabbitMQ
@testable import Service
import Settings
import Testing

@Suite struct RouteReconcilerTests {
    private static func form(
        _ name: String, queue: String, prefetch: Int? = nil, line: Int = 1, settings: [SettingKey: String] = [:]
    ) -> RouteConfiguration {
        var reader = SettingsReader(environment: [:])
        reader.commandLine = settings.mapValues { ("--set", $0) }
        let broker = try? BrokerSettings.consumer(reader.read().settings)
        let mapping = RouteMapping(
            name: name, from: .queue(.literal(queue), prefetch: prefetch), file: "f.yaml",
            position: TextPosition(line: line, column: 1))
        guard let broker else { preconditionFailure("the settings of a test name a broker") }
        return RouteConfiguration(mapping, broker: broker, settings: reader.read().settings)
    }

    /// What changes a value cannot stand in a macro.
    private func expect(
        _ actions: [RouteReconciler.Action], _ expected: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(Self.words(actions) == expected, sourceLocation: sourceLocation)
    }

    private static func words(_ actions: [RouteReconciler.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .start(let number, let form):
                "start \(number) \(form.name) on \(form.terms.queues.joined(separator: " "))"
            case .drain(let number): "drain \(number)"
            }
        }
    }

    @Test func `what is wanted starts, what is not drains, what stays is left alone`() {
        var reconciler = RouteReconciler()
        let (a, b, c) = (Self.form("a", queue: "1"), Self.form("b", queue: "2"), Self.form("c", queue: "3"))
        expect(reconciler.want([a, b]), ["start 1 a on 1", "start 2 b on 2"])
        expect(reconciler.want([b, c]), ["drain 1", "start 3 c on 3"])
        expect(reconciler.want([b, c]), [])
        expect(reconciler.ended(1), [])
    }

    @Test func `a changed route drains, and starts in its new form only when the old one has ended`() {
        var reconciler = RouteReconciler()
        _ = reconciler.want([Self.form("a", queue: "1"), Self.form("b", queue: "2")])
        let new = [Self.form("a", queue: "1", prefetch: 9), Self.form("b", queue: "2")]
        expect(reconciler.want(new), ["drain 1"])
        expect(reconciler.want(new), [])
        expect(reconciler.ended(1), ["start 3 a on 1"])
    }

    @Test func `a route that moved in its file is the same one`() {
        var reconciler = RouteReconciler()
        _ = reconciler.want([Self.form("a", queue: "1", line: 3)])
        expect(reconciler.want([Self.form("a", queue: "1", line: 40)]), [])
    }

    @Test(
        "each setting that a route runs on is a reason to restart it",
        arguments: [
            (Setting.rabbitMQHost.key, "other"), (Setting.rabbitMQPassword.key, "other"),
            (Setting.rabbitMQPrefetch.key, "7"), (Setting.lanes.key, "3"),
            (Setting.limitsBatchItems.key, "7"), (Setting.limitsMessageBytes.key, "4096"),
            (Setting.companiesAllowed.key, "napse"),
        ])
    func restarts(key: SettingKey, value: String) {
        var reconciler = RouteReconciler()
        _ = reconciler.want([Self.form("a", queue: "1")])
        expect(reconciler.want([Self.form("a", queue: "1", settings: [key: value])]), ["drain 1"])
    }

    @Test(
        "no other setting is",
        arguments: [(Setting.logLevel.key, "debug"), (Setting.consolePort.key, "1"), (Setting.ledgerKeepDays.key, "1")])
    func staysAlone(key: SettingKey, value: String) {
        var reconciler = RouteReconciler()
        _ = reconciler.want([Self.form("a", queue: "1")])
        expect(reconciler.want([Self.form("a", queue: "1", settings: [key: value])]), [])
    }

    @Test func `two routes that swap their queues both end before either starts`() {
        var reconciler = RouteReconciler()
        _ = reconciler.want([Self.form("a", queue: "1"), Self.form("b", queue: "2")])
        let swapped = [Self.form("a", queue: "2"), Self.form("b", queue: "1")]
        expect(reconciler.want(swapped), ["drain 1", "drain 2"])
        expect(reconciler.ended(2), [])
        expect(reconciler.ended(1), ["start 3 a on 2", "start 4 b on 1"])
    }

    @Test func `a queue on another broker is another queue`() {
        let here = Self.form("a", queue: "1")
        #expect(here.sharesSource(with: Self.form("b", queue: "1")))
        #expect(!here.sharesSource(with: Self.form("b", queue: "1", settings: [Setting.rabbitMQHost.key: "other"])))
        #expect(
            !here.sharesSource(with: Self.form("b", queue: "1", settings: [Setting.rabbitMQVirtualHost.key: "other"])))
    }

    @Test func `wanted again while it drains, it starts anew when that is over`() {
        var reconciler = RouteReconciler()
        let a = Self.form("a", queue: "1")
        _ = reconciler.want([a])
        expect(reconciler.want([]), ["drain 1"])
        expect(reconciler.want([a]), [])
        expect(reconciler.ended(1), ["start 2 a on 1"])
    }

    @Test func `one that ends by itself starts again, the others run on`() {
        var reconciler = RouteReconciler()
        _ = reconciler.want([Self.form("a", queue: "1"), Self.form("b", queue: "2")])
        expect(reconciler.ended(1), ["start 3 a on 1"])
    }

    @Test func `closed, all drain and nothing starts any more`() {
        var reconciler = RouteReconciler()
        let a = Self.form("a", queue: "1")
        _ = reconciler.want([a])
        #expect(!reconciler.isFinished)
        expect(reconciler.close(), ["drain 1"])
        expect(reconciler.want([a]), [])
        #expect(!reconciler.isFinished)
        expect(reconciler.ended(1), [])
        #expect(reconciler.isFinished)
    }

    @Test func `any sequence of publishingInbox ends with what was wanted last, and never with two on one queue`() {
        for seed in 0..<300 {
            var random = SystemRandomNumberGenerator()
            var reconciler = RouteReconciler()
            var alive: [Int: (form: RouteConfiguration, isDraining: Bool)] = [:]
            func perform(_ actions: [RouteReconciler.Action]) {
                for action in actions {
                    switch action {
                    case .start(let number, let form):
                        #expect(
                            !alive.values.contains { $0.form.sharesSource(with: form) || $0.form.name == form.name })
                        alive[number] = (form, false)
                    case .drain(let number): alive[number]?.isDraining = true
                    }
                }
            }
            var wanted: [RouteConfiguration] = []
            for _ in 0..<20 {
                if Bool.random(using: &random), let number = alive.first(where: \.value.isDraining)?.key {
                    alive[number] = nil
                    perform(reconciler.ended(number))
                } else {
                    let queues = ["1", "2", "3"].shuffled(using: &random)
                    wanted = zip(["a", "b", "c"].shuffled(using: &random), queues).prefix(Int.random(in: 0...3)).map {
                        Self.form($0, queue: $1, prefetch: Int.random(in: 1...2, using: &random))
                    }
                    perform(reconciler.want(wanted))
                }
            }
            while let number = alive.first(where: \.value.isDraining)?.key {
                alive[number] = nil
                perform(reconciler.ended(number))
            }
            #expect(Set(alive.values.map(\.form.name)) == Set(wanted.map(\.name)), "seed \(seed)")
            for form in wanted { #expect(alive.values.contains { $0.form.terms == form.terms }) }
        }
    }
}
