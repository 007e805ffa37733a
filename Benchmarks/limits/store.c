// What the store takes from libmongoc alone, with ready-made documents: no broker, no JSON, no validation.
//
// usage: MONGODB_URI=… store load|find|update|update-in-transactions DATABASE FILE CONNECTIONS
//
//   load                     documents of FILE, each 1,000 in one transaction: find {_id: {$in}} (which is empty),
//                            insert, one record in gateway.ledger
//   find                     documents of FILE by their ids, each 1,000 in one find {_id: {$in}}
//   update                   pairs {q, u} of FILE as update_one, each 1,000 in one ordered bulk, no transaction
//   update-in-transactions   the same bulks, each in a transaction
//
// Works on the collection item of DATABASE. Transactions read a snapshot and commit with w: majority, journaled, as the
// gateway's do. CONNECTIONS threads with a connection each take the batches in turn; the clock runs from when all are
// connected to when the last has ended. Prints {"items", "seconds", "cpu"}.
#include <mongoc/mongoc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "common.h"

enum { BATCH = 1000 };

typedef enum { LOAD, FIND, UPDATE, UPDATE_IN_TRANSACTIONS } work;
static const char *const WORDS[] = {"load", "find", "update", "update-in-transactions"};

static work the_work;
static const char *database;
static mongoc_uri_t *uri;
static bson_t *documents;
static size_t document_count;
static atomic_size_t next_document;
static pthread_barrier_t all_connected;

typedef struct {
    mongoc_client_t *client;
    mongoc_collection_t *items, *ledger;
    mongoc_client_session_t *session; // NULL where there are no transactions
    bson_t in_session;                // options of a call inside the transaction
} connection;

static void must(bool is_done, const char *step, const bson_error_t *error) {
    if (!is_done) fail("%s: %s", step, error->message);
}

static uint32_t length_at(const char *document) {
    uint32_t length;
    memcpy(&length, document, sizeof length);
    length = BSON_UINT32_FROM_LE(length);
    return length < 5 ? 5 : length; // the shortest document; one that is wrong is found by bson_init_static
}

static void read_documents(const char *path) {
    file_contents file = read_file(path);
    for (size_t at = 0; at + 5 <= file.length; at += length_at(file.bytes + at)) document_count++;
    documents = aligned_alloc(_Alignof(bson_t), document_count * sizeof(bson_t));
    char *at = file.bytes, *end = file.bytes + file.length;
    for (size_t n = 0; n < document_count; n++) {
        uint32_t length = length_at(at);
        if (length > (size_t)(end - at) || !bson_init_static(&documents[n], (uint8_t *)at, length)) {
            fail("%s: no document at byte %td", path, at - file.bytes);
        }
        at += length;
    }
}

