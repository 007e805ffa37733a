/// Who may send the requests of a route.
package struct EndpointAccess: Sendable, Equatable {
    /// The claim that names the caller, where the mapping does not say.
    package static let usualClaim = "sub"

    /// Name of its settings in `http.access`.
    package var name: String
    /// The claim of a JWT that names its caller.
    package var claim = Self.usualClaim
    /// The callers that may send them; empty for all that are known.
    package var principals: [String] = []

    package init(name: String) { self.name = name }
}

/// How many requests a caller may send: `count` at once, and as many again in each `milliseconds`.
package struct RequestRate: Sendable, Equatable {
    package var count: Int
    package var milliseconds: Int64

    /// Why a text is not a rate.
    package struct Problem: Error {
        package let message: String
    }

    /// Parses `100/s` and `20/10s`.
    package init(_ text: String) throws(Problem) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), (1...1_000_000).contains(count),
            parts[0].allSatisfy({ $0.isASCII && $0.isNumber })
        else {
            throw Problem(
                message: "expected a number of requests from 1 to 1000000 and a time such as 100/s or 20/10s, found"
                    + " '\(text.prefix(40))'")
        }
        self.count = count
        do throws(ScheduleError) {
            let hasCount = parts[1].first?.isNumber ?? false
            milliseconds = try Schedule.milliseconds(hasCount ? String(parts[1]) : "1" + parts[1], from: 1000)
        } catch {
            throw Problem(message: error.message)
        }
    }
}
