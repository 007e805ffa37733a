import CRabbitMQ
import Testing

@testable import RabbitMQ

@Suite("An error of AMQP says what happened and what to do")
struct AMQPErrorTests {
    private static let address = try! BrokerAddress(uri: "amqp://ana:s3cret@host/shop")

    @Test(
        "from the broker's reply code",
        arguments: [
            (
                403, "ACCESS_REFUSED - Login was refused using PLAIN", Stage.loggingIn, AMQPError.Code.accessRefused,
                "amqp://ana@host:5672/shop: ACCESS_REFUSED: wrong user name or password (403)"
            ),
            (
                403, "ACCESS_REFUSED - access to queue 'q' refused", .open, .accessRefused,
                "amqp://ana@host:5672/shop: ACCESS_REFUSED: access to queue 'q' refused; give the user permission "
                    + "(rabbitmqctl set_permissions) (403)"
            ),
            (
                530, "NOT_ALLOWED - vhost shop not found", .loggingIn, .notAllowed,
                "amqp://ana@host:5672/shop: NOT_ALLOWED: vhost shop not found; create the virtual host or give the user "
                    + "access to it (530)"
            ),
            (
                404, "NOT_FOUND - no queue 'q' in vhost 'shop'", .open, .notFound,
                "amqp://ana@host:5672/shop: NOT_FOUND: no queue 'q' in vhost 'shop' (404)"
            ),
            (
                320, "CONNECTION_FORCED - broker forced connection closure", .open, .closedByBroker,
                "amqp://ana@host:5672/shop: CONNECTION_FORCED: broker forced connection closure (320)"
            ),
            (405, "", .open, .locked, "amqp://ana@host:5672/shop: RESOURCE_LOCKED: closed by the broker (405)"),
            (999, "what", .open, .closedByBroker, "amqp://ana@host:5672/shop: CLOSED: what (999)"),
        ] as [(Int, String, Stage, AMQPError.Code, String)])
    func replies(_ number: Int, _ text: String, _ stage: Stage, _ code: AMQPError.Code, _ message: String) {
        let error = AMQPError(replyCode: number, text: text, stage: stage, address: Self.address)
        #expect(error.code == code)
        #expect(error.number == number)
        #expect(error.message == message)
    }

    @Test(
        "from the library's status",
        arguments: [
            (AMQP_STATUS_SOCKET_ERROR, Stage.connecting, AMQPError.Code.unreachable, "is the broker running"),
            (AMQP_STATUS_SOCKET_ERROR, .open, .connectionLost, "broke off"),
            (AMQP_STATUS_CONNECTION_CLOSED, .loggingIn, .unreachable, "does not speak AMQP"),
            (AMQP_STATUS_TIMEOUT, .connecting, .unreachable, "in time"),
            (AMQP_STATUS_TIMEOUT, .open, .timedOut, "in time"),
            (AMQP_STATUS_HEARTBEAT_TIMEOUT, .open, .connectionLost, "no heartbeat"),
            (AMQP_STATUS_BAD_AMQP_DATA, .open, .protocolViolation, "not valid AMQP"),
            (AMQP_STATUS_BAD_AMQP_DATA, .loggingIn, .protocolViolation, "does not speak AMQP"),
            (AMQP_STATUS_SSL_PEER_VERIFY_FAILED, .connecting, .tls, "RABBITMQ_TLS_CA_FILE"),
            (AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED, .connecting, .tls, "not for 'host'"),
            (AMQP_STATUS_NO_MEMORY, .open, .local, "out of memory"),
        ] as [(amqp_status_enum, Stage, AMQPError.Code, String)])
    func statuses(_ status: amqp_status_enum, _ stage: Stage, _ code: AMQPError.Code, _ part: String) {
        let error = AMQPError(status: status.rawValue, stage: stage, address: Self.address)
        #expect(error.code == code)
        #expect(error.number == Int(status.rawValue))
        #expect(error.message.hasPrefix("amqp://ana@host:5672/shop: "))
        #expect(error.message.contains(part), "\(error.message)")
    }

    @Test("without control characters of the broker's")
    func cleansText() {
        let text: [UInt8] = Array("a\u{1B}[31mb\r\nc".utf8) + [0xFF]
        let cleaned = text.withUnsafeBytes { bytes in
            String(amqp: amqp_bytes_t(len: bytes.count, bytes: UnsafeMutableRawPointer(mutating: bytes.baseAddress)))
        }
        #expect(cleaned == "a [31mb  c\u{FFFD}")
    }
}
