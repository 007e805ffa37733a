// Many WebSockets and the requests that push to them, in one thread: what each socket hears, and how soon.
//
// usage: sockets SOCKETS KEYS PUSHES RATE CONNECTIONS WAY PORT [PORT]
//
// Opens SOCKETS WebSockets at /sockets/KEY, where KEY is the socket's number modulo KEYS, and, when all are open, sends
// PUSHES requests POST /pushes/KEY on CONNECTIONS connections: RATE a second, or with 0 each as soon as a connection is free.
// The body has a number, the time and a text, and comes out at all sockets of its key. With two ports, every second socket and
// every second connection begins at the second one. WAY is what a socket does once it is open:
//
//   listen     nothing
//   subscribe  subscribes by a message
//   resume     subscribes with `after`, and keeps the `id` of what it hears. A socket or connection whose server ends goes on at
//              the other port: the socket after the last id, the connection with the same request and Idempotency-Key.
//
// Prints "open" once all sockets are, and begins when a line comes in; at the end prints a line of JSON. `lost`: messages that a
// socket has not heard PATIENCE seconds after the last one. `again`: heard twice. `gaps`: of which the server says that something
// may be missing. `seconds`: from the first request to the last message. `pushing`: to the last answer. Times in milliseconds,
// from just before the request is sent until the message is read.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../limits/common.h"

enum { ROOM = 64 << 10, PATIENCE = 5, REQUEST = 1024, ID = 64, AGAIN = 50 };

typedef enum { CLOSED, HANDSHAKE, OPEN } phase;

/// A WebSocket, or a connection that sends requests.
typedef struct {
    int file, port, number;
    bool is_socket, is_subscribed;
    phase phase;
    double again_at;
    char *in;
    size_t filled;
    char last[ID];
    char request[REQUEST];
    size_t request_length;
    bool is_busy;
} peer;

static int sockets, keys, rate, connections, port_count, ports[2], poller;
static bool subscribes, resumes;
static size_t pushes;
static peer *peers;
static uint8_t *heard; // by socket and push
static uint32_t *times;
static size_t time_count, time_room, expected, received, again, gaps, reconnected, next_push, answered, refused;
static double began, last_heard, last_answer;

static int64_t microseconds(void) { return (int64_t)(seconds_now() * 1e6); }

static void write_all(peer *p, const char *bytes, size_t length) {
    // What is written is small, and the kernel's buffer empty: what does not fit is an error of the connection.
    ssize_t written = send(p->file, bytes, length, MSG_NOSIGNAL);
    if (written >= 0 && (size_t)written != length) fail("a request was sent in part");
}

static void connect_peer(peer *p) {
    p->file = socket(AF_INET, SOCK_STREAM, 0);
    if (p->file < 0) fail("socket: %s", strerror(errno));
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(ports[p->port]), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(p->file, (struct sockaddr *)&address, sizeof address) != 0) {
        close(p->file);
        p->phase = CLOSED;
        p->port = (p->port + 1) % port_count;
        p->again_at = seconds_now() + AGAIN / 1e3;
        return;
    }
    int yes = 1;
    setsockopt(p->file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(p->file, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = p};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, p->file, &event) != 0) fail("epoll: %s", strerror(errno));
    p->filled = 0;
    p->is_subscribed = false;
    if (p->is_socket) {
        char text[512];
        int length = snprintf(
            text, sizeof text,
            "GET /sockets/k%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            p->number % keys, ports[p->port]);
        p->phase = HANDSHAKE;
        write_all(p, text, length);
    } else {
        p->phase = OPEN;
        if (p->is_busy) write_all(p, p->request, p->request_length);
    }
}

static void lose_peer(peer *p) {
    if (!resumes) fail("%s %d was ended by the server", p->is_socket ? "socket" : "connection", p->number);
    epoll_ctl(poller, EPOLL_CTL_DEL, p->file, NULL);
    close(p->file);
    p->phase = CLOSED;
    p->port = (p->port + 1) % port_count;
    p->again_at = seconds_now();
    reconnected += p->is_socket;
}

// --------------------------------------------------------------------------------------------------------------- sockets

static void send_frame(peer *p, int opcode, const char *text, size_t length) {
    char frame[256] = {(char)(0x80 | opcode), (char)(0x80 | length)}; // a mask of zeros is a mask
    if (length > 125) fail("a frame of %zu bytes", length);
    memcpy(frame + 6, text, length);
    write_all(p, frame, length + 6);
}

static void subscribe(peer *p) {
    static const char plain[] = "{\"type\":\"subscribe\"}";
    if (!resumes) return send_frame(p, 1, plain, sizeof plain - 1);
    char text[126];
    int length = snprintf(text, sizeof text, "{\"type\":\"subscribe\",\"after\":\"%s\"}", p->last);
    send_frame(p, 1, text, length);
}

