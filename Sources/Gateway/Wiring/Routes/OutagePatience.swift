internal import Glibc

/// How long nothing of a route may get into the store before all of its deliveries are given back. In debug builds
/// `GATEWAY_OUTAGE_PATIENCE_MS` makes it shorter, for tests.
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
