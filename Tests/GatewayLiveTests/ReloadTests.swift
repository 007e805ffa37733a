import Ingest
import Contracts
import Foundation
import JSON
import Testing

extension RouteLiveTests {
    @Suite("Files and SIGHUP change a running gateway", .enabled(if: LiveServers.areThere))
    struct Reload {
        /// The files of one gateway.
        private struct Files {
            let settings: URL
            let mapping: URL
            let definition: URL

            init(_ route: LiveRoute) throws {
                settings = route.directory.appendingPathComponent("gateway.yaml")
                for name in ["mappings", "definitions"] {
                    try FileManager.default.createDirectory(
                        at: route.directory.appendingPathComponent(name), withIntermediateDirectories: true)
                }
                mapping = route.directory.appendingPathComponent("mappings/routes.yaml")
                definition = route.directory.appendingPathComponent("definitions/catalogSeason.json")
            }

            /// A gateway's settings for them.
            let variables = ["MAPPINGS_DIRECTORY": "mappings", "DEFINITIONS_DIRECTORY": "definitions"]

            /// In place, as a shell does, or as a new file that takes the name, as editors do.
            static func write(_ text: String, to file: URL, atomically: Bool = false) throws {
                try Data(text.utf8).write(to: file, options: atomically ? .atomic : [])
            }

            static func mapping(prefetch: Int, more: String = "") -> String {
                """
                routes:
                  catalogs:
                    from: {amqp: {queue: {setting: rabbitMQ.endpointName}, prefetch: \(prefetch)}}
                    message: catalog
                \(more)
                """
            }

            static func definition(_ title: String) -> String {
                """
                {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogSeason", "x-key": ["code"],
                 "title": "\(title)", "type": "object", "required": ["code"],
                 "properties": {"code": {"type": "string"}}}
                """
            }

            func makeGood() throws {
                try Self.write("lanes: 2\n", to: settings)
                try Self.write(Self.mapping(prefetch: 100), to: mapping)
                try Self.write(Self.definition("Seasons"), to: definition)
            }
        }

        @Test func `100 reloads, good and broken ones, by SIGHUP and by file, under load: nothing lost or repeated`()
            async throws
        {
            try await LiveRoute.with { route in
                let files = try Files(route)
                try files.makeGood()
                let gateway = try await route.startReady(files.variables)
                let workload = try await route.underLoad(of: RouteWorkload(seed: 130), perSecond: 500) {
                    for number in 0..<100 {
                        let isBroken = number % 2 == 0
                        let place = try Self.change(files, number / 2, isBroken: isBroken)
                        let before = (done: (number + 1) / 2, refused: number / 2)
                        #expect(before.done + before.refused == number)
                        if number % 4 < 2 { try gateway.hangUp() }
                        try await gateway.wait("reload \(number + 1)", within: .seconds(10)) {
                            let (done, refused) = try await gateway.reloads()
                            return done + refused > number
                        }
                        // A route that has changed connects anew, which takes a moment; a broken file touches nothing.
                        try await gateway.wait("it is ready, and tells what is broken", within: .seconds(3)) {
                            guard let now = await gateway.readiness(), now.isReady else { return false }
                            return isBroken ? now.warnings.contains { $0.contains(place) } : now.warnings == []
                        }
                    }
                }
                let (done, refused) = try await gateway.reloads()
                print("route: \(done) reloads done and \(refused) refused under load")
                #expect((done, refused) == (50, 50))
                try await LiveSettings.finish(route, gateway, workload)
            }
        }

        @Test(arguments: ["mappings", "definitions"])
        func `a mistake mended in a newly named directory is read, without a signal`(part: String) async throws {
            try await LiveRoute.with { route in
                let files = try Files(route)
                try files.makeGood()
                let here = ["mappings": "mappings", "definitions": "definitions"]
                func writeSettings(_ directories: [String: String]) throws {
                    let lines = directories.map { "\($0.key): {directory: \($0.value)}\n" }
                    try Files.write("lanes: 2\n" + lines.sorted().joined(), to: files.settings, atomically: true)
                }
                try writeSettings(here)
                let gateway = try await route.startReady([:])
                // Deeper than directories are watched.
                let folder = route.directory.appendingPathComponent("new/1/2/3/4/5")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let file = folder.appendingPathComponent(part == "mappings" ? "r.yaml" : "catalogSeason.json")
                try Files.write("{", to: file)
                try writeSettings(here.merging([part: "new/1/2/3/4/5"]) { $1 })
                try await gateway.wait("it is refused") { try await gateway.reloads() == (0, 1) }
                let mended = part == "mappings" ? Files.mapping(prefetch: 7) : Files.definition("Mended")
                try Files.write(mended, to: file)
                try await gateway.wait("it is taken") { try await gateway.reloads() == (1, 1) }
                #expect(try await gateway.terminate().code == 0)
            }
        }

