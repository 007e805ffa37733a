import Ingest
import Foundation

/// `MicroBenchmark FILE [WAY]`: times the engine on the items of one catalog message; a line of JSON for each way.
@main
enum MicroBenchmark {
    static func main() throws {
        if CommandLine.arguments.dropFirst().first == "--mappings" { return try MappingWays().tell() }
        guard (2...3).contains(CommandLine.arguments.count) else {
            FileHandle.standardError.write(Data("usage: MicroBenchmark MESSAGE-FILE [WAY] | --mappings\n".utf8))
            exit(64)
        }
        let ways = try Ways(body: Array(Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1]))))
        let all: KeyValuePairs = [
            "parse": ways.parse(), "validate": ways.validate(), "prepare": ways.prepare(),
            "foundation": ways.foundation(),
        ]
        for (name, work) in all where CommandLine.arguments.count == 2 || CommandLine.arguments[2] == name {
            let measured = Measurement.of(work)
            let rate = Int(Double(ways.catalog.itemCount) / measured.seconds)
            let allocations = measured.allocations.map { ",\"allocations\":\($0)" } ?? ""
            print("{\"way\":\"\(name)\",\"items\":\(ways.catalog.itemCount),\"itemsPerSecond\":\(rate)\(allocations)}")
        }
    }
}
