internal import CPages
internal import Hummingbird
internal import NIOCore

/// Static files of the pages and the API description, embedded in the binary. Public, since they hold no secrets: pages
/// fetch their data through the API.
enum PageFiles {
    struct File: Sendable {
        let name: String
        let bytes: ByteBuffer

        /// Path in the URL.
        var path: String {
            switch name {
            case "index.html": "/"
            case "openapi.json": "/api/openapi.json"
            default: "/assets/\(name)"
            }
        }

        var type: String {
            switch name.split(separator: ".").last {
            case "html": "text/html; charset=utf-8"
            case "css": "text/css; charset=utf-8"
            case "js": "text/javascript; charset=utf-8"
            case "json": "application/json; charset=utf-8"
            case "svg": "image/svg+xml"
            default: "application/octet-stream"
            }
        }
    }

    static let all: [File] = {
        var count = 0
        let list = promo_embedded_pages(&count)
        return UnsafeBufferPointer(start: list, count: count).map { file in
            File(
                name: String(cString: file.name),
                bytes: ByteBuffer(bytes: UnsafeBufferPointer(start: file.bytes, count: file.count)))
        }
    }()

    static func add(to router: Router<ConsoleContext>) {
        for file in all {
            router.get("\(file.path)") { _, _ in Reply.bytes(file.bytes, type: file.type) }
        }
    }
}
