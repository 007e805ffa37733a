internal import Glibc
internal import Mappings

/// How long the store may accept nothing of a route before all of its deliveries are returned. In debug builds
/// `GATEWAY_OUTAGE_PATIENCE_MS` shortens it for tests.
enum OutagePatience {
    /// Requests wait for their answers: they are refused soon.
    private static let ofRequests = Duration.seconds(2)

    static func of(_ source: RouteSource) -> Duration {
        if case .http = source { min(value, ofRequests) } else { value }
    }

    private static let value: Duration = {
        #if DEBUG
            if let text = getenv("GATEWAY_OUTAGE_PATIENCE_MS"), let milliseconds = Int(String(cString: text)) {
                return .milliseconds(milliseconds)
            }
        #endif
        return .seconds(60)
    }()
}
