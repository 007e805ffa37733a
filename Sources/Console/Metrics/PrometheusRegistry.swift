package import CoreMetrics
internal import Synchronization

/// A swift-metrics backend that keeps all series in memory and writes the Prometheus text format 0.0.4.
///
/// When a metric has ``seriesLimit`` label sets, new ones are counted under `other`: bounded cardinality, whatever
/// messages contain.
package final class PrometheusRegistry: MetricsFactory {
    /// Maximum number of series of one metric.
    static let seriesLimit = 2000

    private struct Family: Sendable {
        var kind: Series.Kind
        var series: [[Label]: Series] = [:]
    }

    private let families = Mutex<[String: Family]>([:])
    private let help: [String: String]
    private let buckets: [String: [Double]]

    /// `help`: one sentence per metric. `buckets`: histogram bounds by metric; default: seconds.
    package init(help: [String: String] = [:], buckets: [String: [Double]] = [:]) {
        self.help = help
        self.buckets = buckets
    }

    private static let secondBuckets = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    private func series(_ name: String, _ dimensions: [(String, String)], kind: Series.Kind) -> Series {
        let labels = dimensions.map { Label(name: $0.0, value: $0.1) }
        return families.withLock { families in
            var family = families[name] ?? Family(kind: kind)
            let key =
                family.series[labels] != nil || family.series.count < Self.seriesLimit
                ? labels : labels.map { Label(name: $0.name, value: "other") }
            if let known = family.series[key] { return known }
            let series = Series(bounds: kind == .histogram ? buckets[name] ?? Self.secondBuckets : [])
            family.series[key] = series
            families[name] = family
            return series
        }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, kind: .counter)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, kind: .counter)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, kind: .gauge)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(label, dimensions, kind: aggregate ? .histogram : .gauge)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, kind: .histogram)
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// All metrics, sorted by name and labels; `readings`: values read on each scrape.
    package func text(with readings: [MetricReading] = []) -> String {
        var families = families.withLock { $0 }
        for reading in readings {
            var family = families[reading.name] ?? Family(kind: reading.kind == .counter ? .counter : .gauge)
            guard family.series.count < Self.seriesLimit else { continue }
            let series = Series(bounds: [])
            series.set(to: reading.value)
            family.series[reading.labels] = series
            families[reading.name] = family
        }
        var out = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let sentence = help[name] { out += "# HELP \(name) \(sentence)\n" }
            out += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                series.append(to: &out, name: name, labels: labels, kind: family.kind)
            }
        }
        return out
    }
}

/// A label of a series.
struct Label: Hashable, Sendable, Comparable {
    let name: String
    let value: String

    static func < (a: Label, b: Label) -> Bool { (a.name, a.value) < (b.name, b.value) }

    /// In the text format.
    var text: String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return "\(name)=\"\(escaped)\""
    }
}