static void open_connection(connection *c) {
    bson_error_t error;
    c->client = mongoc_client_new_from_uri(uri);
    c->items = mongoc_client_get_collection(c->client, database, "item");
    c->ledger = mongoc_client_get_collection(c->client, database, "gateway.ledger");
    mongoc_write_concern_t *durable = mongoc_write_concern_new();
    mongoc_write_concern_set_w(durable, MONGOC_WRITE_CONCERN_W_MAJORITY);
    mongoc_write_concern_set_journal(durable, true);
    bson_init(&c->in_session);
    if (the_work == LOAD || the_work == UPDATE_IN_TRANSACTIONS) {
        mongoc_read_concern_t *snapshot = mongoc_read_concern_new();
        mongoc_read_concern_set_level(snapshot, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
        mongoc_transaction_opt_t *transaction = mongoc_transaction_opts_new();
        mongoc_transaction_opts_set_read_concern(transaction, snapshot);
        mongoc_transaction_opts_set_write_concern(transaction, durable);
        mongoc_session_opt_t *settings = mongoc_session_opts_new();
        mongoc_session_opts_set_causal_consistency(settings, false);
        mongoc_session_opts_set_default_transaction_opts(settings, transaction);
        c->session = mongoc_client_start_session(c->client, settings, &error);
        must(c->session, "starting a session", &error);
        must(mongoc_client_session_append(c->session, &c->in_session, &error), "using the session", &error);
    } else {
        mongoc_collection_set_write_concern(c->items, durable);
    }
    bson_t ping = BSON_INITIALIZER;
    BSON_APPEND_INT32(&ping, "ping", 1);
    must(mongoc_client_command_simple(c->client, database, &ping, NULL, NULL, &error), "ping", &error);
}

/// Reads the documents with the batch's ids and returns how many there are.
static size_t find(connection *c, const bson_t *batch, size_t count) {
    bson_t filter = BSON_INITIALIZER, condition, ids, options;
    BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &condition);
    BSON_APPEND_ARRAY_BEGIN(&condition, "$in", &ids);
    for (size_t n = 0; n < count; n++) {
        char room[16];
        const char *name;
        size_t length = bson_uint32_to_string(n, &name, room, sizeof room);
        bson_iter_t id;
        if (!bson_iter_init_find(&id, &batch[n], "_id")) fail("a document has no _id");
        bson_append_value(&ids, name, (int)length, bson_iter_value(&id));
    }
    bson_append_array_end(&condition, &ids);
    bson_append_document_end(&filter, &condition);
    bson_copy_to(&c->in_session, &options);
    BSON_APPEND_INT32(&options, "batchSize", BATCH + 1); // all of them in the first answer

    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(c->items, &filter, &options, NULL);
    const bson_t *found;
    size_t found_count = 0;
    while (mongoc_cursor_next(cursor, &found)) found_count++;
    bson_error_t error;
    must(!mongoc_cursor_error(cursor, &error), "find", &error);
    mongoc_cursor_destroy(cursor);
    bson_destroy(&options);
    bson_destroy(&filter);
    return found_count;
}

static void insert(connection *c, const bson_t *batch, size_t count) {
    bson_error_t error;
    mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(c->items, &c->in_session);
    bson_t unchecked = BSON_INITIALIZER;
    BSON_APPEND_BOOL(&unchecked, "validate", false);
    for (size_t n = 0; n < count; n++) {
        must(mongoc_bulk_operation_insert_with_opts(bulk, &batch[n], &unchecked, &error), "insert", &error);
    }
    must(mongoc_bulk_operation_execute(bulk, NULL, &error), "insert", &error);
    mongoc_bulk_operation_destroy(bulk);
}

/// A row as the gateway writes it for each message.
static void insert_ledger_row(connection *c, size_t first, size_t count) {
    char id[64];
    uint8_t hash[32] = {0};
    snprintf(id, sizeof id, "queue||message-%zu", first);
    bson_t row = BSON_INITIALIZER, outcomes;
    BSON_APPEND_UTF8(&row, "_id", id);
    BSON_APPEND_BINARY(&row, "hash", BSON_SUBTYPE_BINARY, hash, sizeof hash);
    BSON_APPEND_INT64(&row, "items", count);
    BSON_APPEND_INT64(&row, "settled", count);
    BSON_APPEND_DOCUMENT_BEGIN(&row, "outcomes", &outcomes);
    BSON_APPEND_INT64(&outcomes, "inserted", count);
    bson_append_document_end(&row, &outcomes);
    BSON_APPEND_DATE_TIME(&row, "at", (int64_t)time(NULL) * 1000);
    bson_error_t error;
    must(mongoc_collection_insert_one(c->ledger, &row, &c->in_session, NULL, &error), "ledger", &error);
    bson_destroy(&row);
}

