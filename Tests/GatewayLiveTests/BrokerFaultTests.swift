import Ingest
import Contracts
import Foundation
import RabbitMQ
import Testing

extension RouteLiveTests {
    @Suite("faults of the broker", .enabled(if: LiveServers.areOurs))
    struct BrokerFaults {
        @Test func `stop_app and start_app three times under load change nothing`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                let workload = try await route.underLoad(of: RouteWorkload(seed: 50)) {
                    for _ in 1...3 {
                        try await Task.sleep(for: .milliseconds(300))
                        try await route.servers.control("stop_app")
                        try await gateway.wait("/readyz tells of the broker") {
                            let readiness = await gateway.readiness()
                            return readiness?.isReady == false && readiness?.parts["rabbitMQ"]?.isOK == false
                        }
                        try await route.servers.control("start_app")
                        try await gateway.waitUntilReady()
                    }
                }
                try await route.finish(gateway, workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        @Test func `kill -9 of the broker and its restart under load change nothing`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                let workload = try await route.underLoad(of: RouteWorkload(seed: 55)) {
                    try await Task.sleep(for: .milliseconds(300))
                    try await route.servers.services("kill", .rabbitmq)
                    try await gateway.wait("/readyz tells of the broker") {
                        await gateway.readiness()?.parts["rabbitMQ"]?.isOK == false
                    }
                    try await route.servers.services("start", .rabbitmq)
                    try await gateway.waitUntilReady()
                    try await Task.sleep(for: .milliseconds(300))
                }
                try await route.finish(gateway, workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        @Test func `connections cut five times under load change nothing`() async throws {
            try await LiveRoute.with { route in
                let gateway = try await route.startReady()
                let workload = try await route.underLoad(of: RouteWorkload(seed: 80)) {
                    for number in 1...5 {
                        try await Task.sleep(for: .milliseconds(200))
                        try await route.servers.control("close_all_connections", "test \(number)")
                        try await gateway.waitUntilReady()
                    }
                }
                try await route.finish(gateway, workload)
                try await expectExactEffect(of: workload, on: route)
            }
        }

        @Test func `a wrong password, once it is set right, needs no restart`() async throws {
            try await LiveRoute.with { route in
                let user = route.queue
                try await route.servers.control("add_user", user, "right-at-first")
                try await route.servers.control("set_permissions", "-p", "/", user, ".*", ".*", ".*")
                let address = try BrokerAddress(uri: route.servers.brokerURI)
                let uri = "amqp://\(user):s3cret-word@\(address.host):\(address.port)/%2F"

                var workload = RouteWorkload(seed: 70)
                try await route.publish(workload.next(100))
                let gateway = try route.start(["RABBITMQ_URI": uri])
                var detail = ""
                try await gateway.wait("/readyz tells why") {
                    let readiness = await gateway.readiness()
                    detail = readiness?.parts["rabbitMQ"]?.detail ?? ""
                    return readiness?.status == 503 && detail.contains(user) && detail.contains("password")
                }
                print("route: /readyz says '\(detail)'")
                #expect(!detail.contains("s3cret-word"))
                #expect(detail.split(separator: "\(user)@").count == 2, "the address once: \(detail)")
                #expect(try await route.queueLength() == 100)

                try await route.servers.control("change_password", user, "s3cret-word")
                try await gateway.waitUntilReady()
                try await route.finish(gateway, workload)
                #expect(!gateway.output.contains("s3cret-word"))
                try await expectExactEffect(of: workload, on: route)
                try await route.servers.control("delete_user", user)
            }
        }
    }
}
