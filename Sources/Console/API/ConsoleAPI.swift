internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Routes below `/api`: required access and handler of each.
struct ConsoleAPI: Sendable {
    let content: ConsoleContent
    let access: AccessGuard
    let events: EventStream
    let history: @Sendable () -> String

    /// Maximum size of an edited message, in bytes: that of a replay.
    static let largestMessage = 15 << 20

    func add(to router: Router<ConsoleContext>) {
        addSession(to: router)
        addQuestions(to: router)
        addMessages(to: router)
        addDeadLetterOrders(to: router)
        addOtherOrders(to: router)
        router.get("/api/events") { request, context in
            let caller = try access.admit(request.access(context), to: .follow)
            return try events.response(
                query: request.query, lastEventID: request.headers[.lastEventID],
                isStillIn: { access.isStillIn(caller) })
        }
        EventSocket.addRefusal(to: router, access)
    }

    private func addSession(to router: Router<ConsoleContext>) {
        router.get("/api/session") { request, context in
            let caller = try access.admit(request.access(context), to: .read)
            return Reply.json(SessionJSON.text(caller))
        }
        router.post("/api/login") { request, context in
            let token = try await request.fields("token")["token"] ?? ""
            let (id, role) = try access.logIn(token, request.access(context))
            var response = Reply.json(SessionJSON.text(role: role))
            response.headers[.setCookie] =
                "\(request.sessionCookie)=\(id); Path=\(request.cookiePath); HttpOnly; SameSite=Strict; Max-Age=\(Sessions.lifetime.components.seconds)"
            return response
        }
        router.post("/api/logout") { request, context in
            // Any session, also a viewer's, may end itself.
            let asks = request.access(context)
            let caller = try access.admit(asks, to: .follow)
            guard RandomToken.areEqual(asks.csrf ?? "", caller.csrf ?? "") else { throw ConsoleProblem.csrfMissing }
            if case .session(let id) = caller.way { access.sessions.close(id) }
            var response = Reply.json("{}")
            response.headers[.setCookie] =
                "\(request.sessionCookie)=; Path=\(request.cookiePath); HttpOnly; SameSite=Strict; Max-Age=0"
            return response
        }
    }

    private func addQuestions(to router: Router<ConsoleContext>) {
        router.get("/api/status") { request, context in
            _ = try access.admit(request.access(context), to: .read)
            return Reply.json(content.status(true).text)
        }
        router.get("/api/history") { request, context in
            _ = try access.admit(request.access(context), to: .read)
            return Reply.json(history())
        }
        ask("/api/dead-letters", router) { request, _ in .deadLetters(query: request.query) }
        ask("/api/dead-letters/groups", router) { request, _ in .deadLetterGroups(query: request.query) }
        ask("/api/dead-letters/export", router, type: "application/x-ndjson; charset=utf-8") { request, _ in
            .deadLetterExport(query: request.query)
        }
        ask("/api/dead-letters/replay", router) { request, _ in .replays(query: request.query) }
        ask("/api/dead-letters/{id}", router) { _, context in .deadLetter(id: try context.part("id")) }
        ask("/api/dead-letters/{id}/replay", router) { _, context in .replayOfDeadLetter(id: try context.part("id")) }
        ask("/api/postings", router) { request, _ in .postings(query: request.query) }
        ask("/api/pushes", router) { request, _ in .pushes(query: request.query) }
        ask("/api/pushes/{id}", router) { _, context in .push(id: try context.part("id")) }
        ask("/api/feeds", router) { _, _ in .feeds }
        ask("/api/engines", router) { _, _ in .engines }
        ask("/api/catalogs", router) { _, _ in .catalogs }
        ask("/api/catalogs/{catalog}/record", router) { request, context in
            .record(catalog: try context.part("catalog"), query: request.query)
        }
        ask("/api/settings", router) { _, _ in .settings }
        ask("/api/mappings", router) { _, _ in .mappings }
    }

