internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// HTTP client for a running gateway's console, used by the command line.
package enum ConsoleClient {
    package struct Answer: Sendable {
        package let status: Int
        package let body: [UInt8]
    }

    /// `token`: the console's access token, if it requires one. Throws if nothing answers in time, or the response is
    /// not from a console.
    package static func get(
        _ path: String, from address: ConsoleServer.Address, token: String? = nil, within limit: Duration
    ) async throws -> Answer {
        let milliseconds = Int64(limit / .milliseconds(1))
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.milliseconds(milliseconds))
        let channel = try await bootstrap.connect(host: address.host, port: address.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                    wrappingChannelSynchronously: channel)
            }
        }
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask {
                try await channel.executeThenClose { inbound, outbound in
                    var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
                    head.headers.add(name: "Host", value: "\(address.host):\(address.port)")
                    head.headers.add(name: "Connection", value: "close")
                    if let token { head.headers.add(name: "Authorization", value: "Bearer \(token)") }
                    try await outbound.write(.head(head))
                    try await outbound.write(.end(nil))
                    var status = 0
                    var body: [UInt8] = []
                    for try await part in inbound {
                        switch part {
                        case .head(let head): status = Int(head.status.code)
                        case .body(let bytes): body.append(contentsOf: bytes.readableBytesView)
                        case .end: return Answer(status: status, body: body)
                        }
                    }
                    throw ChannelError.eof
                }
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw ChannelError.connectTimeout(.milliseconds(milliseconds))
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw ChannelError.eof }
            return answer
        }
    }
}
