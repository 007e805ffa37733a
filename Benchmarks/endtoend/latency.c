// How long one message takes from its publication until its record is durable, one message at a time.
//
// usage: RABBITMQ_URI=… MONGODB_URI=… latency QUEUE DATABASE FILE
//
// Publishes the messages of FILE (one a line, one item each, I of a new key) one after the other. The clock starts just
// before basic.publish and stops when a find by _id with read concern "majority" returns the record: it is then durable.
// The finds follow one another with PAUSE in between, so the figure is too high by up to one pause and one round trip,
// and never too low. Beside each message a record of about the same size is inserted directly (w: majority, journaled),
// as a floor: what the store alone takes. The first WARM_UP messages are not counted.
//
// Prints {"messages", "p50", "p99", "max", "addedP50", "floorP50", "floorP99"}, in milliseconds; addedP50 is a pause
// and the round trip of a find.
#include <mongoc/mongoc.h>

#include "../limits/broker.h"

enum { WARM_UP = 50, PATIENCE = 30 };
static const struct timespec PAUSE = {.tv_nsec = 200 * 1000}, BETWEEN = {.tv_nsec = 3 * 1000 * 1000};

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(const double *sorted, size_t count, double share) {
    return 1000 * sorted[(size_t)(share * (count - 1))];
}

/// The value of `"code":"…"`, which is the key of the only item.
static void code_of(const char *line, size_t length, char code[64]) {
    static const char name[] = "\"code\":\"";
    const char *at = memmem(line, length, name, sizeof name - 1);
    if (!at) fail("a message has no code");
    at += sizeof name - 1;
    snprintf(code, 64, "%.*s", (int)strcspn(at, "\""), at);
}

typedef struct {
    amqp_connection_state_t broker;
    mongoc_collection_t *items, *bare;
    const char *queue;
    bson_t *majority, *durable;
    double *latency, *floor, *added;
} trial;

/// Finds once; true where the record is there, and durable.
static bool is_durable(trial *t, const bson_t *filter) {
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(t->items, filter, t->majority, NULL);
    const bson_t *found;
    bool is_there = mongoc_cursor_next(cursor, &found);
    bson_error_t error;
    if (mongoc_cursor_error(cursor, &error)) fail("find: %s", error.message);
    mongoc_cursor_destroy(cursor);
    return is_there;
}

static void one_message(trial *t, size_t number, size_t slot, char *line, size_t length) {
    char code[64], id[96], message_id[64];
    code_of(line, length, code);
    snprintf(id, sizeof id, "napse|%s", code);
    snprintf(message_id, sizeof message_id, "%s-%zu", t->queue, number);
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(id));

    double before_find = seconds_now();
    if (is_durable(t, filter)) fail("%s is there already", id);
    double began = seconds_now();
    publish(t->broker, t->queue, message_id, (amqp_bytes_t){.len = length, .bytes = line});
    while (!is_durable(t, filter)) {
        if (seconds_now() - began > PATIENCE) fail("%s did not come within %d s", id, PATIENCE);
        nanosleep(&PAUSE, NULL);
    }
    t->latency[slot] = seconds_now() - began;
    t->added[slot] = began - before_find + PAUSE.tv_nsec / 1e9;

    bson_t *document = BCON_NEW("_id", BCON_UTF8(id), "text", BCON_BIN(BSON_SUBTYPE_BINARY, (uint8_t *)line, length));
    bson_error_t error;
    double before_insert = seconds_now();
    if (!mongoc_collection_insert_one(t->bare, document, t->durable, NULL, &error)) fail("insert: %s", error.message);
    t->floor[slot] = seconds_now() - before_insert;
    bson_destroy(document);
    bson_destroy(filter);
    nanosleep(&BETWEEN, NULL);
}

int main(int argc, char **argv) {
    if (argc != 4) fail("usage: latency QUEUE DATABASE FILE");
    file_contents file = read_file(argv[3]);
    size_t room = 0, number = 0;
    for (size_t n = 0; n < file.length; n++) room += file.bytes[n] == '\n';
    if (room <= WARM_UP) fail("%s: more than %d messages are needed", argv[3], WARM_UP);
    mongoc_init();
    mongoc_client_t *client = mongoc_client_new(environment("MONGODB_URI"));
    if (!client) fail("MONGODB_URI is no URI");
    trial t = {
        .broker = connect_to_broker(),
        .items = mongoc_client_get_collection(client, argv[2], "item"),
        .bare = mongoc_client_get_collection(client, argv[2], "bare"),
        .queue = argv[1],
        .majority = BCON_NEW("readConcern", "{", "level", "majority", "}"),
        .durable = BCON_NEW("writeConcern", "{", "w", "majority", "j", BCON_BOOL(true), "}"),
        .latency = calloc(room, sizeof(double)),
        .floor = calloc(room, sizeof(double)),
        .added = calloc(room, sizeof(double)),
    };
    for (char *line = file.bytes, *end = file.bytes + file.length; line < end; number++) {
        size_t length = (char *)memchr(line, '\n', end - line) - line;
        // The slots of the warm-up are written again by what is counted.
        one_message(&t, number, number < WARM_UP ? 0 : number - WARM_UP, line, length);
        line += length + 1;
    }
    size_t count = number - WARM_UP;
    qsort(t.latency, count, sizeof(double), by_size);
    qsort(t.floor, count, sizeof(double), by_size);
    qsort(t.added, count, sizeof(double), by_size);
    printf("{\"messages\": %zu, \"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f, \"addedP50\": %.3f, "
           "\"floorP50\": %.3f, \"floorP99\": %.3f}\n",
           count, percentile(t.latency, count, 0.5), percentile(t.latency, count, 0.99),
           percentile(t.latency, count, 1), percentile(t.added, count, 0.5), percentile(t.floor, count, 0.5),
           percentile(t.floor, count, 0.99));
    amqp_connection_close(t.broker, AMQP_REPLY_SUCCESS);
}
