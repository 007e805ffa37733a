package import Contracts
internal import JSON
internal import NIOPosix

/// Answers requests with the files of a directory.
package final class FileDoor: WebDoor {
    private let tree: FileTree

    /// What a request of a directory gets.
    private static let index = "index.html"

    package init(_ directory: String) { tree = FileTree(root: directory) }

    package func answer(_ request: WebRequest) async -> RequestAnswer {
        let names = request.file
        let isDirectory = names.last == ""
        let wanted = isDirectory ? names.dropLast() + [Self.index] : names
        switch await find(wanted) {
        case .file(let bytes): return Self.file(bytes, wanted.last ?? "").tagged(for: request)
        case .directory:
            // Its page's relative addresses start at the directory.
            guard !isDirectory, case .file = await find(wanted + [Self.index]) else { return Self.nothing(request) }
            let query = request.facts.query.map { "?" + $0 } ?? ""
            return RequestAnswer(
                status: 307,
                headers: [.init(name: "location", value: PercentEncoding.address(request.facts.path + "/" + query))])
        case .nothing: return Self.nothing(request)
        case .locked:
            return .problem(status: 403, detail: "the gateway may not read the file; allow its user to read it")
        case .tooLarge(let count):
            return .problem(
                status: 500,
                detail: "the file has \(count) bytes, and those of more than \(FileTree.mostBytes) are not served")
        case .failed(let message): return .problem(status: 500, detail: "the file cannot be read: \(message)")
        }
    }

    /// Not on the threads of connections: a disk may take its time.
    private func find(_ names: [String]) async -> FileTree.Found {
        let tree = tree
        return (try? await NIOThreadPool.singleton.runIfActive { tree.find(names) }) ?? .failed("the gateway ends")
    }

    private static func file(_ bytes: [UInt8], _ name: String) -> RequestAnswer {
        RequestAnswer(
            status: 200, headers: [.init(name: "content-type", value: contentType(of: name))], body: bytes)
    }

    private static func nothing(_ request: WebRequest) -> RequestAnswer {
        .problem(status: 404, detail: "there is no file at \(request.facts.path.cut(toBytes: 200))")
    }

    // MARK: Content types

    private static let contentTypes = [
        "avif": "image/avif", "bin": "application/octet-stream", "bmp": "image/bmp", "css": "text/css",
        "csv": "text/csv",
        "gif": "image/gif", "htm": "text/html", "html": "text/html", "ico": "image/x-icon", "jpeg": "image/jpeg",
        "jpg": "image/jpeg", "js": "text/javascript", "json": "application/json", "map": "application/json",
        "md": "text/markdown", "mjs": "text/javascript", "mp3": "audio/mpeg", "mp4": "video/mp4", "oga": "audio/ogg",
        "ogg": "audio/ogg", "otf": "font/otf", "pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml",
        "ttf": "font/ttf", "txt": "text/plain", "wasm": "application/wasm", "wav": "audio/wav", "weba": "audio/webm",
        "webm": "video/webm", "webmanifest": "application/manifest+json", "webp": "image/webp", "woff": "font/woff",
        "woff2": "font/woff2", "xml": "application/xml", "zip": "application/zip",
    ]

    /// By the ending of its name; texts are UTF-8.
    static func contentType(of name: String) -> String {
        let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() }
        let type = ending.flatMap { contentTypes[$0] } ?? "application/octet-stream"
        return type.hasPrefix("text/") || type == "application/json" ? type + "; charset=utf-8" : type
    }
}
