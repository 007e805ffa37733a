import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Testing
import WebSockets

@testable import Console

/// The description that is served as `/api/openapi.json`, beside the addresses that the console answers. What the answers
/// hold is compared by Tests/Acceptance/test_api.py, on a real gateway.
@Suite struct OpenAPIDocumentTests {
    private static var document: [String: Any] {
        let file = PageFiles.all.first { $0.path == "/api/openapi.json" }
        let whole = file.flatMap { try? JSONSerialization.jsonObject(with: Data($0.bytes.readableBytesView)) }
        return whole as? [String: Any] ?? [:]
    }

    /// "GET /api/status", for each operation.
    private static var described: Set<String> {
        let paths = document["paths"] as? [String: [String: Any]] ?? [:]
        return Set(paths.flatMap { path, item in item.keys.map { "\($0.uppercased()) \(path)" } })
    }

    private static var answered: Set<String> {
        let readiness = Readiness(isDraining: false, guarantee: "", parts: [])
        let server = ConsoleServer(
            address: ConsoleServer.Address(host: "127.0.0.1", port: 0),
            tokens: AccessTokens(viewer: nil, operator: nil),
            content: ConsoleContent(
                version: "", readiness: { readiness },
                status: { _ in
                    StatusReport(
                        version: "", startedAt: 0, readiness: readiness, routes: [], feeds: [], postings: [],
                        deadLetters: [], openDeadLetters: 0)
                }, metrics: { "" }, now: { 0 }, messages: MessageTail(),
                back: ConsoleBackend(
                    answer: { _ throws(ConsoleProblem) in "" }, carryOut: { _, _ throws(ConsoleProblem) in "" })),
            places: ConnectionPlaces(most: 1), logger: Logger(label: "test"))
        let files = Set(PageFiles.all.map(\.path).filter { $0.hasPrefix("/assets/") })
        return Set(
            server.router().routes.map { route in
                let path = route.path.description
                return "\(route.method.rawValue) \(files.contains(path) ? "/assets/{file}" : path)"
            })
    }

    @Test func `every address that is answered is described`() {
        let missing = Self.answered.subtracting(Self.described).sorted()
        #expect(missing.isEmpty, "add to Sources/Console/Pages/openapi.json: \(missing.joined(separator: ", "))")
        #expect(Self.answered.contains("GET /api/dead-letters/{id}"))
    }

    @Test func `every address that is described is answered`() {
        let gone = Self.described.subtracting(Self.answered).sorted()
        #expect(gone.isEmpty, "take out of Sources/Console/Pages/openapi.json: \(gone.joined(separator: ", "))")
    }

    @Test func `every kind of event is described`() throws {
        let paths = try #require(Self.document["paths"] as? [String: [String: [String: Any]]])
        let answers = try #require(paths["/api/events"]?["get"]?["responses"] as? [String: [String: Any]])
        let content = try #require(answers["200"]?["content"] as? [String: [String: Any]])
        let events = try #require(content["text/event-stream"]?["x-events"] as? [String: Any])
        #expect(Set(events.keys) == Set(EventTopic.allCases.map(\.rawValue) + ["gap"]))
    }
}
