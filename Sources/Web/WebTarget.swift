internal import Mappings

/// The target of a request, decoded: the segments of its path, and the parameters of its query.
struct WebTarget: Sendable {
    let path: String
    let query: String?
    /// Of the path, decoded one by one: an encoded `/` stays within its segment.
    let segments: [String]
    let parameters: [(name: String, value: String)]

    /// Bytes of the longest target.
    static let mostBytes = 8 << 10

    /// Why a target cannot be read, and the status that says so.
    struct Problem: Error {
        let status: Int
        let detail: String
    }

    init(_ text: String) throws(Problem) {
        guard text.utf8.count <= Self.mostBytes else {
            throw Problem(
                status: 414, detail: "the address has \(text.utf8.count) bytes, the limit is \(Self.mostBytes)")
        }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(parts[0])
        guard path.hasPrefix("/") else {
            throw Problem(status: 400, detail: "expected a path that begins with '/'")
        }
        self.path = path
        query = parts.count > 1 ? String(parts[1]) : nil
        var segments: [String] = []
        if path != "/" {
            for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
                guard let text = FormText.decoded(part, plusIsSpace: false) else {
                    throw Problem(
                        status: 400, detail: "the path has a '%' that encodes no UTF-8 text, or a NUL; encode it anew")
                }
                segments.append(text)
            }
        }
        self.segments = segments
        do throws(FormText.Problem) {
            parameters = try FormText.pairs(query ?? "", what: "the query")
        } catch {
            throw Problem(status: 400, detail: error.message)
        }
    }
}
