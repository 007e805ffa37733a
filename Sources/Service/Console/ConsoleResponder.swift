internal import Console
internal import Contracts
internal import JSON
internal import MongoStore
internal import Operations
internal import Settings
internal import ThreadExecutors

/// Answers the console's queries and commands, like the command line. On a thread of its own, since it reads files;
/// store queries run on the reader's thread.
actor ConsoleResponder {
    nonisolated let lane = ThreadExecutor(named: "console")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    let settings: SettingsReader
    let catalogs: CatalogTable
    let board: ConfigurationBoard
    let tail: MessageTail
    private let mongo: MongoDeployment
    private var opened: DeadLetterService?
    private var isClosed = false

    init(
        mongo: MongoDeployment, settings: SettingsReader, catalogs: CatalogTable, board: ConfigurationBoard,
        tail: MessageTail
    ) {
        self.mongo = mongo
        self.settings = settings
        self.catalogs = catalogs
        self.board = board
        self.tail = tail
    }

    /// The console's own reader and lane.
    func letters() throws(ConsoleProblem) -> DeadLetterService {
        guard mongo.guarantee != nil, !isClosed else {
            throw ConsoleProblem(
                status: 503, code: "storeAway", "the store is not connected",
                remedy: "the banner tells why; ask again when it is", retryAfter: 2)
        }
        if let opened { return opened }
        let service = DeadLetterService(mongo, lane: "console")
        opened = service
        return service
    }

    func reader() throws(ConsoleProblem) -> MongoReader { try letters().reader }

    // MARK: The console's door

    func answer(_ question: ConsoleQuery) async throws(ConsoleProblem) -> String {
        do {
            switch question {
            case .deadLetters(let query): return try await deadLetters(query)
            case .deadLetterGroups(let query): return try await deadLetterGroups(query)
            case .deadLetter(let id): return try await deadLetter(id)
            case .replayOfDeadLetter(let id): return try await fate(of: id)
            case .replays(let query): return try await fates(query)
            case .deadLetterExport(let query): return try await export(query)
            case .postings(let query): return try await postings(query)
            case .pushes(let query): return try await pushes(query)
            case .push(let id): return try await push(id)
            case .feeds: return try await feeds()
            case .engines: return try await engines()
            case .catalogs: return try await catalogRows()
            case .record(let catalog, let query): return try await record(of: catalog, query)
            case .settings: return try await settingRows()
            case .mappings: return try await mappings()
            case .explainSettled(let number): return try await explain(number)
            case .explain(let message, let query): return try await explain(message, query)
            }
        } catch {
            throw ConsoleProblem(of: error)
        }
    }

    func carryOut(_ order: ConsoleRequest, by who: String) async throws(ConsoleProblem) -> String {
        do {
            switch order {
            case .editDeadLetter(let id, let message): return try await edit(id, message, by: who)
            case .checkDeadLetter(let id, let message): return try await check(id, message)
            case .replayDeadLetter(let id): return try await replay(id, by: who)
            case .discardDeadLetter(let id, let reason): return try await discard(id, reason, by: who)
            case .replayDeadLetters(let query):
                return try await forAll(query) { service, id throws(StoreError) in try await service.replay(id, by: who)
                }
            case .discardDeadLetters(let query, let reason):
                return try await forAll(query) { service, id throws(StoreError) in
                    try await service.perform(.discard(reason: reason), on: id, by: who)
                }
            case .retryPosting(let id): return try await perform(.retry, onPosting: id, by: who)
            case .discardPosting(let id): return try await perform(.discard, onPosting: id, by: who)
            case .runFeed(let name): return try await runFeed(name, by: who)
            case .pauseFeed(let name): return try await pauseFeed(name, true, by: who)
            case .resumeFeed(let name): return try await pauseFeed(name, false, by: who)
            case .rewindFeed(let name, let to): return try await rewindFeed(name, to, by: who)
            case .set(let key, let value): return try await set(key, value, by: who)
            case .unset(let key): return try await unset(key, by: who)
            }
        } catch {
            throw ConsoleProblem(of: error)
        }
    }

    func close() async {
        isClosed = true
        await opened?.reader.close()
        await opened?.lane.close()
        lane.stop()
    }
}

extension ConsoleProblem {
    package init(of error: any Error) {
        switch error {
        case let problem as ConsoleProblem: self = problem
        case let error as StoreError where error.code == MongoReader.tookTooLong:
            self.init(
                status: 422, code: "searchTooLong",
                "no end was found within \(DeadLetterQuery.searchTime.components.seconds) s: there are too many of them to read all"
                    + " for this question",
                remedy:
                    "narrow it: dead letters with code, catalog or since; postings with nothing, or by 'gateway postings'"
            )
        case let error as StoreError where error.kind == .unavailable:
            self.init(
                status: 503, code: "storeAway", "the store does not answer: \(error.message)",
                remedy: "try again later; the gateway retries forever", retryAfter: 2)
        case let error as StoreError:
            self.init(
                status: 500, code: "storeRefused", "the store refused: \(error.message)",
                remedy: "fix the store's error, and try again")
        default:
            self.init(status: 500, code: "failed", "\(error)", remedy: "the gateway's log may tell more")
        }
    }
}
