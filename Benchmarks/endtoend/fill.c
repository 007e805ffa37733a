// Fills a queue: one message for each line of a file.
//
// usage: RABBITMQ_URI=… fill QUEUE FILE PREFIX
//        RABBITMQ_URI=… fill QUEUE FILE --postings TYPE
//
// Messages are persistent, with the message-ids PREFIX-1, PREFIX-2, … As postings, a line is a message-id, a tab and a body,
// and a message has all the properties of a posting of the gateway. Ends once the broker has confirmed all of them, and prints
// {"items", "seconds", "cpu"}.
#include "../limits/broker.h"

static bool *is_confirmed; // by delivery tag
static size_t confirmed_count, lowest_unconfirmed = 1;

static void confirm(size_t tag, bool multiple) {
    for (size_t n = multiple ? lowest_unconfirmed : tag; n <= tag; n++) {
        confirmed_count += !is_confirmed[n];
        is_confirmed[n] = true;
    }
    while (is_confirmed[lowest_unconfirmed]) lowest_unconfirmed++;
}

/// Takes the confirms that have come; with `patience` NULL, waits for at least one.
static void take_confirms(amqp_connection_state_t connection, struct timeval *patience) {
    static struct timeval none = {0, 0};
    amqp_frame_t frame;
    for (int status; (status = amqp_simple_wait_frame_noblock(connection, &frame, patience)) != AMQP_STATUS_TIMEOUT;) {
        expect_status(status, "waiting for confirms");
        if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
            fail("the broker did not take a message: is the queue there?");
        }
        const amqp_basic_ack_t *ack = frame.payload.method.decoded;
        confirm(ack->delivery_tag, ack->multiple);
        amqp_maybe_release_buffers(connection);
        patience = &none;
    }
}

/// The line's message-id, tab and body.
static void publish_posting(
    amqp_connection_state_t connection, const char *queue, const char *type, char *line, char *line_end) {
    char *tab = memchr(line, '\t', line_end - line);
    if (!tab) fail("a line has no tab");
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG
            | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_APP_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG,
        .delivery_mode = AMQP_DELIVERY_PERSISTENT,
        .message_id = {.len = tab - line, .bytes = line},
        .content_type = amqp_cstring_bytes("application/json"),
        .type = amqp_cstring_bytes(type),
        .app_id = amqp_cstring_bytes("promo-gateway"),
        .timestamp = time(NULL),
    };
    amqp_bytes_t body = {.len = line_end - tab - 1, .bytes = tab + 1};
    int status = amqp_basic_publish(
        connection, CHANNEL, amqp_empty_bytes, amqp_cstring_bytes(queue), true, false, &properties, body);
    expect_status(status, "publishing");
}

int main(int argc, char **argv) {
    bool as_postings = argc == 5 && strcmp(argv[3], "--postings") == 0;
    if (argc != 4 && !as_postings) fail("usage: fill QUEUE FILE PREFIX | fill QUEUE FILE --postings TYPE");
    file_contents file = read_file(argv[2]);
    size_t lines = 0;
    for (size_t n = 0; n < file.length; n++) lines += file.bytes[n] == '\n';
    is_confirmed = calloc(lines + 2, sizeof *is_confirmed);
    amqp_connection_state_t connection = connect_to_broker();
    amqp_confirm_select(connection, CHANNEL);
    expect_reply(connection, "confirm.select");

    struct timeval none = {0, 0};
    double began = seconds_now(), cpu_began = cpu_now();
    size_t sent = 0;
    for (char *line = file.bytes, *end = file.bytes + file.length; line < end;) {
        char *line_end = memchr(line, '\n', end - line);
        if (!line_end) fail("%s: the last line has no end", argv[2]);
        sent++;
        if (as_postings) {
            publish_posting(connection, argv[1], argv[4], line, line_end);
        } else {
            char message_id[64];
            snprintf(message_id, sizeof message_id, "%s-%zu", argv[3], sent);
            publish(connection, argv[1], message_id, (amqp_bytes_t){.len = line_end - line, .bytes = line});
        }
        if (sent % 256 == 0) take_confirms(connection, &none);
        line = line_end + 1;
    }
    while (confirmed_count < sent) take_confirms(connection, NULL);
    print_measured(sent, seconds_now() - began, cpu_now() - cpu_began);
    amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
}
