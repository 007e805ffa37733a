/// The numbers of `/metrics`.
struct Metrics: Sendable {
    private struct Sample {
        let name: Substring
        let labels: Substring
        let value: Double
    }

    private let samples: [Sample]

    /// Prometheus' text format.
    init(_ text: String) {
        samples = text.split(separator: "\n").compactMap { line in
            guard !line.hasPrefix("#"), let space = line.lastIndex(of: " "),
                let value = Double(line[line.index(after: space)...])
            else { return nil }
            let series = line[..<space]
            let name = series.prefix { $0 != "{" }
            return Sample(name: name, labels: series[name.endIndex...], value: value)
        }
    }

    /// The sum over all series of that name.
    func sum(_ name: String) -> Int { Int(samples.filter { $0.name == name }.reduce(0) { $0 + $1.value }) }

    /// The sum over all series of that name with that label.
    func sum(_ name: String, _ label: String, _ value: String) -> Int {
        let wanted = "\(label)=\"\(value)\""
        return Int(samples.filter { $0.name == name && $0.labels.contains(wanted) }.reduce(0) { $0 + $1.value })
    }
}
