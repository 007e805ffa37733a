import Contracts
import Testing

@testable import Console

@Suite struct AccessGuardTests {
    private static let viewerToken = "viewer-token-0123456789"
    private static let operatorToken = "operator-token-0123456789"
    private let access = AccessGuard(tokens: AccessTokens(viewer: viewerToken, operator: operatorToken))
    private let now = ContinuousClock.now

    private func request(_ change: (inout AccessRequest) -> Void = { _ in }) -> AccessRequest {
        var request = AccessRequest(address: "10.0.0.7", host: "gateway:8080")
        change(&request)
        return request
    }

    private func code(_ body: () throws(ConsoleProblem) -> Void) -> String? {
        do throws(ConsoleProblem) {
            try body()
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `whoever says nothing is asked to log in`() {
        #expect(code { () throws(ConsoleProblem) in _ = try access.admit(request(), to: .read) } == "loginNeeded")
        let basic = request { $0.authorization = "Basic dTpw" }
        #expect(code { () throws(ConsoleProblem) in _ = try access.admit(basic, to: .read) } == "loginNeeded")
    }

    @Test func `a viewer's token looks and changes nothing, an operator's does both`() throws {
        let viewer = request { $0.authorization = "Bearer " + Self.viewerToken }
        #expect(try access.admit(viewer, to: .follow).role == .viewer)
        #expect(code { () throws(ConsoleProblem) in _ = try access.admit(viewer, to: .change) } == "viewerOnly")
        let own = request { $0.authorization = "bearer " + Self.operatorToken }
        let caller = try access.admit(own, to: .change)
        #expect(caller.who == "operator token from 10.0.0.7")
    }

    @Test(arguments: [
        "", "x", "operator-token-012345678", "operator-token-01234567890", "OPERATOR-TOKEN-0123456789",
    ])
    func `what is not the whole token is no token`(token: String) {
        let wrong = request { $0.authorization = "Bearer " + token }
        #expect(code { () throws(ConsoleProblem) in _ = try access.admit(wrong, to: .read) } == "wrongToken")
    }

    @Test func `a session changes things only with its CSRF token, and from our own page`() throws {
        let id = try access.logIn(Self.operatorToken, request(), now: now).id
        let caller = try access.admit(request { $0.session = id }, to: .read)
        let csrf = try #require(caller.csrf)
        func change(_ csrf: String?, origin: String?) -> String? {
            let asks = request { request in
                request.session = id
                request.csrf = csrf
                request.origin = origin
            }
            return code { () throws(ConsoleProblem) in _ = try access.admit(asks, to: .change) }
        }
        #expect(change(csrf, origin: "http://gateway:8080") == nil)
        #expect(change(csrf, origin: nil) == nil)
        #expect(change(nil, origin: "http://gateway:8080") == "csrfMissing")
        #expect(change(String(csrf.dropLast()) + "x", origin: nil) == "csrfMissing")
        for foreign in [
            "http://evil.example", "http://gateway:8081", "http://gateway:8080.evil.example", "null", "",
            "ftp://gateway:8080",
        ] { #expect(change(csrf, origin: foreign) == "foreignOrigin", "\(foreign)") }
    }

    @Test func `a stream of events is not held open by a foreign page, though it sends the cookie`() throws {
        let id = try access.logIn(Self.viewerToken, request(), now: now).id
        let asks = request { request in
            request.session = id
            request.origin = "https://evil.example"
        }
        #expect(code { () throws(ConsoleProblem) in _ = try access.admit(asks, to: .follow) } == "foreignOrigin")
        #expect(
            code { () throws(ConsoleProblem) in
                _ = try access.logIn(Self.viewerToken, request { $0.origin = "https://evil.example" })
            } == "foreignOrigin")
    }

    @Test func `a session ends by itself, and by logging out`() throws {
        let id = try access.logIn(Self.viewerToken, request(), now: now).id
        let asks = request { $0.session = id }
        #expect(try access.admit(asks, to: .read, now: now + Sessions.lifetime - .seconds(1)).role == .viewer)
        #expect(
            code { () throws(ConsoleProblem) in
                _ = try access.admit(asks, to: .read, now: now + Sessions.lifetime)
            } == "loginNeeded")
        let caller = try access.admit(asks, to: .read, now: now)
        access.sessions.close(id)
        #expect(!access.isStillIn(caller, now: now))
    }

    @Test func `five wrong tokens from an address make it wait a minute, and nobody else`() throws {
        let wrong = request { $0.authorization = "Bearer guess" }
        for _ in 0..<FailureLimit.most {
            #expect(
                code { () throws(ConsoleProblem) in _ = try access.admit(wrong, to: .read, now: now) } == "wrongToken")
        }
        let right = request { $0.authorization = "Bearer " + Self.operatorToken }
        let early = now + FailureLimit.window - .seconds(1)
        #expect(
            code { () throws(ConsoleProblem) in _ = try access.admit(right, to: .read, now: early) }
                == "tooManyFailures")
        #expect(
            code { () throws(ConsoleProblem) in
                _ = try access.logIn(Self.operatorToken, request(), now: early)
            } == "tooManyFailures")
        let other = request { request in
            request.address = "10.0.0.8"
            request.authorization = "Bearer " + Self.operatorToken
        }
        #expect(try access.admit(other, to: .read, now: early).role == .operator)
        #expect(try access.admit(right, to: .read, now: now + FailureLimit.window).role == .operator)
    }

    @Test func `without tokens everybody on the machine is an operator, by the machine's own names alone`() throws {
        let open = AccessGuard(tokens: AccessTokens(viewer: nil, operator: nil))
        for host in ["127.0.0.1:8080", "localhost:8080", "localhost", "[::1]:8080", "127.0.0.2"] {
            #expect(try open.admit(request { $0.host = host }, to: .read).role == .operator)
        }
        for host in ["evil.example:8080", "127.0.0.1.evil.example", "127.0.0.1.evil.example:80", nil] {
            let asks = request { $0.host = host }
            #expect(code { () throws(ConsoleProblem) in _ = try open.admit(asks, to: .read) } == "foreignHost")
        }
        let asks = request { $0.host = "localhost:8080" }
        #expect(code { () throws(ConsoleProblem) in _ = try open.admit(asks, to: .change) } == "csrfMissing")
    }

    @Test func `sessions have a bound: the oldest makes room`() throws {
        let sessions = Sessions()
        let first = sessions.open(.viewer, now: now).id
        for number in 1...Sessions.most { _ = sessions.open(.viewer, now: now + .milliseconds(number)) }
        #expect(sessions.session(first, now: now + .seconds(5)) == nil)
    }
}
