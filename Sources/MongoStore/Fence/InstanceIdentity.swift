internal import Contracts
package import JSON
internal import Glibc

/// Identifies this process exactly enough for another one on the same machine to check whether it still runs.
package struct InstanceIdentity: Sendable, Equatable {
    package let id: ByteString
    package let host: String
    package let pid: Int32
    /// Start time in kernel ticks since boot: distinguishes reused pids.
    package let startTicks: Int64
    /// Boot id and pid namespace: pids are comparable only within the same.
    package let space: String
    /// For display; milliseconds since 1970.
    package let startedAt: Int64

    package static func current() -> InstanceIdentity {
        let pid = getpid()
        return InstanceIdentity(
            id: ByteString(randomID()), host: hostName(), pid: pid, startTicks: startTicks(of: pid) ?? 0,
            space: currentSpace(), startedAt: WallClock.now())
    }

    /// Whether a process with that pid and start time runs. Only for this process's own space.
    package static func isRunning(pid: Int32, startTicks start: Int64) -> Bool { startTicks(of: pid) == start }

    /// Field 22 of `/proc/PID/stat` (proc(5)); nil if there is no such process, or it is a zombie.
    package static func startTicks(of pid: Int32) -> Int64? {
        guard let stat = contents(of: "/proc/\(pid)/stat") else { return nil }
        return startTicks(stat: stat)
    }

    package static func startTicks(stat: String) -> Int64? {
        // The name in brackets may contain brackets and spaces: parse after the last one.
        guard let nameEnd = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return Int64(fields[19])
    }

    private static func currentSpace() -> String {
        let boot = contents(of: "/proc/sys/kernel/random/boot_id")?.prefix { $0 != "\n" } ?? "?"
        return "\(boot) \(linkTarget(of: "/proc/self/ns/pid") ?? "?")"
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static func contents(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func linkTarget(of path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
