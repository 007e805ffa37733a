internal import Contracts
internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import Mappings
internal import NIOCore
internal import ServiceLifecycle
package import WebSockets

/// A listener of requests that routes take. Ends in good order: what is in hand is answered.
package struct WebServer: Sendable {
    package let listener: WebListener
    private let router: WebRouter
    private let access: AccessRules
    /// Nil for HTTP without TLS.
    private let certificate: ServerCertificate?
    private let places: ConnectionPlaces
    private let rates = RateLimits()
    private let isStoreUp: @Sendable () -> Bool
    private let answered: @Sendable (_ route: String, _ status: Int, Duration) -> Void
    private let logger: Logger
    private let budget = BodyBudget(most: Self.mostBodyBytes)
    private let sending = BodyBudget(most: Self.mostBodyBytes)

    /// Maximum bytes of the bodies of requests that are not answered, and of large answers that are not sent; further
    /// requests are asked to come again.
    private static let mostBodyBytes = 64 << 20
    /// Closes connections that stay idle or send a request too slowly. An answer may take longer.
    private static let idleTimeout = TimeAmount.seconds(60)
    /// How long a request waits for its route to run.
    private static let doorPatience = Duration.seconds(3)
    /// Within which a body must have come.
    private static let bodyPatience = Duration.seconds(30)

    /// `isStoreUp`: whether the store can be reached, as far as is known; else requests are refused at once.
    /// `places`: of the connections of all listeners.
    /// `answered`: called with every answer of a route, on any thread; must be quick.
    package init(
        _ listener: WebListener, router: WebRouter, access: AccessRules, certificate: ServerCertificate?,
        places: ConnectionPlaces,
        isStoreUp: @escaping @Sendable () -> Bool,
        answered: @escaping @Sendable (_ route: String, _ status: Int, Duration) -> Void, logger: Logger
    ) {
        self.listener = listener
        self.router = router
        self.access = access
        self.certificate = certificate
        self.places = places
        self.isStoreUp = isStoreUp
        self.answered = answered
        self.logger = logger
    }

    /// Serves until graceful shutdown of its service group. Throws if the address cannot be bound.
    package func run() async throws {
        let sockets = connections
        let application = Application(
            responder: CallbackResponder<WebContext> { request, context in await respond(to: request, context) },
            server: HTTPServerBuilder { responder in
                let channel = UpgradableChannel(
                    responder: responder, idleTimeout: Self.idleTimeout, terms: WebSocketConfiguration(),
                    places: places,
                    door: { request, address in sockets.opening(request, from: address) })
                guard let certificate else { return channel }
                return SecureChannel(base: channel, certificate: certificate)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(listener.host, port: listener.port), serverName: nil),
            onServerRunning: { [logger, listener] channel in
                logger.info(
                    "listener \(listener.name) takes requests",
                    metadata: ["address": "\(channel.localAddress.map { "\($0)" } ?? "?")"])
            },
            logger: quiet)
        try await application.run()
    }

    /// Why the address could not be bound: the system's error message.
    package static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode))
    }

    /// Suppresses Hummingbird's start and stop messages, which would repeat ours.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private var connections: PushConnections {
        PushConnections(router: router, listener: listener.name, access: access)
    }

    // MARK: A request

    private func respond(to request: Request, _ context: WebContext) async -> Response {
        var response = await response(to: request, context)
        if router.isEnding { response.headers[.connection] = "close" }
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func response(to request: Request, _ context: WebContext) async -> Response {
        let began = ContinuousClock.now
        let target: WebTarget
        do throws(WebTarget.Problem) {
            target = try WebTarget(request.head.path ?? "")
        } catch {
            return Self.response(.problem(status: error.status, detail: error.detail))
        }
        let isHead = request.method == .head
        switch router.find(
            isHead ? HTTPRequest.Method.get.rawValue : request.method.rawValue, target.segments, on: listener.name)
        {
        case .notDeclared: return Self.response(.comeAgain)
        case .nothing:
            return Self.response(.problem(status: 404, detail: "nothing is at \(target.path.prefix(200))"))
        case .otherMethods(let methods, let endpoints):
            return Self.response(otherMethod(request, methods, endpoints))
        case .sockets(let route, let endpoint, let door, let values):
            let response = connections.response(
                request, from: context.address, target, endpoint, door, values, on: context.channel)
            answered(route, response.status.code, began.duration(to: .now))
            return response
        case .route(let route, let endpoint, let values):
            var answer = await self.answer(to: request, from: context.address, target, route, endpoint, values)
            answer.headers += WebOrigin.shared(request.head, endpoint.origins)
            if endpoint.files != nil || answer.isPage, !answer.headers.contains(where: { $0.name == Self.policyHeader })
            {
                answer.headers.append(
                    .init(
                        name: Self.policyHeader,
                        value: endpoint.pagePolicy ?? PagePolicy.usual(at: request.head.authority)))
            }
            var body: ResponseBody?
            if !isHead, answer.body.count > LargeBody.partBytes {
                body = sending.share(of: answer.body.count).map {
                    LargeBody(bytes: answer.body, share: $0, eventLoop: context.channel.eventLoop).body
                }
                if body == nil { answer = .tooMany }
            }
            answered(route, answer.status, began.duration(to: .now))
            return Self.response(answer, body)
        }
    }

    private func answer(
        to request: Request, from address: String, _ target: WebTarget, _ route: String, _ endpoint: HTTPEndpoint,
        _ values: [String]
    ) async -> RequestAnswer {
        if let refusal = WebOrigin.refusal(request.head, endpoint.origins) { return refusal }
        let headers = request.headers.map { RequestField(name: $0.name.canonicalName, value: $0.value) }
        var caller: WebCaller?
        do throws(Refused) {
            caller = try endpoint.access.map { access throws(Refused) in
                try self.access.admit(access, headers: headers, from: address)
            }
        } catch {
            return error.answer
        }
        if let rate = endpoint.rate, let wait = rates.wait(caller?.principal ?? address, of: route, rate) {
            return .tooOften(rate, wait)
        }
        guard endpoint.files != nil || isStoreUp() else { return .storeAway }
        let size = Self.bodySize(request, most: endpoint.bodyBytes)
        guard budget.take(size) else { return .tooMany }
        defer { budget.giveBack(size) }
        let body: ByteBuffer
        do throws(Refused) {
            body = try await self.body(of: request, most: endpoint.bodyBytes)
        } catch {
            return error.answer
        }
        let names = endpoint.path.parameters
        let parameters =
            zip(names, values).map { RequestField(name: $0, value: $1) }
            // The path's go before: a query cannot change which record is meant.
            + target.parameters.filter { !names.contains($0.name) }.map {
                RequestField(name: $0.name, value: $0.value)
            }
        return await answer(
            route,
            WebRequest(
                facts: RequestFacts(
                    method: endpoint.method.rawValue, path: target.path, query: target.query, parameters: parameters,
                    principal: caller?.principal, keepsDeadLetters: endpoint.keepsDeadLetters),
                headers: headers, body: body, file: endpoint.files == nil ? [] : values))
    }

    /// The answer of the route, which may be about to run: a changed one ends before it begins again.
    private func answer(_ route: String, _ request: WebRequest) async -> RequestAnswer {
        let end = ContinuousClock.now + Self.doorPatience
        while true {
            let (door, isEnding) = router.door(of: route, on: listener.name)
            if let door {
                let answer = await door.answer(request)
                if answer != .comeAgain { return answer }
            }
            guard !isEnding, ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(10))) != nil else {
                return .comeAgain
            }
        }
    }

    /// What the request says its body has, in bytes; the greatest number for one beyond. Nil if it does not say.
    private static func length(of request: Request) -> Int? {
        request.headers[.contentLength].map { max(0, Int($0) ?? .max) }
    }

    /// Bytes that the body may have.
    private static func bodySize(_ request: Request, most: Int) -> Int {
        if let length = length(of: request) { return min(length, most) }
        return request.headers[.transferEncoding] == nil ? 0 : most
    }

    private func body(of request: Request, most: Int) async throws(Refused) -> ByteBuffer {
        if let length = Self.length(of: request), length > most {
            throw Refused(413, "the body has \(length) bytes, the limit is \(most)")
        }
        guard request.headers[.contentLength] != nil || request.headers[.transferEncoding] != nil else {
            return ByteBuffer()
        }
        let arriving = ArrivingBody(of: request, most: most)
        // Most bodies have arrived with their heads: then no time limit is needed.
        if arriving.isDone { return try await arriving.result.get() }
        let result = await withTaskGroup(of: Result<ByteBuffer, Refused>?.self) { group in
            group.addTask { await arriving.result }
            group.addTask {
                await waitForBody()
                return Task.isCancelled ? nil : .failure(Refused(408, "the body did not come in time; send it again"))
            }
            var first: Result<ByteBuffer, Refused>?
            while first == nil, let next = await group.next() { first = next }
            group.cancelAll()
            return first
        }
        return try (result ?? .failure(Refused(400, "the body ended before it was whole"))).get()
    }

    /// Returns when a body that has not come is not waited for any longer: sooner while the gateway ends.
    private func waitForBody() async {
        let end = ContinuousClock.now + Self.bodyPatience
        while ContinuousClock.now < end, !router.isEnding {
            guard (try? await Task.sleep(for: .milliseconds(250))) != nil else { return }
        }
        if router.isEnding { try? await Task.sleep(for: .seconds(1)) }
    }

    /// A method that no route takes at a known path.
    private func otherMethod(_ request: Request, _ methods: [String], _ endpoints: [HTTPEndpoint]) -> RequestAnswer {
        // A stream that never ends has no HEAD.
        let all = methods + (methods.contains("GET") && !endpoints.isEmpty ? ["HEAD"] : []) + ["OPTIONS"]
        let allow = RequestField(name: "allow", value: all.joined(separator: ", "))
        guard request.method == .options else {
            return .problem(
                status: 405, detail: "\(request.method.rawValue) is not taken here; there is \(allow.value)",
                headers: [allow])
        }
        var headers = [allow]
        let shared = endpoints.lazy.map { WebOrigin.shared(request.head, $0.origins) }.first { !$0.isEmpty }
        if let shared {
            headers += shared
            headers.append(.init(name: "access-control-allow-methods", value: methods.joined(separator: ", ")))
            headers.append(
                .init(
                    name: "access-control-allow-headers",
                    value: "content-type, idempotency-key, if-match, if-none-match"
                        + (endpoints.contains { $0.access != nil } ? ", authorization" : "")))
            headers.append(.init(name: "access-control-max-age", value: "600"))
        }
        return RequestAnswer(status: 204, headers: headers)
    }

    private static let policyHeader = "content-security-policy"

    static func fields(_ all: [RequestField]) -> HTTPFields {
        var fields = HTTPFields()
        for field in all {
            guard let name = HTTPField.Name(field.name) else { continue }
            fields.append(HTTPField(name: name, value: field.value))
        }
        return fields
    }

    /// `body`: of a large answer.
    static func response(_ answer: RequestAnswer, _ body: ResponseBody? = nil) -> Response {
        var headers = fields(answer.headers)
        headers[.cacheControl] = headers[.cacheControl] ?? "no-store"
        if let name = HTTPField.Name("X-Content-Type-Options") { headers[name] = "nosniff" }
        let status = HTTPResponse.Status(code: answer.status)
        guard answer.status != 204, answer.status != 304 else { return Response(status: status, headers: headers) }
        return Response(
            status: status, headers: headers,
            body: body ?? ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}

extension RequestAnswer {
    fileprivate var isPage: Bool {
        headers.contains { $0.name == "content-type" && PagePolicy.isPage($0.value) }
    }

    fileprivate static func tooOften(_ rate: RequestRate, _ wait: Duration) -> RequestAnswer {
        problem(
            status: 429,
            detail: "the gateway takes \(rate.count) requests in \(rate.milliseconds) ms of each client"
                + " here; wait",
            retryAfter: Int(wait.components.seconds) + 1)
    }
}
