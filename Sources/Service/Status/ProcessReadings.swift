internal import Console
internal import Foundation
internal import Glibc

/// Process metrics of the operating system, with the names of Prometheus' client libraries.
enum ProcessReadings {
    /// `started`: milliseconds since 1970. Unavailable values are omitted.
    static func take(started: Int64) -> [MetricReading] {
        var all = [MetricReading("process_start_time_seconds", [], Double(started) / 1000)]
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            all.append(
                MetricReading(
                    "process_cpu_seconds_total", [], seconds(usage.ru_utime) + seconds(usage.ru_stime), kind: .counter))
        }
        // The second number of statm is the resident set, in pages.
        if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        {
            all.append(MetricReading("process_resident_memory_bytes", [], Double(pages * sysconf(Int32(_SC_PAGESIZE)))))
        }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            all.append(MetricReading("process_open_fds", [], Double(files.count)))
        }
        return all
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
