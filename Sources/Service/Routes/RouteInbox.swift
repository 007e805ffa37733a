internal import Contracts

/// Commands and events for the supervisor: no more than the newest desired state and the ends of routes.
typealias RouteInbox = Inbox<RouteOrder>

struct RouteOrder: InboxContent {
    /// These routes shall run, and no others; nil: as before.
    var wanted: [RouteConfiguration]?
    var ended: [Int] = []
    var isClosing = false
}

extension RouteInbox {
    /// These routes shall run, and no others: counts instead of what was wanted before.
    package func want(_ forms: [RouteConfiguration]) { put { $0.wanted = forms } }

    package func ended(_ number: Int) { put { $0.ended.append(number) } }

    package func close() { put { $0.isClosing = true } }
}
