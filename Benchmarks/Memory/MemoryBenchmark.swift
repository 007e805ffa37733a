import Contracts
import Foundation
import Ingest
import JSON
import Mappings
import Schemas
import ThreadExecutors

/// How much memory the gateway takes for one message, whatever its shape: each is taken in by a process of its own.
@main
enum MemoryBenchmark {
    /// Of a message's bytes.
    private static let factor = 4
    /// What a batch may take besides: two at work in each of two lanes, their records, reasons and dead letters.
    private static let batchBytes = 64 << 20

    static func main() async throws {
        Arenas.configure()
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "--shape", let shape = shape(named: arguments.dropFirst().joined(separator: " ")) {
            return try await measure(shape)
        }
        var seeds = 20
        var isShort = false
        switch (arguments.first, arguments.count) {
        case ("--short", 1): isShort = true
        case ("--seeds", 2): seeds = Int(arguments.last ?? "") ?? seeds
        case (nil, _): break
        default:
            FileHandle.standardError.write(Data("usage: MemoryBenchmark [--short | --seeds N | --shape NAME]\n".utf8))
            exit(64)
        }
        if isShort { return try table(Shape.short) }
        try table(Shape.known + Shape.mapped + (0..<UInt64(seeds)).map { Shape.generated($0) })
    }

    private static func shape(named name: String) -> Shape? {
        if name.hasPrefix("generated "), let seed = UInt64(name.dropFirst(10)) { return .generated(seed) }
        return (Shape.known + Shape.mapped + Shape.short).first { $0.name == name }
    }

    // MARK: One shape, in this process

    private static func measure(_ shape: Shape) async throws {
        let catalogs = try Catalogs.builtin()
        let route = try shape.mapping.map { try compile($0, catalogs) }
        // What is made once, before any message.
        await run(#"{"companyId":"c","catalog":"catalogItem","items":[{}]}"#.utf8.map { $0 }, nil, catalogs)
        let base = ProcessMemory.now
        ProcessMemory.forgetPeak()
        let body = shape.body(of: Int(shape.megabytes * 1_000_000))
        let count = body.count
        let started = ContinuousClock.now
        await run(body, route, catalogs)
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        print("\(count) \(max(0, ProcessMemory.peak - base)) \(Int(seconds * 1000))")
    }

    private static func compile(_ mapping: String, _ catalogs: Catalogs) throws -> RouteMapping {
        let (table, mistakes) = MappingCompiler.compile(
            files: [("m.yaml", mapping)], context: MappingContext(settings: [], catalogs: catalogs))
        guard let route = table?.routes.first else { fatalError("\(mistakes)") }
        return route
    }

    private static func run(_ body: consuming [UInt8], _ mapping: RouteMapping?, _ catalogs: Catalogs) async {
        var properties = MessageProperties()
        properties.messageId = "m"
        let source = OneDelivery(
            Delivery(
                tag: DeliveryTag(channel: 1, number: 1), queue: "q", body: body, isRedelivered: false,
                properties: properties))
        let store = DiscardingStore()
        let environment = GatewayEnvironment(now: { 0 }, seed: { 0 }, sleep: { try await Task.sleep(for: $0) })
        await Route(
            name: "r", sources: [source], lanes: [[store, store], [store, store]], limits: Limits(), companies: [],
            shapes: mapping?.shapes ?? [.catalog], takesAll: mapping?.takesAll ?? false, catalogs: { catalogs },
            environment: environment, observer: CountingObserver(), sourceChanged: { _ in }
        ).run()
    }

    // MARK: All of them

    private static func table(_ shapes: [Shape]) throws {
        say("shape                                MB    peak MB   x bytes   allowed    seconds")
        var missed = 0
        for shape in shapes {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = ["--shape", shape.name]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let figures = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
            guard process.terminationStatus == 0, figures.count == 3 else {
                say("\(shape.name): the process ended with \(process.terminationStatus)")
                missed += 1
                continue
            }
            let allowed = factor * figures[0] + batchBytes
            let isMissed = figures[1] > allowed
            if isMissed { missed += 1 }
            let ratio = Double(figures[1]) / Double(figures[0])
            say(
                shape.name.padding(toLength: 34, withPad: " ", startingAt: 0)
                    + [
                        Self.number(Double(figures[0]) / 1e6), Self.number(Double(figures[1]) / 1e6),
                        Self.number(ratio),
                        Self.number(Double(allowed) / 1e6), Self.number(Double(figures[2]) / 1000),
                    ].joined() + (isMissed ? "  MISSED" : ""))
        }
        if missed > 0 {
            say(
                "\(missed) of \(shapes.count) shapes take more than \(factor) times their bytes and \(batchBytes >> 20) MiB"
            )
            exit(1)
        }
    }

    /// A line, at once, also where it goes to a file.
    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private static func number(_ value: Double) -> String {
        let text = String(format: "%.1f", value)
        return String(repeating: " ", count: max(1, 10 - text.count)) + text
    }
}
