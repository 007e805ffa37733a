// How fast a queue can be emptied by librabbitmq alone.
//
// usage: RABBITMQ_URI=… drain QUEUE MESSAGES PREFETCH
//
// Takes MESSAGES from QUEUE and looks at none of them; acknowledges with `multiple` each time half of PREFETCH is
// unacknowledged. The clock runs from the first delivery to the last acknowledgement.
// Prints {"items", "seconds", "cpu"}.
#include "broker.h"

int main(int argc, char **argv) {
    if (argc != 4) fail("usage: drain QUEUE MESSAGES PREFETCH");
    size_t messages = positive(argv[2]), prefetch = positive(argv[3]);
    amqp_connection_state_t connection = connect_to_broker();
    amqp_basic_qos(connection, CHANNEL, 0, prefetch, false);
    expect_reply(connection, "basic.qos");
    amqp_basic_consume(
        connection, CHANNEL, amqp_cstring_bytes(argv[1]), amqp_empty_bytes, false, false, false, amqp_empty_table);
    expect_reply(connection, "basic.consume");

    double began = 0, cpu_began = 0;
    size_t acknowledge_each = prefetch > 1 ? prefetch / 2 : 1;
    for (size_t taken = 1; taken <= messages; taken++) {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection);
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, NULL, 0);
        if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail("no message %zu came", taken);
        if (taken == 1) {
            began = seconds_now();
            cpu_began = cpu_now();
        }
        if (taken % acknowledge_each == 0 || taken == messages) {
            expect_status(amqp_basic_ack(connection, CHANNEL, envelope.delivery_tag, true), "acknowledging");
        }
        amqp_destroy_envelope(&envelope);
    }
    print_measured(messages - 1, seconds_now() - began, cpu_now() - cpu_began);
    amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
}
