internal import Contracts
internal import Mappings
internal import NIOCore

/// The body of a request as the message that a mapping reads.
enum RequestBody {
    static func message(of request: WebRequest, _ endpoint: HTTPEndpoint) throws(Refused) -> [UInt8] {
        if !endpoint.contentTypes.isEmpty {
            guard let type = request.mediaType, endpoint.contentTypes.contains(type) else {
                throw Refused(
                    415,
                    "expected a body of \(endpoint.contentTypes.joined(separator: " or ")), found"
                        + " \(request.mediaType.map { "'\($0.prefix(80))'" } ?? "no content type")",
                    headers: [.init(name: "accept", value: endpoint.contentTypes.joined(separator: ", "))])
            }
        }
        if let encoding = request.values(of: "content-encoding").first, encoding.lowercased() != "identity" {
            throw Refused(
                415, "expected a body without Content-Encoding, found '\(encoding.prefix(40))'; send it as it is")
        }
        do throws(FormText.Problem) {
            return try endpoint.message(of: Array(request.body.readableBytesView))
        } catch {
            throw Refused(400, error.message)
        }
    }
}
