// swift-tools-version:6.2
import PackageDescription

/// Swift settings of all targets.
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
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // JSON text ⇄ values: a tape read in place, exact numbers, a writer. No I/O.
        .target(name: "JSON", dependencies: ["CSimdJSON"], swiftSettings: swiftSettings),

        // BSON: written from a tape, read field by field, compared by value. No I/O.
        .target(name: "BSON", dependencies: ["JSON"], swiftSettings: swiftSettings),

        // The C++ shim over simdjson: text to a flat tape that keeps each token's place.
        .target(
            name: "CSimdJSON", dependencies: ["CSimdJSONSystem"],
            linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]),
        // No pkgConfig: Debian's simdjson.pc carries a define that SwiftPM refuses with a warning, and the shim needs none.
        .systemLibrary(name: "CSimdJSONSystem", providers: [.apt(["libsimdjson-dev"])]),

        // JSON Schema 2020-12 file to a compiled, flat program to violations; the catalogs' definitions. No I/O.
        .target(
            name: "Schemas", dependencies: ["CDefinitions", "JSON"], exclude: ["Definitions", "MetaSchemas"],
            swiftSettings: swiftSettings),
        // The bytes of the shipped definitions and meta-schemas, embedded by the C compiler.
        .target(name: "CDefinitions"),

        // YAML to a table of routes, and messages in foreign shapes to catalog items. No I/O.
        .target(
            name: "Mappings",
            dependencies: ["BSON", "CMappings", "JQ", "JSON", "Schemas", .product(name: "Yams", package: "Yams")],
            swiftSettings: swiftSettings),
        // The bytes of the shipped feeds, embedded by the C compiler.
        .target(name: "CMappings"),

        // jq programs by libjq: compiled, bounded, kept from files and the environment.
        .target(name: "JQ", dependencies: ["CJq"], swiftSettings: swiftSettings),
        // No pkgConfig: Debian's libjq-dev has none.
        .systemLibrary(name: "CJq", providers: [.apt(["libjq-dev"])]),

        // What rooms agree on: deliveries, sources, stores, publishers, postings, leases, the environment. Pure.
        .target(name: "Contracts", dependencies: ["BSON", "JSON"], swiftSettings: swiftSettings),

        // Deliveries to records: decode, validate, encode, plan, apply, acknowledge; dead letters. Pure.
        .target(
            name: "Ingest",
            dependencies: [
                "BSON", "Contracts", "JSON", "Mappings", "Schemas", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings),

        // Records to messages: feeds, their leases, the outbox relay. Pure.
        .target(
            name: "Publishing",
            dependencies: [
                "BSON", "Contracts", "JSON", "Mappings", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings),

        // A route run offline, on a store in memory: tests of mappings, plans, explanations.
        .target(
            name: "DryRun", dependencies: ["BSON", "Contracts", "Ingest", "JSON", "Mappings", "Publishing", "Schemas"],
            swiftSettings: swiftSettings),

        // One OS thread as a serial executor, woken by an eventfd.
        .target(name: "ThreadExecutors", dependencies: ["CThreadExecutors"], swiftSettings: swiftSettings),
        .target(name: "CThreadExecutors"),

        // A schedule as a source: each time that it names is a message.
        .target(
            name: "TimerSource", dependencies: ["BSON", "Contracts", "JSON", "Mappings"], swiftSettings: swiftSettings),

        // NDJSON files as a source: each line a message.
        .target(
            name: "FileSource",
            dependencies: [
                "CFileSource", "Contracts", "JSON", "ThreadExecutors",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .target(name: "CFileSource"),

        // AMQP 0-9-1 by librabbitmq: ConsumerConnection is a Source, PublisherConnection a Publisher.
        .target(
            name: "RabbitMQ",
            dependencies: [
                "CRabbitMQ", "Contracts", "JSON", "ThreadExecutors", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .systemLibrary(name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),

        // MongoDB by libmongoc: transactions, ledger, dead letters, feeds and leases, instance heartbeat.
        .target(
            name: "MongoStore",
            dependencies: [
                "BSON", "CMongoC", "Contracts", "JSON", "ThreadExecutors",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .systemLibrary(name: "CMongoC", pkgConfig: "libmongoc-1.0", providers: [.apt(["libmongoc-dev"])]),

        // The WebSocket protocol of a server, on SwiftNIO: handshake, messages, life of a connection.
        .target(
            name: "WebSockets",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),

        // HTTP requests of routes: listeners, paths, bodies, answers. HTTPSource is a Source.
        .target(
            name: "Web",
            dependencies: [
                "BSON", "Contracts", "JSON", "Mappings", "WebSockets",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),

        // HTTP: health, version, metrics; the console's pages and what they ask.
        .target(
            name: "Console",
            dependencies: [
                "BSON", "CPages", "Contracts", "JSON", "WebSockets",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Pages"], swiftSettings: swiftSettings),
        // The bytes of the console's pages, embedded by the C compiler.
        .target(name: "CPages"),

        // Settings: keys, layers, rules, the file; the secrets among them, masked.
        .target(
            name: "Settings",
            dependencies: [
                "BSON", "Contracts", "JSON", "Mappings", "MongoStore", "RabbitMQ",
                .product(name: "Logging", package: "swift-log"), .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings),

        // Standard output and standard error: results, log lines, tables of text. Nobody who logs waits for a reader.
        .target(
            name: "Output",
            dependencies: [
                "CStandardError",
                "Contracts", "Settings", "ThreadExecutors",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        // Keeps what libraries print before `main` from waiting for a reader.
        .target(name: "CStandardError"),

        // What a person can do or ask, for command line and console alike.
        .target(
            name: "Operations",
            dependencies: [
                "BSON", "Contracts", "DryRun", "Ingest", "JSON", "Mappings", "MongoStore", "Output",
                "Schemas", "Settings", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),

        // The running process: routes, publishing, reload, status, metrics, the console's answers.
        .target(
            name: "Service",
            dependencies: [
                "BSON", "Console", "Contracts", "DryRun", "FileSource", "Ingest", "JSON", "Mappings",
                "MongoStore", "Operations", "Output", "Publishing", "RabbitMQ", "Schemas", "Settings",
                "ThreadExecutors", "TimerSource", "Web", "WebSockets",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),

        // Descriptions of routes for others: OpenAPI, AsyncAPI. No I/O.
        .target(name: "Interfaces", dependencies: ["JSON", "Mappings", "Schemas"], swiftSettings: swiftSettings),

        // The command line: one file a verb.
        .executableTarget(
            name: "Gateway",
            dependencies: [
                "BSON", "Console", "Contracts", "DryRun", "Ingest", "Interfaces", "JQ", "JSON", "Mappings",
                "MongoStore",
                "Operations", "Output", "RabbitMQ", "Schemas", "Service", "Settings", "ThreadExecutors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),

        // Times parse, validate and convert for Benchmarks/definitions. No product: it sees `package`.
        .executableTarget(
            name: "MicroBenchmark", dependencies: ["BSON", "Contracts", "Ingest", "JSON", "Mappings", "Schemas"],
            path: "Benchmarks/Micro", exclude: ["allocations.c"], swiftSettings: swiftSettings),

        // Takes in messages of all shapes and measures memory for Benchmarks/memory. No product: it sees `package`.
        .executableTarget(
            name: "MemoryBenchmark",
            dependencies: ["BSON", "Contracts", "Ingest", "JSON", "Mappings", "Schemas", "ThreadExecutors"],
            path: "Benchmarks/Memory", swiftSettings: swiftSettings),

        // What several test targets share: the one-by-one model, fixtures, programs that tests run.
        .target(
            name: "IngestTesting",
            dependencies: ["BSON", "Contracts", "DryRun", "Ingest", "JSON", "Mappings", "Schemas"],
            path: "Tests/IngestTesting", swiftSettings: swiftSettings),

        // Millions of random sequences through the plan, for scripts/properties. No product: it sees `package`.
        .executableTarget(
            name: "PlanProperties", dependencies: ["IngestTesting"], path: "Tests/Properties",
            swiftSettings: swiftSettings),

        // The console's WebSocket with nothing behind it but an echo, for Tests/Acceptance. No product.
        .executableTarget(
            name: "WebSocketEcho",
            dependencies: [
                "Web", "WebSockets", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/WebSocketEcho", swiftSettings: swiftSettings),

        .testTarget(name: "BSONTests", dependencies: ["BSON", "JSON"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "Console", "Contracts", "WebSockets", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ContractsTests",
            dependencies: ["BSON", "Contracts", "IngestTesting", "JSON"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "DryRunTests",
            dependencies: [
                "Contracts", "DryRun", "Ingest", "IngestTesting", "JSON", "Mappings",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "FileSourceTests",
            dependencies: ["Contracts", "FileSource", "JSON", .product(name: "Logging", package: "swift-log")],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Contracts", "DryRun", "Gateway", "Mappings", "Operations", "Schemas",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "IngestTests",
            dependencies: [
                "BSON", "Contracts", "DryRun", "Ingest", "IngestTesting", "JSON", "Mappings", "Operations",
                "Schemas", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "InterfacesTests", dependencies: ["Interfaces", "JSON", "Mappings", "Schemas"],
            swiftSettings: swiftSettings),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: swiftSettings),
        .testTarget(
            name: "MappingsTests",
            dependencies: ["BSON", "JSON", "Mappings", "Schemas", .product(name: "Yams", package: "Yams")],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "MongoStoreTests",
            dependencies: [
                "BSON", "CMongoC", "Contracts", "JSON", "MongoStore", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                "BSON", "Contracts", "DryRun", "Ingest", "IngestTesting", "JSON", "Mappings", "Operations",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "OutputTests",
            dependencies: ["Contracts", "Output"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PublishingTests",
            dependencies: [
                "BSON", "Contracts", "Ingest", "IngestTesting", "JSON", "Mappings", "Publishing",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "RabbitMQTests",
            dependencies: [
                "Contracts", "CRabbitMQ", "JSON", "RabbitMQ", "ThreadExecutors",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(name: "SchemasTests", dependencies: ["JSON", "Schemas"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ServiceTests",
            dependencies: [
                "BSON", "Console", "Contracts", "Ingest", "JSON", "Mappings", "MongoStore", "Operations",
                "Output", "RabbitMQ", "Schemas", "Service", "Settings", "Web",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "BSON", "Contracts", "Mappings", "Schemas", "Web",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SettingsTests",
            dependencies: [
                "BSON", "Contracts", "Settings",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "TimerSourceTests",
            dependencies: ["BSON", "Contracts", "JSON", "Mappings", "TimerSource"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "WebSocketsTests",
            dependencies: [
                "WebSockets", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),

        // These need servers: scripts/test starts them; without them they say that they were skipped.
        .testTarget(
            name: "MongoStoreLiveTests",
            dependencies: [
                "BSON", "Contracts", "Ingest", "IngestTesting", "JSON", "Mappings", "MongoStore", "Operations",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "RabbitMQLiveTests",
            dependencies: [
                "Contracts", "IngestTesting", "JSON", "RabbitMQ",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "GatewayLiveTests",
            dependencies: [
                "BSON", "Contracts", "Ingest", "IngestTesting", "JSON", "Mappings", "MongoStore", "Publishing",
                "RabbitMQ", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
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
            name: "FuzzItems", dependencies: ["BSON", "CFuzzer", "Contracts", "Ingest", "JSON", "Schemas"],
            path: "Tests/Fuzz/Items", swiftSettings: swiftSettings),
    ]
}
