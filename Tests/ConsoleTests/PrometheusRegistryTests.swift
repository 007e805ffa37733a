import CoreMetrics
import Testing

@testable import Console

@Suite struct PrometheusRegistryTests {
    @Test func `writes counters, gauges and histograms as Prometheus reads them`() {
        let registry = PrometheusRegistry(help: ["items": "Items."], buckets: ["size": [1, 10]])
        registry.makeCounter(label: "items", dimensions: [("outcome", "in\"serted\n")]).increment(by: 3)
        registry.makeRecorder(label: "up", dimensions: [], aggregate: false).record(Int64(1))
        let sizes = registry.makeRecorder(label: "size", dimensions: [], aggregate: true)
        for value in [1, 5, 50] as [Int64] { sizes.record(value) }
        #expect(
            registry.text() == """
                # HELP items Items.
                # TYPE items counter
                items{outcome="in\\"serted\\n"} 3
                # TYPE size histogram
                size_bucket{le="1"} 1
                size_bucket{le="10"} 2
                size_bucket{le="+Inf"} 3
                size_sum 56
                size_count 3
                # TYPE up gauge
                up 1

                """)
    }

    @Test func `what is looked up stands among what is counted, and goes when it is not looked up any more`() {
        let registry = PrometheusRegistry(help: ["lag": "Lag."])
        registry.makeCounter(label: "items", dimensions: []).increment(by: 3)
        let readings = [
            MetricReading("lag", [("feed", "a")], 1.5), MetricReading("cpu", [], 2, kind: .counter),
            MetricReading("up", [("part", "b")], false),
        ]
        #expect(
            registry.text(with: readings) == """
                # TYPE cpu counter
                cpu 2
                # TYPE items counter
                items 3
                # HELP lag Lag.
                # TYPE lag gauge
                lag{feed="a"} 1.5
                # TYPE up gauge
                up{part="b"} 0

                """)
        #expect(registry.text() == "# TYPE items counter\nitems 3\n")
    }

    @Test func `label sets beyond the limit are counted together`() {
        let registry = PrometheusRegistry()
        for number in 0..<(PrometheusRegistry.seriesLimit + 50) {
            registry.makeCounter(label: "x", dimensions: [("name", "n\(number)")]).increment(by: 1)
        }
        #expect(registry.text().contains("x{name=\"other\"} 50\n"))
    }
}
