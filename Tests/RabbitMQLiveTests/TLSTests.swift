import Contracts
import Foundation
import RabbitMQ
import Testing

extension RabbitMQLiveTests {
    @Suite("over TLS", .enabled(if: LiveBroker.isOurs))
    struct TLSTests {
        /// Opens a TLS port on the broker, with a certificate for `localhost` made for the occasion.
        private static let openPort = """
            Strong = [{key, {rsa, 2048, 65537}}, {digest, sha256}],
            Name = {'Extension', {2,5,29,17}, false, [{dNSName, "localhost"}]},
            #{server_config := S, client_config := C} = public_key:pkix_test_data(#{
              server_chain => #{root => Strong, intermediates => [], peer => [{extensions, [Name]} | Strong]},
              client_chain => #{root => Strong, intermediates => [], peer => Strong}}),
            {ok, Socket} = gen_tcp:listen(0, [{ip, {127,0,0,1}}]), {ok, Port} = inet:port(Socket), gen_tcp:close(Socket),
            ok = rabbit_networking:start_ssl_listener({"127.0.0.1", Port},
              [{cert, proplists:get_value(cert, S)}, {key, proplists:get_value(key, S)}], 1),
            [Authority | _] = proplists:get_value(cacerts, C),
            io:format("~b ~s~n", [Port, base64:encode(Authority)]).
            """

        @Test("it consumes and publishes, and trusts no stranger")
        func everything() async throws {
            let answer = try await LiveBroker.control("eval", Self.openPort).split(separator: "\n")[0].split(
                separator: " ")
            let port = try #require(Int(answer[0]))
            let authorityFile = FileManager.default.temporaryDirectory.appending(path: "ca-\(UUID().uuidString).pem")
                .path
            let pem = "-----BEGIN CERTIFICATE-----\n\(answer[1])\n-----END CERTIFICATE-----\n"
            // OpenSSL wants its lines short.
            try String(pem.split(separator: "\n").map { Self.folded($0) }.joined(separator: "\n") + "\n")
                .write(toFile: authorityFile, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: authorityFile) }

            func address(_ host: String, _ tls: BrokerAddress.TLS) throws -> BrokerAddress {
                let plain = try LiveBroker.address()
                return try BrokerAddress(
                    host: host, port: port, virtualHost: plain.virtualHost, username: plain.username,
                    password: plain.password, tls: tls)
            }
            func failure(_ address: BrokerAddress) async throws -> AMQPError? {
                await #expect(throws: AMQPError.self) { try await Topology(address: address).queue("q") }
            }

            let good = try address("localhost", .init(authorityFile: authorityFile))
            let large = [UInt8](repeating: 66, count: 3_000_000)
            try await LiveBroker.withQueue { queue in
                let publisher = PublisherConnection(address: good, logger: LiveBroker.logger)
                var postings = (0..<2000).map { Posting.numbered($0, to: queue) }
                postings.append(Posting(routingKey: queue, body: large, properties: .init()))
                #expect(await publisher.publish(postings).allSatisfy { $0 == .confirmed })
                await publisher.close()

                var consumer = try Consumer(queue, prefetch: 50, address: good)
                for first in stride(from: 0, to: 2000, by: 50) {
                    let deliveries = try await consumer.deliveries(50)
                    #expect(deliveries.map(\.number) == Array(first..<first + 50))
                    consumer.source.acknowledge(upTo: deliveries[49].tag)
                }
                #expect(try await consumer.deliveries(1)[0].body == large)
                await consumer.source.close()
            }

            let stranger = try await failure(try address("localhost", .init()))
            #expect(stranger?.code == .tls && stranger?.message.contains("rabbitMQ.tls.caFile") == true)
            let otherHost = try await failure(try address("127.0.0.1", .init(authorityFile: authorityFile)))
            #expect(otherHost?.code == .tls && otherHost?.message.contains("not for '127.0.0.1'") == true)
            let noFile = try await failure(try address("localhost", .init(authorityFile: "/no/such/file")))
            #expect(noFile?.code == .tls && noFile?.message.contains("/no/such/file") == true)
            let unverified = try await failure(try address("127.0.0.1", .init(verifiesPeer: false)))
            #expect(unverified?.code == .notFound)
            let plainPort = try LiveBroker.address()
            let notTLS = try await failure(
                try BrokerAddress(host: plainPort.host, port: Int(plainPort.port), tls: .init(verifiesPeer: false)))
            #expect(notTLS?.code == .tls)
            let notPlain = try await failure(try BrokerAddress(host: "localhost", port: port))
            #expect(notPlain?.message.contains("TLS on or off") == true)

            // It waits for connections in the middle of a handshake, for a minute and more: not awaited.
            try await LiveBroker.control(
                "eval", "spawn(fun() -> ranch:stop_listener({acceptor, {127,0,0,1}, \(port)}) end).")
        }

        private static func folded(_ line: Substring) -> String {
            stride(from: 0, to: line.count, by: 64).map { line.dropFirst($0).prefix(64) }.joined(separator: "\n")
        }
    }
}
