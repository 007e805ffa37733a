import Ingest
import Contracts
import Testing

/// The real gateway between a live broker and a live store: what was sent, against what became of it, whatever breaks in
/// between. One test after the other, for they share the servers; each has a queue and a database of its own.
@Suite(
    "The whole route", .serialized, .liveServers, .compactMapIssues { Evidence.explain($0) }, .timeLimit(.minutes(6)))
enum RouteLiveTests {}
