internal import CRabbitMQ

/// What the connection was doing when an error occurred: the same code has different remedies.
enum Stage {
    case connecting
    case loggingIn
    case open
}

extension AMQPError {
    /// From a (negative) librabbitmq status code.
    init(status: CInt, stage: Stage, address: BrokerAddress) {
        let (code, what) = Self.meaning(of: amqp_status_enum(rawValue: status), stage: stage, address: address)
        self.init(code, number: Int(status), "\(address): \(what)")
    }

    /// From the reply to a request, which must not be `.NORMAL`.
    init(reply: amqp_rpc_reply_t, stage: Stage, address: BrokerAddress) {
        guard reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION else {
            self.init(status: reply.library_error, stage: stage, address: address)
            return
        }
        self.init(closingMethod: reply.reply, stage: stage, address: address)
    }

    /// From `connection.close` or `channel.close`.
    init(closingMethod method: amqp_method_t, stage: Stage, address: BrokerAddress) {
        var number = 0
        var text = ""
        switch method.id {
        case AMQP_CONNECTION_CLOSE_METHOD:
            if let close = method.decoded?.assumingMemoryBound(to: amqp_connection_close_t.self).pointee {
                (number, text) = (Int(close.reply_code), String(amqp: close.reply_text))
            }
        case AMQP_CHANNEL_CLOSE_METHOD:
            if let close = method.decoded?.assumingMemoryBound(to: amqp_channel_close_t.self).pointee {
                (number, text) = (Int(close.reply_code), String(amqp: close.reply_text))
            }
        default: break
        }
        self.init(replyCode: number, text: text, stage: stage, address: address)
    }

    /// From an AMQP reply code. The broker's text is shown; only a reserved name is recognized by it.
    init(replyCode: Int, text: String, stage: Stage, address: BrokerAddress) {
        let (code, name) = Self.meaning(ofReply: replyCode)
        var words = text
        if words.hasPrefix(name + " - ") { words.removeFirst(name.count + 3) }
        let message: String =
            switch (replyCode, stage) {
            case (403, .loggingIn): "wrong user name or password"
            case (403, _) where words.contains("'amq.*'"):
                "\(words), which is the broker's own; choose a name that does not begin with amq."
            case (403, _): "\(words); give the user permission (rabbitmqctl set_permissions)"
            case (530, .loggingIn): "\(words); create the virtual host or give the user access to it"
            default: words.isEmpty ? "closed by the broker" : words
            }
        self.init(code, number: replyCode, "\(address): \(name): \(message) (\(replyCode))")
    }

    private static func meaning(ofReply code: Int) -> (Code, name: String) {
        switch code {
        case 311: (.preconditionFailed, "CONTENT_TOO_LARGE")
        case 312: (.notFound, "NO_ROUTE")
        case 313: (.notFound, "NO_CONSUMERS")
        case 320: (.closedByBroker, "CONNECTION_FORCED")
        case 402: (.notFound, "INVALID_PATH")
        case 403: (.accessRefused, "ACCESS_REFUSED")
        case 404: (.notFound, "NOT_FOUND")
        case 405: (.locked, "RESOURCE_LOCKED")
        case 406: (.preconditionFailed, "PRECONDITION_FAILED")
        case 501: (.protocolViolation, "FRAME_ERROR")
        case 502: (.protocolViolation, "SYNTAX_ERROR")
        case 503: (.protocolViolation, "COMMAND_INVALID")
        case 504: (.protocolViolation, "CHANNEL_ERROR")
        case 505: (.protocolViolation, "UNEXPECTED_FRAME")
        case 506: (.closedByBroker, "RESOURCE_ERROR")
        case 530: (.notAllowed, "NOT_ALLOWED")
        case 540: (.closedByBroker, "NOT_IMPLEMENTED")
        case 541: (.closedByBroker, "INTERNAL_ERROR")
        default: (.closedByBroker, "CLOSED")
        }
    }

    private static func meaning(
        of status: amqp_status_enum, stage: Stage, address: BrokerAddress
    ) -> (Code, String) {
        let notAMQP =
            "it does not speak AMQP 0-9-1 on this port; is it the right one, and is TLS on or off as it should?"
        switch status {
        case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED:
            return (.unreachable, "the host name cannot be resolved; check it, and the name service")
        case AMQP_STATUS_TIMEOUT:
            return stage == .connecting
                ? (.unreachable, "no connection in time; check host and port, and what lies between")
                : (.timedOut, "the broker did not answer in time")
        case AMQP_STATUS_HEARTBEAT_TIMEOUT:
            return (.connectionLost, "no heartbeat from the broker any more: it hangs, or the network is cut")
        case AMQP_STATUS_CONNECTION_CLOSED, AMQP_STATUS_SOCKET_CLOSED, AMQP_STATUS_SOCKET_ERROR, AMQP_STATUS_TCP_ERROR:
            switch stage {
            case .connecting: return (.unreachable, "no connection; is the broker running, are host and port right?")
            case .loggingIn: return (.unreachable, "the connection was closed during the login; " + notAMQP)
            case .open: return (.connectionLost, "the connection broke off")
            }
        case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
            return (
                .tls,
                "the broker's certificate is not trusted: it has expired, is not valid yet, or is signed by an authority that"
                    + " is not known here; check its dates ('openssl s_client -connect \(address.host):\(address.port)'), and"
                    + " name the authority's file with rabbitMQ.tls.caFile (RABBITMQ_TLS_CA_FILE)"
            )
        case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
            return (
                .tls,
                "the certificate is not for '\(address.host)'; connect by a name that is in it (an IP address never counts)"
            )
        case AMQP_STATUS_SSL_CONNECTION_FAILED, AMQP_STATUS_SSL_ERROR, AMQP_STATUS_SSL_SET_ENGINE_FAILED:
            return stage == .open
                ? (.connectionLost, "the TLS connection broke off")
                : (
                    .tls,
                    "the TLS handshake failed: the port does not speak TLS 1.2 or later, or the broker asks for a client"
                        + " certificate (fail_if_no_peer_cert), which the gateway does not have"
                )
        case AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION:
            return (.protocolViolation, notAMQP)
        case AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD:
            return (.accessRefused, "the broker does not take user name and password (PLAIN); enable that mechanism")
        case AMQP_STATUS_BAD_AMQP_DATA, AMQP_STATUS_UNKNOWN_CLASS, AMQP_STATUS_UNKNOWN_METHOD, AMQP_STATUS_WRONG_METHOD,
            AMQP_STATUS_UNEXPECTED_STATE:
            return stage == .open
                ? (.protocolViolation, "the broker sent a frame that is not valid AMQP 0-9-1, or too large")
                : (.protocolViolation, notAMQP)
        case AMQP_STATUS_TABLE_TOO_BIG:
            return (.unsendable, "the headers do not fit into one frame")
        case AMQP_STATUS_NO_MEMORY:
            return (.local, "out of memory")
        default:
            return (.local, String(cString: amqp_error_string2(status.rawValue)))
        }
    }
}

extension String {
    /// Broker text for display: repaired UTF-8 without control characters.
    init(amqp bytes: amqp_bytes_t) {
        let buffer = UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.bytes == nil ? 0 : bytes.len)
        self = String(decoding: buffer, as: UTF8.self)
        if utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            unicodeScalars = UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 })
        }
    }
}