static void update(connection *c, const bson_t *batch, size_t count) {
    bson_error_t error;
    mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(c->items, &c->in_session);
    bson_t unchecked = BSON_INITIALIZER, reply;
    BSON_APPEND_BOOL(&unchecked, "validate", false);
    for (size_t n = 0; n < count; n++) {
        bson_iter_t field;
        const uint8_t *bytes;
        uint32_t length;
        bson_t selector, change;
        if (!bson_iter_init_find(&field, &batch[n], "q")) fail("an update has no q");
        bson_iter_document(&field, &length, &bytes);
        bson_init_static(&selector, bytes, length);
        if (!bson_iter_init_find(&field, &batch[n], "u")) fail("an update has no u");
        bson_iter_document(&field, &length, &bytes);
        bson_init_static(&change, bytes, length);
        must(mongoc_bulk_operation_update_one_with_opts(bulk, &selector, &change, &unchecked, &error),
             "update", &error);
    }
    must(mongoc_bulk_operation_execute(bulk, &reply, &error), "update", &error);
    bson_iter_t modified;
    if (!bson_iter_init_find(&modified, &reply, "nModified") || bson_iter_as_int64(&modified) != (int64_t)count) {
        fail("an update changed nothing: was the collection loaded with other values?");
    }
    bson_destroy(&reply);
    mongoc_bulk_operation_destroy(bulk);
}

static void do_batch(connection *c, size_t first, size_t count) {
    const bson_t *batch = &documents[first];
    bson_error_t error;
    if (c->session) {
        must(mongoc_client_session_start_transaction(c->session, NULL, &error), "starting a transaction", &error);
    }
    switch (the_work) {
    case LOAD:
        if (find(c, batch, count) != 0) fail("load: the documents are there already");
        insert(c, batch, count);
        insert_ledger_row(c, first, count);
        break;
    case FIND:
        if (find(c, batch, count) != count) fail("find: documents are missing");
        break;
    case UPDATE:
    case UPDATE_IN_TRANSACTIONS: update(c, batch, count); break;
    }
    if (c->session) must(mongoc_client_session_commit_transaction(c->session, NULL, &error), "committing", &error);
}

static void *run(void *unused) {
    (void)unused;
    connection c = {0};
    open_connection(&c);
    pthread_barrier_wait(&all_connected);
    for (;;) {
        size_t first = atomic_fetch_add(&next_document, BATCH);
        if (first >= document_count) return NULL; // what it holds ends with the process
        do_batch(&c, first, document_count - first < BATCH ? document_count - first : BATCH);
    }
}

/// Collections are made beforehand: two transactions that both make one would collide.
static void create_collections(void) {
    mongoc_client_t *client = mongoc_client_new_from_uri(uri);
    mongoc_database_t *handle = mongoc_client_get_database(client, database);
    const char *const names[] = {"item", "gateway.ledger"};
    bson_error_t error;
    for (size_t n = 0; n < 2; n++) {
        mongoc_collection_t *made = mongoc_database_create_collection(handle, names[n], NULL, &error);
        must(made, "creating a collection", &error);
        mongoc_collection_destroy(made);
    }
    mongoc_database_destroy(handle);
    mongoc_client_destroy(client);
}

int main(int argc, char **argv) {
    size_t word = 0;
    while (argc == 5 && word < 4 && strcmp(argv[1], WORDS[word]) != 0) word++;
    if (argc != 5 || word == 4) {
        fail("usage: store load|find|update|update-in-transactions DATABASE FILE CONNECTIONS");
    }
    the_work = (work)word;
    database = argv[2];
    read_documents(argv[3]);
    size_t connections = positive(argv[4]);
    mongoc_init();
    bson_error_t error;
    uri = mongoc_uri_new_with_error(environment("MONGODB_URI"), &error);
    must(uri, "MONGODB_URI", &error);
    if (the_work == LOAD) create_collections();

    pthread_t threads[connections];
    pthread_barrier_init(&all_connected, NULL, connections + 1);
    for (size_t n = 0; n < connections; n++) pthread_create(&threads[n], NULL, run, NULL);
    pthread_barrier_wait(&all_connected);
    double began = seconds_now(), cpu_began = cpu_now();
    for (size_t n = 0; n < connections; n++) pthread_join(threads[n], NULL);
    print_measured(document_count, seconds_now() - began, cpu_now() - cpu_began);
}
