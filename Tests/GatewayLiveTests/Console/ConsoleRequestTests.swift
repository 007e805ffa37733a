import Contracts
import Ingest
import Foundation
import JSON
import Testing

extension RouteLiveTests {
    @Suite("what the console does", .enabled(if: LiveServers.areThere))
    struct ConsoleOrders {
        private static func faulty(_ workload: inout RouteWorkload) -> SentMessage {
            workload.add([WorkloadItem(faulty: #"{"operation":"I","code":"a"}"#, .schema)], "napse", .catalogBrand)
        }

        @Test func `a letter is shown with its place, mended, and replayed once by five at once`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 41)
                try await route.publish([Self.faulty(&workload)])
                let gateway = try await route.startReady()
                try await gateway.wait("the dead letter is there") { try await route.store.deadLetters().count == 1 }
                let console = try await ConsoleCaller.open(gateway.port)
                let list = try await console.call("/api/dead-letters?state=open&code=schema&catalog=catalogBrand")
                let id = try #require(list.string("/deadLetters/0/_id"), "\(list.text)")
                let groups = try await console.call("/api/dead-letters/groups").text
                #expect(groups.contains(#"{"code":"schema","catalog":"catalogBrand","count":1,"#))

                let view = try await console.call("/api/dead-letters/\(id)")
                let text = try #require(view.string("/text"))
                let place = #"{"operation":"I","code":"a"}"#
                let marked = try JSONParser().parse(view.text).withRoot { root -> String? in
                    let place = JSONPointer(["places", "0"]).resolve(in: root)
                    guard let start = place?["start"]?.int64, let length = place?["length"]?.int64 else { return nil }
                    return String(decoding: Array(text.utf16)[Int(start)..<Int(start + length)], as: UTF16.self)
                }
                #expect(marked?.filter { !$0.isWhitespace } == place)

                let broken = try await console.call("/api/dead-letters/\(id)/edit", "{")
                #expect(broken.status == 400 && broken.string("/error/message")?.contains("line 1") == true)
                let mended =
                    #"{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"I","code":"a","name":"A"}]}"#
                #expect(try await console.call("/api/dead-letters/\(id)/edit", mended).status == 200)
                let codes = await withTaskGroup(of: Int?.self) { group in
                    for _ in 0..<5 {
                        group.addTask { try? await console.call("/api/dead-letters/\(id)/replay", "").status }
                    }
                    return await group.reduce(into: [Int]()) { $0.append($1 ?? 0) }
                }
                #expect(codes.sorted() == [200, 409, 409, 409, 409])
                try await gateway.wait("the record is there") {
                    try await route.store.records()["brand"]?["napse|a"] != nil
                }
                #expect(try await route.store.deadLetters().map(\.state) == ["replayed"])
                // One row for the edit, one for the replay.
                #expect(try await route.store.count("gateway.audit") == 2)
                let missing = try await console.call("/api/dead-letters/none")
                #expect(missing.status == 404 && missing.string("/error/remedy") != nil)
                #expect(try await gateway.terminate().code == 0)
            }
        }

        @Test func `all of a group are discarded, page after page, and exported`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 42)
                try await route.publish((0..<7).map { _ in Self.faulty(&workload) })
                let gateway = try await route.startReady()
                try await gateway.wait("the dead letters are there") {
                    try await route.store.deadLetters().count == 7
                }
                let console = try await ConsoleCaller.open(gateway.port)
                let first = try await console.call("/api/dead-letters?limit=5")
                let cursor = try #require(first.string("/cursor"))
                let second = try await console.call("/api/dead-letters?limit=5&cursor=\(cursor)")
                let ids = [first, second].flatMap { answer in
                    (0..<7).compactMap { answer.string(JSONPointer(["deadLetters", "\($0)", "_id"])) }
                }
                #expect(Set(ids).count == 7 && second.string("/cursor") == nil)
                let export = try await console.call("/api/dead-letters/export?code=schema")
                #expect(export.text.split(separator: "\n").count == 7)

