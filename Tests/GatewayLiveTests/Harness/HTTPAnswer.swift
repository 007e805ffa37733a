import Ingest
import Contracts
import Foundation
import FoundationNetworking

/// The answer of a gateway's console.
struct HTTPAnswer: Sendable {
    let status: Int
    let text: String

    /// Nil where nobody answers within two seconds.
    static func get(_ path: String, port: UInt16) async -> HTTPAnswer? {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { return nil }
        guard let (data, response) = try? await session.data(from: url) else { return nil }
        guard let response = response as? HTTPURLResponse else { return nil }
        return HTTPAnswer(status: response.statusCode, text: String(decoding: data, as: UTF8.self))
    }

    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 2
        configuration.timeoutIntervalForResource = 2
        return URLSession(configuration: configuration)
    }()
}
