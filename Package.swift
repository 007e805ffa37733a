// swift-tools-version:6.2
import PackageDescription

/// The same rules for every room of the house.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "promo-gateway",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "gateway", targets: ["Gateway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.9.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.30.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // JSON text ⇄ values: a tape read in place, exact numbers, a writer. No I/O.
        .target(name: "Documents", dependencies: ["CSimdJSON"], swiftSettings: swiftSettings),

        // A record as BSON bytes: written from a tape, read field by field, compared by value. No I/O.
        .target(name: "Records", dependencies: ["Documents"], swiftSettings: swiftSettings),

        // The C++ shim over simdjson: text to a flat tape that keeps each token's place.
        .target(
            name: "CSimdJSON", dependencies: ["CSimdJSONSystem"],
            linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]),
        // No pkgConfig: Debian's simdjson.pc carries a define that SwiftPM refuses with a warning, and the shim needs none.
        .systemLibrary(name: "CSimdJSONSystem", providers: [.apt(["libsimdjson-dev"])]),

        // JSON Schema 2020-12 file to a compiled, flat program to violations; the catalogs' definitions. No I/O.
        .target(
            name: "Schemas", dependencies: ["CDefinitions", "Documents"], exclude: ["Definitions", "MetaSchemas"],
            swiftSettings: swiftSettings),
        // The bytes of the shipped definitions and meta-schemas, embedded by the C compiler.
        .target(name: "CDefinitions"),

        // YAML to a table of routes, and messages in foreign shapes to catalog items. No I/O.
        .target(
            name: "Mappings",
            dependencies: [
                "CMappings", "Documents", "JQ", "Records", "Schemas", .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings),
        // The bytes of the shipped feeds, embedded by the C compiler.
        .target(name: "CMappings"),

        // jq programs by libjq: compiled, bounded, kept from files and the environment.
        .target(name: "JQ", dependencies: ["CJq"], swiftSettings: swiftSettings),
        // No pkgConfig: Debian's libjq-dev has none.
        .systemLibrary(name: "CJq", providers: [.apt(["libjq-dev"])]),

        // decode, validate, map, plan, settle; outcomes, dead letters; what a source, store and publisher must do. Pure.
        .target(
            name: "Pipeline",
            dependencies: [
                "Documents", "Mappings", "Records", "Schemas", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings),

        // A route run offline, on a store in memory: tests of mappings, plans, explanations.
        .target(
            name: "Rehearsal", dependencies: ["Documents", "Mappings", "Pipeline", "Records", "Schemas"],
            swiftSettings: swiftSettings),

        // One OS thread as a serial executor, woken by an eventfd.
        .target(name: "Lanes", dependencies: ["CLanes"], swiftSettings: swiftSettings),
        .target(name: "CLanes"),

        // NDJSON files as a source: each line a message.
        .target(
            name: "Replay",
            dependencies: [
                "CReplay", "Documents", "Lanes", "Pipeline", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .target(name: "CReplay"),

        // AMQP 0-9-1 by librabbitmq: ConsumerConnection is a Source, PublisherConnection a Publisher.
        .target(
            name: "RabbitMQ",
            dependencies: [
                "CRabbitMQ", "Documents", "Lanes", "Pipeline", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .systemLibrary(name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),

        // MongoDB by libmongoc: transactions, ledger, dead letters, instance heartbeat.
        .target(
            name: "MongoStore",
            dependencies: [
                "CMongoC", "Documents", "Lanes", "Pipeline", "Records", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .systemLibrary(name: "CMongoC", pkgConfig: "libmongoc-1.0", providers: [.apt(["libmongoc-dev"])]),

        // HTTP: health, version, metrics; the console's pages and what they ask.
        .target(
            name: "Console",
            dependencies: [
                "CPages", "Documents", "Records",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Pages"], swiftSettings: swiftSettings),
        // The bytes of the console's pages, embedded by the C compiler.
        .target(name: "CPages"),

        // The command line, settings and wiring: the only room that sees all others.
        .executableTarget(
            name: "Gateway",
            dependencies: [
                "Console", "Documents", "JQ", "Lanes", "Mappings", "MongoStore", "Pipeline", "RabbitMQ", "Records",
                "Rehearsal", "Replay", "Schemas", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings),

        // Times parse, validate and convert for Benchmarks/definitions. No product: it sees `package`.
        .executableTarget(
            name: "MicroBenchmark", dependencies: ["Documents", "Mappings", "Pipeline", "Records", "Schemas"],
            path: "Benchmarks/Micro", exclude: ["allocations.c"], swiftSettings: swiftSettings),

        // Takes in messages of all shapes and measures memory for Benchmarks/memory. No product: it sees `package`.
        .executableTarget(
            name: "MemoryBenchmark",
            dependencies: ["Documents", "Lanes", "Mappings", "Pipeline", "Records", "Schemas"],
            path: "Benchmarks/Memory", swiftSettings: swiftSettings),

        // What several test targets share: the one-by-one model, fixtures.
        .target(
            name: "PipelineTesting", dependencies: ["Documents", "Pipeline", "Records", "Rehearsal", "Schemas"],
            path: "Tests/PipelineTesting", swiftSettings: swiftSettings),

        // Millions of random sequences through the plan, for scripts/properties. No product: it sees `package`.
        .executableTarget(
            name: "PlanProperties", dependencies: ["PipelineTesting"], path: "Tests/Properties",
            swiftSettings: swiftSettings),

        // The console's WebSocket with nothing behind it but an echo, for scripts/lib/check_websocket.py. No product.
        .executableTarget(
            name: "WebSocketEcho",
            dependencies: [
                "Console", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/WebSocketEcho", swiftSettings: swiftSettings),

        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "Console", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents"], swiftSettings: swiftSettings),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Console", "Documents", "Gateway", "Mappings", "RabbitMQ", "Records", "Rehearsal", "Schemas",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "MappingsTests",
            dependencies: ["Documents", "Mappings", "Schemas", .product(name: "Yams", package: "Yams")],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "MongoStoreTests",
            dependencies: [
                "Documents", "MongoStore", "Pipeline", "Records", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PipelineTests",
            dependencies: ["Documents", "Mappings", "Pipeline", "PipelineTesting", "Records", "Rehearsal", "Schemas"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "RabbitMQTests",
            dependencies: [
                "CRabbitMQ", "Documents", "Lanes", "Pipeline", "RabbitMQ",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(name: "RecordsTests", dependencies: ["Documents", "Records"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ReplayTests",
            dependencies: ["Documents", "Pipeline", "Replay", .product(name: "Logging", package: "swift-log")],
            swiftSettings: swiftSettings),
        .testTarget(name: "SchemasTests", dependencies: ["Documents", "Schemas"], swiftSettings: swiftSettings),

        // These need servers: scripts/test starts them; without them they say that they were skipped.
        .testTarget(
            name: "MongoStoreLiveTests",
            dependencies: [
                "Documents", "MongoStore", "Pipeline", "PipelineTesting", "Records",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "RabbitMQLiveTests",
            dependencies: ["Documents", "Pipeline", "RabbitMQ", .product(name: "Logging", package: "swift-log")],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "RouteLiveTests",
            dependencies: [
                "Documents", "MongoStore", "Pipeline", "PipelineTesting", "RabbitMQ", "Records",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx17
)

// Only scripts/fuzz asks for it: without libFuzzer it does not link.
if Context.environment["GATEWAY_FUZZ"] != nil {
    package.targets += [
        .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "FuzzItems", dependencies: ["CFuzzer", "Documents", "Pipeline", "Records", "Schemas"],
            path: "Tests/Fuzz/Items", swiftSettings: swiftSettings),
    ]
}
