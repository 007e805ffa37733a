internal import JSON

/// The current session as JSON.
enum SessionJSON {
    static func text(_ caller: Caller) -> String {
        var object = JSONObjectText()
        object.add("role", caller.role.rawValue)
        object.add("csrf", caller.csrf)
        object.add("canLogOut", caller.way != .open && caller.way != .bearer)
        return object.text
    }

    static func text(role: AccessRole) -> String {
        var object = JSONObjectText()
        object.add("role", role.rawValue)
        return object.text
    }
}
