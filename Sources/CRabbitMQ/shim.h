#ifndef PROMO_CRABBITMQ_SHIM_H
#define PROMO_CRABBITMQ_SHIM_H

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

/// amqp_login_with_properties is variadic, which Swift cannot import. PLAIN login; lets the broker choose how many
/// channels there may be.
static inline amqp_rpc_reply_t promo_amqp_login(
    amqp_connection_state_t state, const char *virtual_host, int frame_max, int heartbeat,
    const amqp_table_t *client_properties, const char *username, const char *password) {
    return amqp_login_with_properties(
        state, virtual_host, 0, frame_max, heartbeat, client_properties, AMQP_SASL_METHOD_PLAIN, username, password);
}

#endif
