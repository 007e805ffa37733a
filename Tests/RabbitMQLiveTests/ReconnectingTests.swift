import Contracts
import Foundation
import RabbitMQ
import Testing

extension RabbitMQLiveTests {
    @Suite("comes back", .enabled(if: LiveBroker.isOurs))
    struct Reconnecting {
        private func options(heartbeat: Int = 30) -> ConsumerOptions {
            var options = ConsumerOptions()
            options.heartbeat = heartbeat
            options.backoff = Backoff(least: .milliseconds(50), most: .milliseconds(500))
            return options
        }

        @Test("after its connection was closed, dropping acknowledgements for the old channel")
        func closedConnection() async throws {
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.publish(count: 5, to: queue)
                var consumer = try Consumer(queue, options: options())
                let old = try await consumer.deliveries(5)
                try await LiveBroker.control("close_all_connections", "test closes")
                let reason = try await consumer.waitUntilDown()
                #expect(reason.contains("CONNECTION_FORCED") && reason.contains("test closes"), "\(reason)")
                consumer.source.acknowledge(upTo: old[4].tag)
                let again = try await consumer.deliveries(5)
                consumer.source.acknowledge(upTo: old[4].tag)
                #expect(again.map(\.number) == [0, 1, 2, 3, 4])
                #expect(again.allSatisfy { $0.isRedelivered })
                #expect(again[0].tag.channel > old[0].tag.channel)
                #expect(consumer.source.health.state == .up)
                await consumer.source.close()
                #expect(try await Topology(address: LiveBroker.address()).queue(queue).messageCount == 5)
            }
        }

        @Test("when its queue is made anew after it was deleted")
        func deletedQueue() async throws {
            let topology = Topology(address: try LiveBroker.address())
            try await LiveBroker.withQueue { queue in
                var consumer = try Consumer(queue, options: options())
                try await consumer.waitUntilUp()
                try await topology.deleteQueue(queue)
                var reason = try await consumer.waitUntilDown()
                #expect(reason.contains("'\(queue)' was deleted"), "\(reason)")
                reason = try await consumer.waitUntilDown()
                #expect(reason.contains("NOT_FOUND: no queue '\(queue)'") && reason.contains("(404)"), "\(reason)")
                try await topology.declareQueue(queue)
                try await consumer.waitUntilUp()
                try await LiveBroker.publish(count: 1, to: queue)
                _ = try await consumer.deliveries(1)
                await consumer.source.close()
            }
        }

        @Test("when its password is corrected on the broker")
        func wrongPassword() async throws {
            let user = "test-\(UUID().uuidString)"
            try await LiveBroker.control("add_user", user, "right")
            try await LiveBroker.control("set_permissions", "-p", "/", user, ".*", ".*", ".*")
            try await LiveBroker.withQueue { queue in
                let address = try LiveBroker.address(username: user, password: "s3cret")
                var consumer = try Consumer(queue, address: address, options: options())
                let reason = try await consumer.waitUntilDown()
                #expect(reason.hasSuffix("ACCESS_REFUSED: wrong user name or password (403)"), "\(reason)")
                #expect(!reason.contains("s3cret"))
                try await LiveBroker.control("change_password", user, "s3cret")
                try await consumer.waitUntilUp()
                await consumer.source.close()
            }
            try await LiveBroker.control("delete_user", user)
        }

        @Test("when its virtual host and permission are made")
        func missingVirtualHost() async throws {
            let name = "test-\(UUID().uuidString)"
            let address = try LiveBroker.address(virtualHost: name)
            var consumer = try Consumer("q", address: address, options: options())
            var reason = try await consumer.waitUntilDown()
            #expect(reason.contains("NOT_ALLOWED: vhost \(name) not found") && reason.contains("(530)"), "\(reason)")
            try await LiveBroker.control("add_vhost", name)
            reason = try await consumer.waitUntilDown()
            #expect(reason.contains("NOT_ALLOWED: access to vhost '\(name)' refused"), "\(reason)")
            try await LiveBroker.control("set_permissions", "-p", name, address.username, ".*", ".*", ".*")
            reason = try await consumer.waitUntilDown()
            #expect(reason.contains("NOT_FOUND"), "\(reason)")
            await consumer.source.close()
            try await LiveBroker.control("delete_vhost", name)
        }

        @Test("when the broker was stopped and started")
        func restarted() async throws {
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.publish(count: 3, to: queue)
                var consumer = try Consumer(queue, options: options())
                _ = try await consumer.deliveries(3)
                try await LiveBroker.control("stop_app")
                _ = try await consumer.waitUntilDown()
                try await LiveBroker.control("start_app")
                try await consumer.waitUntilUp()
                let again = try await consumer.deliveries(3)
                #expect(again.map(\.number) == [0, 1, 2])
                consumer.source.acknowledge(upTo: again[2].tag)
                await consumer.source.close()
            }
        }

        @Test("when the broker has hung for a while")
        func frozen() async throws {
            try await LiveBroker.withQueue { queue in
                try await LiveBroker.publish(count: 3, to: queue)
                var consumer = try Consumer(queue, options: options(heartbeat: 2))
                _ = try await consumer.deliveries(3)
                let pid = try await LiveBroker.processID()
                let clock = ContinuousClock()
                let began = clock.now
                kill(pid, SIGSTOP)
                defer { kill(pid, SIGCONT) }
                let reason = try await consumer.waitUntilDown()
                let took = began.duration(to: clock.now)
                #expect(reason.contains("no heartbeat"), "\(reason)")
                #expect(took < .seconds(15), "\(took)")
                kill(pid, SIGCONT)
                let again = try await consumer.deliveries(3)
                #expect(again.map(\.number) == [0, 1, 2])
                await consumer.source.close()
            }
        }
    }
}
