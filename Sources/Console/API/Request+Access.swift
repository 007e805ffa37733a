internal import JSON
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

extension Request {
    /// Browsers send the cookies of a host to all its ports: the name has the port, so that two gateways on one host do
    /// not end each other's sessions.
    var sessionCookie: String {
        let port = head.authority?.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        let isPort = (1...5).contains(port.utf8.count) && port.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isPort ? "gateway_session_\(port)" : "gateway_session"
    }

    private static let forwardedPrefix = HTTPField.Name("X-Forwarded-Prefix")
    private static let cookiePathBytes = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~".utf8)
    private static let csrf = HTTPField.Name("X-CSRF-Token")

    func access(_ context: ConsoleContext) -> AccessRequest { access(from: context.remoteAddress) }

    /// `address`: without the port.
    func access(from address: String) -> AccessRequest {
        AccessRequest(
            address: address, host: head.authority, origin: headers[.origin],
            authorization: headers[.authorization], session: cookies[sessionCookie]?.value,
            csrf: Self.csrf.flatMap { headers[$0] })
    }

    /// The path that cookies belong to: below that of a proxy, so that two consoles of one host have sessions apart.
    var cookiePath: String {
        guard let prefix = Self.forwardedPrefix.flatMap({ headers[$0] }), prefix.utf8.count <= 200,
            prefix.utf8.first == UInt8(ascii: "/"), !prefix.hasPrefix("//"),
            prefix.utf8.allSatisfy(Self.cookiePathBytes.contains)
        else { return "/" }
        return prefix.hasSuffix("/") ? prefix : prefix + "/"
    }

    /// Query parameters by name; of repeated names the first counts.
    var query: [String: String] { uri.query.map { QueryText.parse($0) } ?? [:] }

    /// The whole body; throws if it exceeds `limit` bytes.
    func bytes(upTo limit: Int) async throws -> [UInt8] {
        do {
            return Array(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw ConsoleProblem(
                status: 413, code: "tooLarge", "the body has more than \(limit) bytes",
                remedy:
                    "send less; the command line accepts larger messages: 'gateway dead-letters edit', 'gateway explain'"
            )
        }
    }

    /// String members of a JSON object body (or an empty body); other members are ignored.
    func fields(_ known: String...) async throws -> [String: String] {
        let bytes = try await bytes(upTo: 64 << 10)
        guard !bytes.isEmpty else { return [:] }
        let document: JSONDocument
        do throws(JSONSyntaxError) {
            document = try JSONParser().parse(bytes)
        } catch {
            throw ConsoleProblem.invalid(
                "the body is not JSON: \(error)", remedy: #"send an object such as {"reason": "…"}"#)
        }
        let given: [(name: String, text: String?)]? = document.withRoot { root in
            guard root.isObject else { return nil }
            return root.members.lazy.filter { !$0.value.isNull }.map { ($0.name.string ?? "", $0.value.string) }
        }
        let example = "send an object such as {\(known.map { "\"\($0)\": \"…\"" }.joined(separator: ", "))}"
        guard let given else { throw ConsoleProblem.invalid("the body is not a JSON object", remedy: example) }
        var fields: [String: String] = [:]
        for (name, text) in given {
            guard known.contains(name) else {
                let hint = Spelling.nearest(to: name, in: known).map { "did you mean '\($0)'? " } ?? ""
                throw ConsoleProblem.invalid("'\(name.prefix(80))' is unknown here", remedy: hint + example)
            }
            guard let text else { throw ConsoleProblem.invalid("'\(name)' is not a text", remedy: example) }
            fields[name] = text
        }
        return fields
    }
}

extension ConsoleContext {
    /// A decoded path parameter.
    func part(_ name: String) throws -> String {
        let raw = try parameters.require(name)
        guard let text = raw.removingPercentEncoding else {
            throw ConsoleProblem.invalid(
                "'\(raw)' in the address is not encoded as it must be", remedy: "write % as %25")
        }
        return text
    }
}
