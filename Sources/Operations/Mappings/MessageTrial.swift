package import Contracts
package import DryRun
package import Ingest
package import JSON
package import Mappings
package import Schemas

/// A message run through a route without a broker, for `plan`, `explain` and the console.
package enum MessageTrial {
    package struct Result {
        package var file: String
        package var route: RouteMapping
        package var delivery: Delivery
        package var report: RouteDryRun.Report
        package var items: [RouteDryRun.ItemStep]
        /// What would be posted.
        package var postings: [PostingRow]
    }

    /// The first route that can read a message; nil where none can.
    package static func route(
        for body: [UInt8], messageId: String?, headers: [(name: String, value: String)], in routes: [RouteMapping],
        _ catalogs: Catalogs
    ) -> RouteMapping? {
        routes.first { candidate in
            let dryRun = RouteDryRun(candidate, catalogs: catalogs, now: WallClock.now())
            let messages = dryRun.prepare(dryRun.delivery(body, messageId: messageId, headers: headers))
            return messages.contains { prepared in
                switch prepared.message.content {
                case .catalog: true
                case .ignored: false
                // Only these say that the message is of another shape.
                case .unreadable(let reasons, _, _, _):
                    !reasons.contains { [.notEnvelope, .mappingFailed].contains($0.code) }
                }
            }
        }
    }

    /// What a message does, a result for each case that takes it. `known`: postings of messages before it.
    package static func results(
        of delivery: Delivery, named file: String, on route: RouteMapping, _ dryRun: RouteDryRun,
        known: Set<ByteString> = []
    ) async throws(StoreError) -> [Result] {
        var results: [Result] = []
        for (report, items) in try await dryRun.steps(delivery) {
            results.append(
                Result(file: file, route: route, delivery: delivery, report: report, items: items, postings: []))
        }
        // All parts of a message are settled together.
        if !results.isEmpty {
            results[results.count - 1].postings = dryRun.postings.filter { !known.contains($0.id) }
        }
        return results
    }
}

extension MessageTrial.Result {
    /// Whether anything of the message would be a dead letter.
    package var hasRejections: Bool {
        report.kind == .deadLettered || report.kind == .refused || report.outcomes.contains(.rejected)
    }

    /// Why the message as a whole is a dead letter.
    package var reasons: [Reason] {
        if case .unreadable(let reasons, _, _, _) = report.prepared.message.content { reasons } else { [] }
    }
}