        /// Breaks or fixes one of three files; returns the place of the error.
        private static func change(_ files: Files, _ number: Int, isBroken: Bool) throws -> String {
            let atomically = number % 2 == 0
            switch number % 3 {
            case 0:
                let text = isBroken ? Files.mapping(prefetch: 0) : Files.mapping(prefetch: 100 + number)
                try Files.write(text, to: files.mapping, atomically: atomically)
                return "mappings/routes.yaml:3:70: error: prefetch"
            case 1:
                let text =
                    isBroken ? Files.definition("Broken\", \"type\": 7, \"x") : Files.definition("Seasons \(number)")
                try Files.write(text, to: files.definition, atomically: atomically)
                return "definitions/catalogSeason.json:2:"
            default:
                let text = isBroken ? "lanes: 2\nrabbitMQ: {prefetsh: 9}\n" : "lanes: \(2 + number % 2)\n"
                try Files.write(text, to: files.settings, atomically: atomically)
                return "gateway.yaml:2:12: unknown setting 'rabbitMQ.prefetsh' (did you mean 'prefetch'?)"
            }
        }

        @Test func `a route that is added starts, one that is removed drains, and the others are left alone`()
            async throws
        {
            try await LiveRoute.with { route in
                let files = try Files(route)
                try files.makeGood()
                let gateway = try await route.startReady(files.variables)
                let other = route.queue + "-other"
                let more = """
                      other:
                        from: {amqp: {queue: \(other)}}
                        message: catalog
                    """
                do {
                    try await PromoConsole.with(route) { console in
                        try Files.write("# More.\n" + Files.mapping(prefetch: 100, more: more), to: files.mapping)
                        try await gateway.wait("the other route runs") {
                            await gateway.readiness()?.parts["route other"] != nil
                        }
                        try await gateway.waitUntilReady()
                        var properties = MessageProperties()
                        properties.messageId = "one"
                        let item = #"{"operation":"I","code":"s","name":"n"}"#
                        let body = #"{"companyId":"napse","catalog":"catalogSeason","items":[\#(item)]}"#
                        try await route.publish(postings: [
                            Posting(routingKey: other, body: Array(body.utf8), properties: properties)
                        ])
                        try await gateway.wait("its message is applied") {
                            try await console.records(in: "season") == ["napse|s"]
                        }
                        try Files.write(Files.mapping(prefetch: 100), to: files.mapping, atomically: true)
                        try await gateway.wait("the other route is gone") {
                            guard try await route.consumerCount(of: other) == 0 else { return false }
                            return await gateway.readiness()?.parts["route other"] == nil
                        }
                        #expect(gateway.output.count(of: "route catalogs starts") == 1)
                        #expect(gateway.output.contains("route other has ended"))
                        #expect(try await gateway.terminate().code == 0)
                    }
                } catch {
                    try? await route.delete(queue: other)
                    throw error
                }
                try await route.delete(queue: other)
            }
        }

        @Test
        func `a route whose broker cannot be reached leaves the others alone, and goes when it is not wanted any more`()
            async throws
        {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                try await PromoConsole.with(route) { console in
                    // Of a queue that cannot be had: its name belongs to the broker.
                    let files = try Files(route)
                    let more = """
                          refused:
                            from: {amqp: {queue: amq.refused}}
                            message: catalog
                        """
                    try Files.write(Files.mapping(prefetch: 500, more: more), to: files.mapping)
                    try Files.write("mappings: {directory: mappings}\n", to: files.settings)
                    try await gateway.wait("the other route is in trouble") {
                        await gateway.readiness()?.parts["rabbitMQ"]?.isOK == false
                    }
                    var workload = RouteWorkload(seed: 131)
                    try await route.publish(workload.next(50))
                    try await route.waitUntilSettled(workload, by: gateway)
                    try Files.write(Files.mapping(prefetch: 500), to: files.mapping)
                    try await gateway.waitUntilReady()
                    try await route.finish(gateway, workload)
                    try await expectExactEffect(of: workload, on: route)
                }
            }
        }
    }
}
