internal import ArgumentParser
internal import JSON
internal import Output

/// Options of verbs that change something.
struct BulkOptions: ParsableArguments {
    @Flag(help: "Only print what would be done.")
    var dryRun = false

    @Option(help: "Reason, kept in the audit log.")
    var reason: String?

    @OptionGroup var output: FormatOption

    /// What was done, or would be. `done`: such as `discarded`; `would`: such as `would be discarded`.
    func report(_ counts: BulkCounts, of what: String, done: String, would: String) {
        switch output.format {
        case .text:
            Terminal.line(
                dryRun
                    ? "\(Count.text(counts.done, what)) \(would)" : "\(done) \(counts.done) of \(counts.total)")
        case .json:
            var object = JSONObjectText()
            object.add("dryRun", dryRun)
            object.add("total", counts.total)
            object.add(dryRun ? "would" : "done", counts.done)
            object.add("failed", counts.failed)
            if counts.left > 0 { object.add("left", counts.left) }
            Terminal.line(object.text)
        }
    }
}

/// How many of many were acted on.
struct BulkCounts {
    var total: Int
    var failed = 0
    /// Not acted on, since one before them failed.
    var left = 0

    var done: Int { total - failed - left }
}
