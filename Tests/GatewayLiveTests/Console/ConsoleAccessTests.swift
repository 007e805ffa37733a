import Ingest
import Contracts
import JSON
import Foundation
import IngestTesting
import Testing

extension RouteLiveTests {
    @Suite("the console asks who is there", .enabled(if: LiveServers.areThere))
    struct ConsoleAccess {
        private static let viewerToken = "viewer-token-0123456789"
        private static let operatorToken = "operator-token-0123456789"

        /// Also on an address that other machines reach.
        private static func start(_ route: LiveRoute) async throws -> GatewayProcess {
            let file = route.directory.appendingPathComponent("operator.token")
            try Data((operatorToken + "\n").utf8).write(to: file)
            return try await route.startReady([
                "CONSOLE_HOST": "0.0.0.0", "CONSOLE_VIEWER_TOKEN": viewerToken,
                "CONSOLE_OPERATOR_TOKEN_FILE": file.path,
            ])
        }

        @Test func `health stays open; the rest wants a token, and changes an operator's`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await Self.start(route)
                let nobody = ConsoleCaller(port: gateway.port)
                for path in ["/livez", "/readyz", "/version", "/metrics", "/", "/assets/app.js"] {
                    #expect(try await nobody.call(path).status == 200, "\(path)")
                }
                let refused = try await nobody.call("/api/status")
                #expect(refused.status == 401 && refused.string("/error/remedy")?.contains("Authorization") == true)
                #expect(refused.headers["content-security-policy"]?.contains("frame-ancestors 'none'") == true)
                #expect(refused.headers["x-content-type-options"] == "nosniff")
                for path in [
                    "dead-letters", "feeds", "postings", "pushes", "pushes/nothing", "engines", "catalogs", "settings",
                    "mappings", "events",
                    "history",
                ] {
                    #expect(try await nobody.call("/api/" + path).status == 401, "\(path)")
                }
                let viewer = ConsoleCaller(
                    port: gateway.port, headers: ["Authorization": "Bearer " + Self.viewerToken])
                #expect(try await viewer.call("/api/status").status == 200)
                #expect(try await viewer.call("/api/settings/lanes/set", #"{"value":"3"}"#).status == 403)
                let own = ConsoleCaller(
                    port: gateway.port, headers: ["Authorization": "Bearer " + Self.operatorToken])
                #expect(try await own.call("/api/settings/lanes/set", #"{"value":"3"}"#).status == 200)
                let settings = try await own.call("/api/settings").text
                #expect(!settings.contains(Self.operatorToken) && !settings.contains("guest:guest"))
                #expect(!gateway.output.contains(Self.operatorToken))
            }
        }

        @Test func `a page logs in, and changes things with its session alone`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await Self.start(route)
                var page = ConsoleCaller(port: gateway.port)
                let login = try await page.call("/api/login", #"{"token":"\#(Self.operatorToken)"}"#)
                let cookie = try #require(login.headers["set-cookie"])
                #expect(login.status == 200 && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
                page.headers["Cookie"] = String(cookie.prefix { $0 != ";" })
                let csrf = try #require(try await page.call("/api/session").string("/csrf"))
                let path = "/api/dead-letters/none/replay"
                #expect(try await page.call(path, "").string("/error/code") == "csrfMissing")
                page.headers["X-CSRF-Token"] = csrf
                let foreign = try await page.call(path, "", ["Origin": "http://evil.example"])
                #expect(foreign.status == 403 && foreign.string("/error/code") == "foreignOrigin")
                let stream = try await page.call("/api/events", nil, ["Origin": "http://evil.example"])
                #expect(stream.status == 403)
                let own = try await page.call(path, "", ["Origin": "http://127.0.0.1:\(gateway.port)"])
                #expect(own.status == 404 && own.string("/error/code") == "notFound")
                #expect(try await page.call("/api/logout", "").status == 200)
                #expect(try await page.call("/api/status").status == 401)
            }
        }

        @Test func `who guesses must wait, and gateway status sends its token`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await Self.start(route)
                let nobody = ConsoleCaller(port: gateway.port)
                let environment = ["CONSOLE_PORT": String(gateway.port)]
                func status(_ more: [String: String]) async throws -> Program.Result {
                    try await Program.run(
                        GatewayProcess.path, ["status"],
                        environment: GatewayProcess.environment(environment.merging(more) { $1 }),
                        in: route.directory)
                }
                #expect(try await status(["CONSOLE_VIEWER_TOKEN": Self.viewerToken]).output.contains("catalogs"))
                let without = try await status([:])
                #expect(without.status == 69 && without.errors.contains("CONSOLE_VIEWER_TOKEN"))
                var codes: [Int] = []
                for _ in 0..<6 { codes.append(try await nobody.call("/api/login", #"{"token":"guess"}"#).status) }
                #expect(codes == [401, 401, 401, 401, 401, 429])
                let right = try await nobody.call("/api/login", #"{"token":"\#(Self.operatorToken)"}"#)
                #expect(right.status == 429 && right.headers["retry-after"] != nil)
            }
        }
    }
}
