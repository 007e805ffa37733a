internal import Records

/// Who holds a lease, as its row tells.
struct LeaseHolder {
    let holder: String
    let token: Int64
    /// For people.
    let words: String
    private let pid: Int32
    private let startTicks: Int64
    private let space: String?

    init(_ row: [UInt8]) {
        self = row.withUnsafeBytes { LeaseHolder(BSONElements($0)) }
    }

    private init(_ fields: BSONElements) {
        holder = fields.first(named: "holder")?.text ?? ""
        token = fields.first(named: "token")?.integer ?? 0
        words = fields.first(named: "host")?.text ?? "another gateway"
        pid = fields.first(named: "pid")?.integer.flatMap { Int32(exactly: $0) } ?? 0
        startTicks = fields.first(named: "startTicks")?.integer ?? 0
        space = fields.first(named: "space")?.text
    }

    /// Whether its process has ended: that can be told on its own machine alone, and then nobody need wait for the time.
    func isGone(from own: InstanceIdentity) -> Bool {
        !holder.isEmpty && space == own.space && !InstanceIdentity.isRunning(pid: pid, startTicks: startTicks)
    }
}
