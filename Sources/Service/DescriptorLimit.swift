internal import Glibc

/// How many descriptors the process may have: each connection takes one, and without any left it cannot go on.
struct DescriptorLimit: Sendable {
    let most: Int

    /// Those that the store, the broker, files and the console take.
    private static let reserve = 2000
    private static let mostOfConsole = 1000

    init(most: Int) { self.most = most }

    /// Raises the soft limit to the hard one, as far as that goes.
    static func raised() -> DescriptorLimit {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return DescriptorLimit(most: 1024) }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return DescriptorLimit(most: Int(clamping: limit.rlim_cur))
    }

    /// Connections that the listeners may have where so many are wanted.
    func connections(wanted: Int) -> Int { min(wanted, max(most / 2, most - Self.reserve)) }

    /// Connections that the console may have.
    var consoleConnections: Int { min(Self.mostOfConsole, most / 4) }
}