    private func addMessages(to router: Router<ConsoleContext>) {
        router.get("/api/messages") { request, context in
            _ = try access.admit(request.access(context), to: .read)
            return Reply.json(content.messages.page(try MessageQuery(request.query), now: content.now()).text)
        }
        router.get("/api/messages/{number}") { request, context in
            _ = try access.admit(request.access(context), to: .read)
            let number = Int(try context.part("number")) ?? 0
            guard let message = content.messages.message(number) else { throw ConsoleProblem.messageGone }
            return Reply.json(message.text(number, isWhole: true))
        }
        ask("/api/messages/{number}/explain", router) { _, context in
            .explainSettled(Int(try context.part("number")) ?? 0)
        }
        // Changes nothing, but is expensive: protected against cross-site requests.
        router.post("/api/explain") { request, context in
            _ = try access.admit(request.access(context), to: .follow)
            let message = try await request.bytes(upTo: SettledMessage.largestBody * 16)
            return Reply.json(try await content.back.answer(.explain(message, query: request.query)))
        }
    }

    private func addDeadLetterOrders(to router: Router<ConsoleContext>) {
        order("/api/dead-letters/replay", router) { request, _ in .replayDeadLetters(query: request.query) }
        order("/api/dead-letters/discard", router) { request, _ in
            .discardDeadLetters(query: request.query, reason: try await request.fields("reason")["reason"])
        }
        order("/api/dead-letters/{id}/edit", router) { request, context in
            .editDeadLetter(
                id: try context.part("id"), message: try await request.bytes(upTo: Self.largestMessage))
        }
        order("/api/dead-letters/{id}/check", router) { request, context in
            .checkDeadLetter(
                id: try context.part("id"), message: try await request.bytes(upTo: Self.largestMessage))
        }
        order("/api/dead-letters/{id}/replay", router) { _, context in .replayDeadLetter(id: try context.part("id")) }
        order("/api/dead-letters/{id}/discard", router) { request, context in
            .discardDeadLetter(id: try context.part("id"), reason: try await request.fields("reason")["reason"])
        }
    }

    private func addOtherOrders(to router: Router<ConsoleContext>) {
        order("/api/postings/{id}/retry", router) { _, context in .retryPosting(id: try context.part("id")) }
        order("/api/postings/{id}/discard", router) { _, context in .discardPosting(id: try context.part("id")) }
        order("/api/feeds/{name}/run", router) { _, context in .runFeed(try context.part("name")) }
        order("/api/feeds/{name}/pause", router) { _, context in .pauseFeed(try context.part("name")) }
        order("/api/feeds/{name}/resume", router) { _, context in .resumeFeed(try context.part("name")) }
        order("/api/feeds/{name}/rewind", router) { request, context in
            .rewindFeed(try context.part("name"), to: try await request.fields("to")["to"])
        }
        order("/api/settings/{key}/set", router) { request, context in
            guard let value = try await request.fields("value")["value"] else {
                throw ConsoleProblem.invalid(
                    "the body names no value", remedy: #"send {"value": "…"}; every value is written as text"#)
            }
            return .set(key: try context.part("key"), value: value)
        }
        order("/api/settings/{key}/unset", router) { _, context in .unset(key: try context.part("key")) }
    }

    private func ask(
        _ path: RouterPath, _ router: Router<ConsoleContext>, type: String = "application/json; charset=utf-8",
        _ question: @escaping @Sendable (Request, ConsoleContext) throws -> ConsoleQuery
    ) {
        router.get(path) { request, context in
            _ = try access.admit(request.access(context), to: .read)
            return Reply.text(try await content.back.answer(try question(request, context)), type: type)
        }
    }

    private func order(
        _ path: RouterPath, _ router: Router<ConsoleContext>,
        _ order: @escaping @Sendable (Request, ConsoleContext) async throws -> ConsoleRequest
    ) {
        router.post(path) { request, context in
            let caller = try access.admit(request.access(context), to: .change)
            return Reply.json(try await content.back.carryOut(try await order(request, context), caller.who))
        }
    }
}

extension HTTPField.Name {
    static var lastEventID: Self {
        guard let name = Self("Last-Event-ID") else { preconditionFailure("a fixed name is valid") }
        return name
    }
}
