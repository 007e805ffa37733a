internal import HTTPTypes
internal import Hummingbird

/// HTTP methods by path of the console: the `Allow` header of 405 responses.
struct AllowedMethods: Sendable {
    private struct Address {
        /// Nil: a path parameter.
        let parts: [String?]
        var methods: [HTTPRequest.Method]
    }

    private var addresses: [Address] = []

    init(_ router: Router<ConsoleContext>) {
        for route in router.routes {
            let parts = Self.parts("\(route.path)").map { $0.hasPrefix("{") || $0.hasPrefix(":") ? nil : $0 }
            if let known = addresses.firstIndex(where: { $0.parts == parts }) {
                addresses[known].methods.append(route.method)
            } else {
                addresses.append(Address(parts: parts, methods: [route.method]))
            }
        }
    }

    /// Sorted by name; empty for an unknown path.
    func methods(at path: String) -> [HTTPRequest.Method] {
        let parts = Self.parts(path)
        let methods = addresses.filter { address in
            address.parts.count == parts.count
                && zip(address.parts, parts).allSatisfy { ours, theirs in ours.map { $0 == theirs } ?? true }
        }.flatMap(\.methods)
        return Set(methods + (methods.contains(.get) ? [.head] : [])).sorted { $0.rawValue < $1.rawValue }
    }

    private static func parts(_ path: String) -> [String] {
        path.split(separator: "/").map { String($0) }
    }
}