static const char *after(const char *text, size_t length, const char *name) {
    const char *found = memmem(text, length, name, strlen(name));
    return found ? found + strlen(name) : NULL;
}

static void take_message(peer *p, const char *text, size_t length) {
    const char *id = resumes ? after(text, length, "\"id\":\"") : NULL;
    if (id) {
        size_t size = strcspn(id, "\"");
        if (size >= ID) fail("an id of %zu bytes", size);
        memcpy(p->last, id, size);
        p->last[size] = 0;
    }
    const char *number = after(text, length, "\"number\":"), *sent = after(text, length, "\"sent\":");
    if (!number || !sent) {
        if (after(text, length, "\"subscribed\"")) p->is_subscribed = true;
        else if (after(text, length, "\"gap\"")) gaps++;
        else fail("socket %d hears: %.*s", p->number, (int)length, text);
        return;
    }
    size_t push = strtoul(number, NULL, 10);
    if (push >= pushes || (int)(push % keys) != p->number % keys) fail("socket %d hears push %zu", p->number, push);
    uint8_t *mark = &heard[p->number * pushes + push];
    if (*mark) {
        again++;
        return;
    }
    *mark = 1;
    received++;
    int64_t now = microseconds();
    last_heard = now / 1e6;
    if (time_count < time_room) times[time_count++] = (uint32_t)(now - strtoll(sent, NULL, 10));
}

/// Returns how many bytes are taken.
static size_t take_frames(peer *p) {
    size_t at = 0;
    for (;;) {
        const uint8_t *frame = (uint8_t *)p->in + at;
        size_t left = p->filled - at, head = 2;
        if (left < head) return at;
        size_t length = frame[1] & 127;
        if (length == 126) {
            head = 4;
            if (left < head) return at;
            length = frame[2] << 8 | frame[3];
        } else if (length == 127) {
            fail("a frame of more than 64 KiB");
        }
        if (left < head + length) return at;
        const char *payload = (const char *)frame + head;
        int opcode = frame[0] & 15;
        at += head + length;
        if (opcode == 1) {
            take_message(p, payload, length);
        } else if (opcode == 9) {
            send_frame(p, 10, payload, length);
        } else if (opcode == 8) {
            lose_peer(p);
            return 0;
        }
    }
}

static size_t take_handshake(peer *p) {
    char *end = memmem(p->in, p->filled, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(p->in, "HTTP/1.1 101", 12) != 0) {
        // One that has just been started asks to come again.
        if (!resumes || memcmp(p->in, "HTTP/1.1 503", 12) != 0) fail("socket %d: %.*s", p->number, (int)(end - p->in), p->in);
        lose_peer(p);
        p->again_at = seconds_now() + AGAIN / 1e3;
        return 0;
    }
    p->phase = OPEN;
    if (subscribes) subscribe(p);
    else p->is_subscribed = true;
    return end + 4 - p->in;
}

// -------------------------------------------------------------------------------------------------------------- requests

static const char TEXT[] = "Your order has been packed, and leaves the warehouse today. It reaches you tomorrow before noon.";

static void send_push(peer *p) {
    char body[256];
    size_t push = next_push++;
    int length = snprintf(
        body, sizeof body, "{\"number\":%zu,\"sent\":%lld,\"text\":\"%s\"}", push, (long long)microseconds(), TEXT);
    p->request_length = snprintf(
        p->request, REQUEST,
        "POST /pushes/k%zu HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        "Idempotency-Key: %d-%zu\r\nContent-Length: %d\r\n\r\n%s",
        push % keys, ports[p->port], getpid(), push, length, body);
    p->is_busy = true;
    if (p->phase == OPEN) write_all(p, p->request, p->request_length);
}

