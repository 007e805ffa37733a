/// A metric value read on each scrape. Unlike a gauge of swift-metrics it disappears when it is no longer reported.
package struct MetricReading: Sendable, Equatable {
    package enum Kind: Sendable {
        case counter, gauge
    }

    package var name: String
    package var value: Double
    package var kind: Kind
    let labels: [Label]

    package init(_ name: String, _ labels: [(String, String)] = [], _ value: Double, kind: Kind = .gauge) {
        self.name = name
        self.value = value
        self.kind = kind
        self.labels = labels.map { Label(name: $0.0, value: $0.1) }
    }

    package init(_ name: String, _ labels: [(String, String)] = [], _ isSo: Bool) {
        self.init(name, labels, isSo ? 1 : 0)
    }
}
