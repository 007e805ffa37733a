package import Mappings

extension RouteTable {
    /// For each cron expression its next three times, a line each: what it means is seen before it is due. `now`:
    /// milliseconds since 1970.
    package func scheduleLines(now: Int64) -> [String] {
        var lines: [String] = []
        func add(_ name: String, _ schedules: [Schedule]) {
            for schedule in schedules {
                let times = schedule.shownTimes(after: now, count: 3)
                if !times.isEmpty { lines.append("\(name): next \(times.joined(separator: ", "))") }
            }
        }
        for route in routes { if case .timer(let schedule) = route.from { add("route \(route.name)", [schedule]) } }
        for feed in feeds { add("feed \(feed.name)", feed.schedules) }
        return lines
    }
}
