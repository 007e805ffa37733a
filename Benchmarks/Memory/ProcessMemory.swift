import Foundation

/// What the kernel says of this process, in bytes.
enum ProcessMemory {
    static var now: Int { field("VmRSS:") }

    /// The most that it was since ``forgetPeak()``.
    static var peak: Int { field("VmHWM:") }

    /// proc(5): 5 sets the peak to what there is now.
    static func forgetPeak() { try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs")) }

    private static func field(_ name: String) -> Int {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let number = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
        else { return 0 }
        return number << 10
    }
}
