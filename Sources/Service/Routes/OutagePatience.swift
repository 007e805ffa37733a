internal import Glibc

/// How long the store may accept nothing of a route before all of its deliveries are returned. In debug builds
/// `GATEWAY_OUTAGE_PATIENCE_MS` shortens it for tests.
enum OutagePatience {
    static let value: Duration = {
        #if DEBUG
            if let text = getenv("GATEWAY_OUTAGE_PATIENCE_MS"), let milliseconds = Int(String(cString: text)) {
                return .milliseconds(milliseconds)
            }
        #endif
        return .seconds(60)
    }()
}
