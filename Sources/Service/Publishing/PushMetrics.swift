internal import Console
internal import CoreMetrics
internal import Web

/// Counts pushes under a stable metric name.
enum PushMetrics {
    static let help = [
        "gateway_pushes_total": "Messages that were given to sockets and event streams, by route.",
        "gateway_sockets": "Open sockets and event streams, by route.",
    ]

    static func counter(of route: String) -> Counter {
        Counter(label: "gateway_pushes_total", dimensions: [("route", route)])
    }

    /// Values read on each scrape.
    static func readings(of hub: PushHub) -> [MetricReading] {
        hub.sockets.sorted { $0.key < $1.key }.map {
            MetricReading("gateway_sockets", [("route", $0.key)], Double($0.value))
        }
    }
}
