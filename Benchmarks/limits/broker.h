// A connection with one channel to the broker that RABBITMQ_URI names.
#pragma once

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdbool.h>
#include <string.h>

#include "common.h"

enum { CHANNEL = 1, FRAME_MAX = 131072 };

static inline void expect_reply(amqp_connection_state_t connection, const char *step) {
    if (amqp_get_rpc_reply(connection).reply_type != AMQP_RESPONSE_NORMAL) fail("the broker refused: %s", step);
}

static inline void expect_status(int status, const char *step) {
    if (status < 0) fail("%s: %s", step, amqp_error_string2(status));
}

static inline amqp_connection_state_t connect_to_broker(void) {
    char *uri = strdup(environment("RABBITMQ_URI")); // is cut up, and lives as long as the parts
    struct amqp_connection_info parts;
    expect_status(amqp_parse_url(uri, &parts), "RABBITMQ_URI");
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    expect_status(amqp_socket_open(socket, parts.host, parts.port), "connecting to the broker");
    amqp_rpc_reply_t reply = amqp_login(
        connection, parts.vhost, 0, FRAME_MAX, 0, AMQP_SASL_METHOD_PLAIN, parts.user, parts.password);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail("the broker refused the login");
    amqp_channel_open(connection, CHANNEL);
    expect_reply(connection, "channel.open");
    return connection;
}

/// Persistent and with a message-id, as senders of catalog messages are asked to do.
static inline void publish(
    amqp_connection_state_t connection, const char *queue, const char *message_id, amqp_bytes_t body) {
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG,
        .delivery_mode = AMQP_DELIVERY_PERSISTENT,
        .message_id = amqp_cstring_bytes(message_id),
    };
    int status = amqp_basic_publish(
        connection, CHANNEL, amqp_empty_bytes, amqp_cstring_bytes(queue), true, false, &properties, body);
    expect_status(status, "publishing");
}