static size_t take_answer(peer *p) {
    char *end = memmem(p->in, p->filled, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = end + 4 - p->in, length = 0;
    *end = 0;
    const char *field = strcasestr(p->in, "\r\nContent-Length:");
    if (field) length = strtoul(field + 17, NULL, 10);
    else if (strcasestr(p->in, "\r\nTransfer-Encoding:")) fail("an answer without a length");
    int status = atoi(p->in + 9);
    *end = '\r';
    if (p->filled < head + length) return 0;
    if (status == 503 && resumes) {
        refused++;
        lose_peer(p);
        p->again_at = seconds_now() + AGAIN / 1e3;
        return 0;
    }
    if (status < 200 || status > 299) fail("a push was answered: %.*s", (int)(head + length), p->in);
    p->is_busy = false;
    answered++;
    last_answer = seconds_now();
    return head + length;
}

// -------------------------------------------------------------------------------------------------------------------- all

static void read_peer(peer *p) {
    for (;;) {
        ssize_t count = recv(p->file, p->in + p->filled, ROOM - p->filled, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count <= 0) return lose_peer(p);
        bool is_full = p->filled + count == ROOM;
        p->filled += count;
        size_t taken = 0;
        if (p->is_socket && p->phase == HANDSHAKE) {
            taken = take_handshake(p);
            memmove(p->in, p->in + taken, p->filled -= taken);
            taken = 0;
        }
        if (p->phase == CLOSED) return;
        if (p->is_socket && p->phase == OPEN) taken = take_frames(p);
        else if (!p->is_socket) taken = take_answer(p);
        if (p->phase == CLOSED) return;
        memmove(p->in, p->in + taken, p->filled -= taken);
        if (!is_full) return;
    }
}

static void turn(int patience) {
    static struct epoll_event events[256];
    int count = epoll_wait(poller, events, 256, patience);
    for (int n = 0; n < count; n++) {
        peer *p = events[n].data.ptr;
        if (p->phase != CLOSED) read_peer(p);
    }
    if (!resumes) return;
    double now = seconds_now();
    for (int n = 0; n < sockets + connections; n++)
        if (peers[n].phase == CLOSED && peers[n].again_at <= now) connect_peer(&peers[n]);
}

static bool all_subscribed(void) {
    for (int n = 0; n < sockets; n++)
        if (!peers[n].is_subscribed) return false;
    return true;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile(double share) { return time_count ? times[(size_t)(share * (time_count - 1))] / 1e3 : 0; }

static void push_all(void) {
    began = last_heard = last_answer = seconds_now();
    int free_one = 0;
    while (answered < pushes) {
        double now = seconds_now();
        size_t due = rate ? (size_t)((now - began) * rate) + 1 : pushes;
        for (int looked = 0; looked < connections && next_push < pushes && next_push < due; looked++) {
            peer *p = &peers[sockets + free_one];
            free_one = (free_one + 1) % connections;
            if (!p->is_busy && p->phase == OPEN) send_push(p);
        }
        turn(rate ? 1 : 100);
        if (now - last_answer > 60) fail("only %zu of %zu pushes are answered", answered, pushes);
    }
}

int main(int argc, char **argv) {
    if (argc < 8 || argc > 9) fail("usage: sockets SOCKETS KEYS PUSHES RATE CONNECTIONS WAY PORT [PORT]");
    sockets = positive(argv[1]), keys = positive(argv[2]), pushes = positive(argv[3]), rate = atoi(argv[4]);
    connections = positive(argv[5]), resumes = !strcmp(argv[6], "resume"), port_count = argc - 7;
    subscribes = resumes || !strcmp(argv[6], "subscribe");
    for (int n = 0; n < port_count; n++) ports[n] = positive(argv[7 + n]);
    poller = epoll_create1(0);
    peers = calloc(sockets + connections, sizeof *peers);
    heard = calloc(sockets * pushes, 1);
    for (size_t push = 0; push < pushes; push++)
        for (int n = push % keys; n < sockets; n += keys) expected++;
    time_room = expected;
    times = malloc(time_room * sizeof *times);
    if (!peers || !heard || !times) fail("no memory");
    for (int n = 0; n < sockets + connections; n++) {
        peers[n] = (peer){.number = n < sockets ? n : n - sockets, .is_socket = n < sockets, .in = malloc(ROOM + 1)};
        peers[n].port = n % port_count;
        connect_peer(&peers[n]);
        if (n % 50 == 49) turn(10);
    }
    double opening = seconds_now();
    while (!all_subscribed()) {
        turn(100);
        if (seconds_now() - opening > 30) fail("not all sockets could subscribe");
    }
    printf("open\n");
    fflush(stdout);
    if (getchar() == EOF) return 0;
    double cpu = cpu_now();
    push_all();
    while (received < expected && seconds_now() - (last_heard > last_answer ? last_heard : last_answer) < PATIENCE) turn(100);
    cpu = cpu_now() - cpu;
    double end = seconds_now();
    while (seconds_now() - end < 0.3) turn(50); // what comes twice
    qsort(times, time_count, sizeof *times, by_size);
    printf("{\"expected\": %zu, \"received\": %zu, \"lost\": %zu, \"again\": %zu, \"gaps\": %zu, \"reconnected\": %zu, "
           "\"refused\": %zu, \"seconds\": %.6f, \"pushing\": %.6f, \"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f, \"cpu\": %.3f}\n",
           expected, received, expected - received, again, gaps, reconnected, refused, last_heard - began,
           last_answer - began, percentile(0.5), percentile(0.99), percentile(1), cpu);
}