                let vague = try await console.call("/api/dead-letters/discard", "{}")
                #expect(vague.status == 400)
                let typo = try await console.call("/api/dead-letters/discard?cod=schema", "{}")
                #expect(typo.string("/error/remedy")?.contains("did you mean 'code'?") == true)
                let done = try await console.call(
                    "/api/dead-letters/discard?code=schema&catalog=catalogBrand", #"{"reason":"a test"}"#)
                #expect(
                    done.text.hasPrefix(#"{"done":7,"failed":0,"firstFailure":null,"left":0,"cursor":null,"#),
                    "\(done.text)")
                #expect(try await route.store.count("gateway.audit") == 7)
            }
        }

        @Test func `settings are changed as gateway config does, and secrets stay hidden`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                let console = try await ConsoleCaller.open(gateway.port)
                let set = try await console.call("/api/settings/companies.allowed/set", #"{"value":"napse,acme"}"#)
                #expect(set.status == 200 && set.string("/origin")?.contains("configuration") == true)
                try await gateway.wait("the gateway follows") { gateway.output.contains("companies.allowed") }
                #expect(try await console.call("/api/settings/lanes/set", #"{"value":"many"}"#).status == 400)
                let machine = try await console.call("/api/settings/mappings.directory/set", #"{"value":"/tmp"}"#)
                #expect(machine.status == 400 && machine.text.contains("MAPPINGS_DIRECTORY"))
                let typo = try await console.call("/api/settings/lane/set", #"{"value":"1"}"#)
                #expect(typo.status == 404 && typo.text.contains("lanes"))
                let secret = try await console.call(
                    "/api/settings/rabbitMQ.producer.password/set", #"{"value":"s3cr3t-word"}"#)
                #expect(secret.status == 200 && !secret.text.contains("s3cr3t-word"))
                #expect(try await !console.call("/api/settings").text.contains("s3cr3t-word"))
                for key in ["rabbitMQ.producer.password", "companies.allowed"] {
                    #expect(try await console.call("/api/settings/\(key)/unset", "").status == 200)
                }
                #expect(try await route.store.count("configuration") == 0)
                #expect(try await route.store.count("gateway.audit") == 4)
            }
        }

        @Test func `a feed is run, paused, rewound and resumed; engines and catalogs are told`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady(["RABBITMQ_ENGINESTATUS_ENDPOINT_NAME": route.queue + "-none"])
                let console = try await ConsoleCaller.open(gateway.port)
                try await gateway.wait("the feed is known") {
                    try await console.call("/api/feeds").string("/feeds/0/feed") == "engine-status"
                }
                func order(_ word: String, _ body: String = "{}") async throws -> Int {
                    try await console.call("/api/feeds/engine-status/\(word)", body).status
                }
                #expect(try await order("run") == 200)
                #expect(try await order("pause") == 200)
                #expect(try await order("run") == 409)
                #expect(try await order("rewind", #"{"to":"2h"}"#) == 400)
                #expect(try await order("resume") == 200)
                let typo = try await console.call("/api/feeds/engine-statu/run", "{}")
                #expect(typo.status == 404 && typo.text.contains("engine-status"))
                #expect(try await console.call("/api/engines").string("/engines/0/status") == "ONLINE")
                let catalogs = try await console.call("/api/catalogs").text
                #expect(catalogs.contains(#""catalog":"catalogBrand""#) && catalogs.contains(#""records":0"#))
                #expect(try await console.call("/api/mappings").text.contains("feeds/engine-status.yaml"))
                // A stream that is open does not hold up the end.
                let stream = Task { try await console.call("/api/events") }
                try await gateway.wait("the banner says it") {
                    try await console.call("/api/status").text.contains("there is no queue")
                }
                try await gateway.wait("the posting is reported") {
                    try await console.call("/api/postings?state=failed").string("/postings/0/reason") != nil
                }
                let failed = try await console.call("/api/postings")
                let id = try #require(failed.string("/postings/0/_id"), "\(failed.text)")
                #expect(try await console.call("/api/postings/\(id)/retry", "").status == 200)
                #expect(try await console.call("/api/postings/\(id)/discard", "").status == 200)
                #expect(try await console.call("/api/postings/\(id)/discard", "").status == 404)
                let exit = try await gateway.terminate()
                #expect(exit.code == 0 && exit.after < .seconds(9))
                _ = try? await stream.value
            }
        }
    }
}
