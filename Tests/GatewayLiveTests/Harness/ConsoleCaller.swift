import Ingest
import Contracts
import JSON
import Foundation
import FoundationNetworking
import Testing

/// Somebody who uses a gateway's console over HTTP.
struct ConsoleCaller: Sendable {
    let port: UInt16
    /// Sent with every request.
    var headers: [String: String] = [:]

    struct Answer: Sendable {
        let status: Int
        let text: String
        let headers: [String: String]

        /// The text at a place of the answer.
        func string(_ pointer: JSONPointer) -> String? {
            (try? JSONParser().parse(text))?.withRoot { pointer.resolve(in: $0)?.string }
        }
    }

    /// `body`: JSON text; nil for GET.
    func call(_ path: String, _ body: String? = nil, _ more: [String: String] = [:]) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
        if let body {
            request.httpMethod = "POST"
            request.httpBody = Data(body.utf8)
        }
        for (name, value) in headers.merging(more, uniquingKeysWith: { _, new in new }) {
            request.setValue(value, forHTTPHeaderField: name)
        }
        let (data, response) = try await Self.session.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        var headers: [String: String] = [:]
        for (name, value) in answer.allHeaderFields { headers["\(name)".lowercased()] = "\(value)" }
        return Answer(status: answer.statusCode, text: String(decoding: data, as: UTF8.self), headers: headers)
    }

    /// With what a page without a token sends back.
    static func open(_ port: UInt16) async throws -> ConsoleCaller {
        var caller = ConsoleCaller(port: port)
        let session = try await caller.call("/api/session")
        caller.headers["X-CSRF-Token"] = session.string("/csrf")
        return caller
    }

    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        return URLSession(configuration: configuration)
    }()
}
