/*
 * load: opens many WebSocket connections to one server, lets one more connection publish, and measures what it costs the
 * server that the others receive it.
 *
 * The program is a single thread around one epoll instance, so that it takes as little as possible of the processor it
 * shares with the server. One publication is one payload "seq=<n>;xxxx…" put into the publish format. Every frame that
 * comes back is searched for the marker; the sequence number behind it tells which publication was delivered, and so how
 * long it took.
 *
 * Order of a run: connect and send first messages, wait for what was missed (-Q), settle, readiness rounds (-R), idle time (-t) and command (-x),
 * uncounted publications (-W), counted publications (-m), a moment for deliveries too many, the report.
 *
 * It connects to 127.0.0.0/8 only: a load generator pointed at somebody else's machine is an attack.
 *
 * Build: cc -O2 -Wall -Wextra -Werror -o load load.c -lm
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_PIDS 64
#define MAX_FRAME_BYTES (64L << 20)
#define MAX_HANDSHAKE_BYTES 65536
#define CONNECTIONS_PER_ADDRESS 20000 /* below the 28,232 ports that Linux hands out per address by default */
#define STALL_SECONDS 10.0            /* without any delivery for so long, the run has failed */
#define READY_SECONDS 60.0
#define READY_INTERVAL_SECONDS 0.2
#define SURPLUS_SECONDS 0.3 /* how long to listen for deliveries too many after the last expected one */
#define SEQUENCE_REACH 64   /* bytes from the marker's start within which "seq=<n>;" is looked for, beside the marker */

/* The nonce of RFC 6455, section 1.3, and the answer to it: one pair serves every handshake. */
#define NONCE "dGhlIHNhbXBsZSBub25jZQ=="
#define NONCE_ACCEPTED "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

/* ------------------------------------------------------------------------------------------------ options and state */

static struct {
    const char *host, *path, *headers, *first_message, *second_message;
    const char *publisher_path, *publisher_first_message, *publish_format, *marker;
    const char *http_path, *http_headers, *command;
    int port, connections, publishers, publications, uncounted, batch, payload_bytes, window, divisor, idle_seconds,
        ready_rounds, limit, missed;
    double rate;
    bool json, good_bye;
} option = {
    .host = "127.0.0.1", .path = "/ws", .headers = "", .publish_format = "%s", .marker = "seq=", .http_headers = "",
    .port = 8080, .connections = 1000, .publications = 200, .payload_bytes = 200, .window = 1, .divisor = 1, .limit = 600,
    .publishers = 1, .batch = 1,
};

static pid_t pids[MAX_PIDS];
static int pid_count;

static char **tokens;
static long token_count;

/* A growing run of bytes. */
struct bytes {
    uint8_t *data;
    size_t length, capacity;
};

enum state { CONNECTING, OPEN, CLOSED };

struct connection {
    int fd, number;
    enum state state;
    bool publisher, http;
    int unanswered;       /* of a publisher over HTTP: requests under way */
    struct bytes in;      /* what was read of a frame that is not yet complete */
    struct bytes message; /* fragments of a message that is not yet complete */
    struct bytes out;     /* what the socket did not take yet */
};

static struct connection *connections; /* receivers, then the publishers */
static struct connection *publishers;
static int epoll_fd;
static long receivers; /* connections that one publication should reach */

/* What is known of each publication, by sequence number. */
struct publication {
    double sent_at;
    long received;
};
static struct publication *publications;
static long published, publication_capacity;

/* The stretch of publications that is being counted now. */
static struct {
    long first; /* its first sequence number */
    long deliveries;
    long answered; /* publications that the server has taken, over HTTP */
    bool timed;
} phase;

static float *latencies_ms;
static long latency_count, latency_capacity;

static long closes, surplus, other_frames;
static long missed; /* messages that came because of -Q */
static char first_close[160], first_other[240];

/* ---------------------------------------------------------------------------------------------------------- helpers */

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static double seconds_of(struct timespec t) { return (double)t.tv_sec + (double)t.tv_nsec / 1e9; }

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return seconds_of(t);
}

static void *grow(void *memory, size_t size) {
    void *larger = realloc(memory, size);
    if (!larger) fail("out of memory");
    return larger;
}

static void bytes_append(struct bytes *b, const void *data, size_t length) {
    if (length == 0) return;
    if (b->capacity - b->length < length) {
        b->capacity = (b->length + length) * 2;
        b->data = grow(b->data, b->capacity);
    }
    memcpy(b->data + b->length, data, length);
    b->length += length;
}

/* Drops the first bytes; an empty buffer gives its memory back, as most connections need none most of the time. */
static void bytes_consume(struct bytes *b, size_t length) {
    b->length -= length;
    if (b->length > 0) {
        memmove(b->data, b->data + length, b->length);
        return;
    }
    free(b->data);
    *b = (struct bytes){0};
}

/* Appends the template with %s replaced by the text, %d by the number and %% by a percent sign; all else stays. */
static void append_expanded(struct bytes *b, const char *template, const char *text, long number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%ld", number);
    while (*template) {
        size_t plain = strcspn(template, "%");
        bytes_append(b, template, plain);
        template += plain;
        if (!*template) break;
        if (template[1] == '0') { /* frames of STOMP end with it */
            bytes_append(b, "", 1);
            template += 2;
            continue;
        }
        const char *value = template[1] == 's' ? text : template[1] == 'd' ? digits : template[1] == '%' ? "%" : NULL;
        if (value) bytes_append(b, value, strlen(value));
        else bytes_append(b, "%", 1);
        template += value ? 2 : 1;
    }
}

static void append_text(struct bytes *b, const char *text) { bytes_append(b, text, strlen(text)); }

/* Copies a piece of what a server sent for a message to the user: one line, nothing but printable ASCII. */
static void keep_sample(char *sample, size_t size, const uint8_t *data, size_t length) {
    size_t n = length < size - 1 ? length : size - 1;
    for (size_t i = 0; i < n; i++) sample[i] = data[i] >= ' ' && data[i] < 127 ? (char)data[i] : '.';
    sample[n] = 0;
}

static void read_tokens(const char *file) {
    FILE *f = fopen(file, "r");
    if (!f) fail("cannot read %s: %s", file, strerror(errno));
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, f) > 0) {
        line[strcspn(line, "\r\n")] = 0;
        if (!*line) continue;
        tokens = grow(tokens, (size_t)(token_count + 1) * sizeof *tokens);
        tokens[token_count++] = strdup(line);
    }
    free(line);
    fclose(f);
    if (token_count == 0) fail("%s holds no line", file);
}

/* ------------------------------------------------------------------------------------------- the server's processes */

/*
 * Processor time of all given processes, threads that ended included. The clock of a process is the sum that
 * /proc/<pid>/stat rounds down to ticks of 10 ms, too coarse for a run of a second.
 */
static double server_cpu(void) {
    double total = 0;
    for (int i = 0; i < pid_count; i++) {
        clockid_t clock;
        struct timespec t;
        if (clock_getcpuclockid(pids[i], &clock) || clock_gettime(clock, &t)) fail("process %d is gone", (int)pids[i]);
        total += seconds_of(t);
    }
    return total;
}

static double own_cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return seconds_of(t);
}

/* Resident memory of all given processes, in KiB. */
static long server_rss(void) {
    long total = 0;
    for (int i = 0; i < pid_count; i++) {
        char file[64], line[256];
        long kib;
        snprintf(file, sizeof file, "/proc/%d/status", (int)pids[i]);
        FILE *f = fopen(file, "r");
        if (!f) fail("process %d is gone", (int)pids[i]);
        while (fgets(line, sizeof line, f)) {
            if (sscanf(line, "VmRSS: %ld", &kib) == 1) total += kib;
        }
        fclose(f);
    }
    return total;
}

/* ----------------------------------------------------------------------------------------------------------- sockets */

static void watch(struct connection *c, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(epoll_fd, operation, c->fd, &event)) fail("epoll: %s", strerror(errno));
}

/* Ends a connection that the server closed. Without its publisher a run cannot go on. */
static void lose(struct connection *c, const char *why) {
    if (c->state == CLOSED) return;
    if (c->state == CONNECTING) fail("connection %d closed during the handshake: %s", c->number, why);
    if (c->publisher) fail("the publisher's connection was closed: %s", why);
    c->state = CLOSED;
    closes++;
    if (!*first_close) snprintf(first_close, sizeof first_close, "%s", why);
    close(c->fd);
    bytes_consume(&c->out, c->out.length);
    bytes_consume(&c->message, c->message.length);
}

/* Writes as much of the backlog as the socket takes. */
static void flush(struct connection *c) {
    ssize_t written = send(c->fd, c->out.data, c->out.length, MSG_NOSIGNAL);
    if (written < 0) {
        if (errno != EAGAIN && errno != EINTR) lose(c, strerror(errno));
        return;
    }
    bytes_consume(&c->out, (size_t)written);
    if (c->out.length == 0) watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

/* Sends now if nothing waits, and keeps the rest until the socket is writable. */
static void send_bytes(struct connection *c, const void *data, size_t length) {
    ssize_t written = 0;
    if (c->out.length == 0) {
        written = send(c->fd, data, length, MSG_NOSIGNAL);
        if (written < 0 && errno != EAGAIN && errno != EINTR) {
            lose(c, strerror(errno));
            return;
        }
        if (written < 0) written = 0;
        if ((size_t)written < length) watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
    bytes_append(&c->out, (const uint8_t *)data + written, length - (size_t)written);
}

/* The mask of a client's frame is four zero bytes: valid, and the payload needs no work. */
static void send_frame(struct connection *c, enum opcode opcode, const void *payload, size_t length) {
    uint8_t head[14] = {(uint8_t)(0x80 | opcode)};
    size_t size = 2;
    if (length < 126) {
        head[1] = (uint8_t)(0x80 | length);
    } else {
        int width = length < 65536 ? 2 : 8;
        head[1] = width == 2 ? 0x80 | 126 : 0x80 | 127;
        for (int i = width - 1; i >= 0; i--) head[size++] = (uint8_t)((uint64_t)length >> (8 * i));
    }
    size += 4;
    struct bytes frame = {0};
    bytes_append(&frame, head, size);
    bytes_append(&frame, payload, length);
    send_bytes(c, frame.data, frame.length);
    free(frame.data);
}

/* ---------------------------------------------------------------------------------------------------------- receiving */

static void deliver(long sequence) {
    struct publication *p = &publications[sequence];
    if (++p->received > receivers) {
        surplus++;
        return;
    }
    if (sequence < phase.first) return; /* late, from a stretch that nobody counts any more */
    phase.deliveries++;
    if (phase.timed && latency_count < latency_capacity) {
        latencies_ms[latency_count++] = (float)((now() - p->sent_at) * 1e3);
    }
}

/* The number of "seq=<n>;" at or soon after the marker, or -1. */
static long sequence_at(const uint8_t *marker, const uint8_t *end) {
    const uint8_t *limit = marker + strlen(option.marker) + SEQUENCE_REACH;
    if (limit > end) limit = end;
    const uint8_t *digit = memmem(marker, (size_t)(limit - marker), "seq=", 4);
    if (!digit) return -1;
    long sequence = 0;
    for (digit += 4; digit < end && *digit >= '0' && *digit <= '9' && sequence < published; digit++) {
        sequence = sequence * 10 + (*digit - '0');
    }
    return digit < end && *digit == ';' && sequence < published ? sequence : -1;
}

/* A message may hold several publications: servers that gather them are measured by what they deliver. */
static void take_message(struct connection *c, const uint8_t *text, size_t length) {
    const uint8_t *at = text, *end = text + length;
    size_t marker_length = strlen(option.marker);
    bool marked = false;
    if (c->publisher) return;
    if (option.missed && missed < (long)option.missed * option.connections) {
        for (; (at = memmem(at, (size_t)(end - at), option.marker, marker_length)); at += marker_length) missed++;
        return;
    }
    while ((at = memmem(at, (size_t)(end - at), option.marker, marker_length))) {
        long sequence = sequence_at(at, end);
        if (sequence >= 0) {
            marked = true;
            deliver(sequence);
        }
        at += marker_length;
    }
    if (marked) return;
    if (other_frames++ == 0) keep_sample(first_other, sizeof first_other, text, length);
}

static void take_close(struct connection *c, const uint8_t *payload, size_t length) {
    char reason[100] = "", why[140] = "close frame without a code";
    if (length >= 2) {
        keep_sample(reason, sizeof reason, payload + 2, length - 2);
        snprintf(why, sizeof why, "close frame %d %s", payload[0] << 8 | payload[1], reason);
    }
    send_frame(c, CLOSE, payload, length >= 2 ? 2 : 0);
    lose(c, why);
}

static void take_frame(struct connection *c, enum opcode opcode, bool final, const uint8_t *payload, size_t length) {
    switch (opcode) {
        case TEXT:
        case BINARY:
        case CONTINUATION:
            if (final && opcode != CONTINUATION) {
                take_message(c, payload, length);
                return;
            }
            bytes_append(&c->message, payload, length);
            if (final) {
                take_message(c, c->message.data, c->message.length);
                bytes_consume(&c->message, c->message.length);
            }
            return;
        case PING: send_frame(c, PONG, payload, length); return;
        case PONG: return;
        case CLOSE: take_close(c, payload, length); return;
    }
    fail("connection %d received a frame with opcode %d", c->number, (int)opcode);
}

/* Each parser takes what is complete and returns how many bytes that was. */

static size_t parse_frames(struct connection *c, const uint8_t *data, size_t length) {
    size_t done = 0;
    while (c->state == OPEN && length - done >= 2) {
        const uint8_t *frame = data + done;
        size_t head = 2;
        uint64_t size = frame[1] & 127;
        int width = size == 126 ? 2 : size == 127 ? 8 : 0;
        if (frame[0] & 0x70) fail("connection %d received a frame with reserved bits, though no extension was offered", c->number);
        if (frame[1] & 0x80) fail("connection %d received a masked frame from the server", c->number);
        if (length - done < head + (size_t)width) break;
        if (width > 0) size = 0;
        for (int i = 0; i < width; i++) size = size << 8 | frame[head++];
        if (size > MAX_FRAME_BYTES) fail("connection %d received a frame of %llu bytes", c->number, (unsigned long long)size);
        if (length - done < head + size) break;
        take_frame(c, frame[0] & 15, frame[0] & 0x80, frame + head, size);
        done += head + size;
    }
    return done;
}

static size_t parse_handshake(struct connection *c, const uint8_t *data, size_t length) {
    const uint8_t *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end) {
        if (length > MAX_HANDSHAKE_BYTES) fail("the answer to handshake %d has no end", c->number);
        return 0;
    }
    char *answer = strndup((const char *)data, (size_t)(end - data));
    if (strncmp(answer, "HTTP/1.1 101", 12)) fail("handshake %d refused: %.300s", c->number, answer);
    if (!strcasestr(answer, "sec-websocket-accept: " NONCE_ACCEPTED)) fail("handshake %d: wrong Sec-WebSocket-Accept", c->number);
    free(answer);
    c->state = OPEN;
    return (size_t)(end - data) + 4;
}

/* Answers to publications over HTTP: anything but a success ends the run, for it would measure refusals. */
static size_t parse_answers(struct connection *c, const uint8_t *data, size_t length) {
    size_t done = 0;
    while (length > done) {
        const uint8_t *end = memmem(data + done, length - done, "\r\n\r\n", 4);
        if (!end) {
            if (length - done > MAX_HANDSHAKE_BYTES) fail("the answer to a publication has no end");
            break;
        }
        size_t head = (size_t)(end - (data + done)) + 4;
        char *answer = strndup((const char *)data + done, head);
        const char *size = strcasestr(answer, "\r\ncontent-length:");
        size_t body = size ? strtoul(size + 17, NULL, 10) : 0;
        if (strncmp(answer, "HTTP/1.1 2", 10)) {
            fail("publishing was answered: %s%.*s", answer, (int)(length - done - head), (const char *)data + done + head);
        }
        if (strcasestr(answer, "\r\ntransfer-encoding:")) fail("answers to publications must have a Content-Length");
        if (strcasestr(answer, "\r\nconnection: close")) fail("the server does not keep the publisher's connection alive");
        free(answer);
        if (length - done < head + body) break;
        done += head + body;
        c->unanswered--;
        phase.answered += option.batch;
    }
    return done;
}

static size_t parse(struct connection *c, const uint8_t *data, size_t length) {
    if (c->http) return parse_answers(c, data, length);
    size_t done = c->state == CONNECTING ? parse_handshake(c, data, length) : 0;
    return c->state == OPEN ? done + parse_frames(c, data + done, length - done) : done;
}

/* One read for each wake-up; epoll, level-triggered, comes again if there is more. */
static void receive(struct connection *c) {
    static uint8_t scratch[256 << 10];
    ssize_t n = read(c->fd, scratch, sizeof scratch);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        lose(c, n == 0 ? "end of stream" : strerror(errno));
        return;
    }
    if (c->in.length == 0) {
        size_t done = parse(c, scratch, (size_t)n);
        if (c->state != CLOSED) bytes_append(&c->in, scratch + done, (size_t)n - done);
    } else {
        bytes_append(&c->in, scratch, (size_t)n);
        size_t done = parse(c, c->in.data, c->in.length);
        bytes_consume(&c->in, c->state == CLOSED ? c->in.length : done);
    }
}

static void poll_once(int timeout_ms) {
    struct epoll_event events[1024];
    int n = epoll_wait(epoll_fd, events, 1024, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct connection *c = events[i].data.ptr;
        if (c->state != CLOSED && events[i].events & EPOLLOUT) flush(c);
        if (c->state != CLOSED && events[i].events & ~(uint32_t)EPOLLOUT) receive(c);
    }
}

static void poll_for(double seconds) {
    double end = now() + seconds;
    for (double left = seconds; left > 0; left = end - now()) poll_once((int)ceil(fmin(left, 0.1) * 1e3));
}

/* --------------------------------------------------------------------------------------------------------- connecting */

/* Ports run out at some 28,000 for one pair of addresses, so the source address moves on every 20,000 connections. */
static int dial(int number) {
    struct sockaddr_in source = {.sin_family = AF_INET};
    struct sockaddr_in target = {.sin_family = AF_INET, .sin_port = htons((uint16_t)option.port)};
    source.sin_addr.s_addr = htonl(0x7f000101u + (uint32_t)(number / CONNECTIONS_PER_ADDRESS)); /* 127.0.1.1 and on */
    inet_pton(AF_INET, option.host, &target.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket %d: %s", number, strerror(errno));
    int on = 1;
    /* The port is chosen at connect, when the target is known: otherwise each would be taken for all targets. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* Reset at the end instead of waiting in TIME_WAIT, which would use up the ports of the next run. */
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (bind(fd, (struct sockaddr *)&source, sizeof source)) fail("bind %d: %s", number, strerror(errno));
    if (connect(fd, (struct sockaddr *)&target, sizeof target)) {
        fail("connection %d to %s:%d: %s", number, option.host, option.port, strerror(errno));
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static const char *token_of(int number) { return token_count ? tokens[number % token_count] : ""; }

static void shake_hands(struct connection *c, const char *path) {
    struct bytes request = {0};
    char host[64];
    snprintf(host, sizeof host, "%s:%d\r\n", option.host, option.port);
    append_text(&request, "GET ");
    append_expanded(&request, path, token_of(c->number), c->number);
    append_text(&request, " HTTP/1.1\r\nHost: ");
    append_text(&request, host);
    append_text(&request, "Origin: http://");
    append_text(&request, host);
    append_text(&request, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " NONCE "\r\n");
    append_expanded(&request, option.headers, token_of(c->number), c->number);
    append_text(&request, "\r\n");
    send_bytes(c, request.data, request.length);
    free(request.data);
    double deadline = now() + STALL_SECONDS;
    while (c->state == CONNECTING) {
        if (now() > deadline) fail("handshake %d was not answered within %.0f s", c->number, STALL_SECONDS);
        poll_once(100);
    }
}

static void send_expanded(struct connection *c, const char *template) {
    if (!template || !*template || c->state != OPEN) return;
    struct bytes message = {0};
    append_expanded(&message, template, token_of(c->number), c->number);
    send_frame(c, TEXT, message.data, message.length);
    free(message.data);
}

static void open_connection(int number) {
    struct connection *c = &connections[number];
    c->number = number;
    c->publisher = number >= option.connections;
    c->http = c->publisher && option.http_path;
    c->fd = dial(number);
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
    if (c->http) {
        c->state = OPEN;
    } else if (c->publisher) {
        shake_hands(c, option.publisher_path ? option.publisher_path : option.path);
        send_expanded(c, option.publisher_first_message ? option.publisher_first_message : option.first_message);
    } else {
        shake_hands(c, option.path);
        send_expanded(c, option.first_message);
        send_expanded(c, option.second_message);
    }
}

static void raise_file_limit(void) {
    struct rlimit limit;
    rlim_t needed = (rlim_t)option.connections + (rlim_t)option.publishers + 32;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < needed) {
        struct rlimit higher = {needed, needed};
        if (setrlimit(RLIMIT_NOFILE, &higher) == 0) return;
        fail("%d connections need %lu open files, the hard limit is %lu (ulimit -Hn)", option.connections,
             (unsigned long)needed, (unsigned long)limit.rlim_max);
    }
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* --------------------------------------------------------------------------------------------------------- publishing */

/* The publisher whose turn it is, or none while all have a request under way. */
static struct connection *next_publisher(void) {
    static int turn;
    for (int i = 0; i < option.publishers; i++) {
        struct connection *c = &publishers[turn++ % option.publishers];
        if (!c->http || receivers > 0 || c->unanswered < option.window) return c;
    }
    return NULL;
}

/* Appends the next publication to the message. */
static void append_publication(struct bytes *message) {
    static struct bytes payload; /* kept from one publication to the next */
    char number[32];
    if (published == publication_capacity) {
        publication_capacity = publication_capacity * 2 + 1024;
        publications = grow(publications, (size_t)publication_capacity * sizeof *publications);
    }
    if (!payload.data) {
        payload.data = grow(NULL, (size_t)option.payload_bytes + 1);
        memset(payload.data, 'x', (size_t)option.payload_bytes);
        payload.data[option.payload_bytes] = 0;
    }
    int digits = snprintf(number, sizeof number, "seq=%ld;", published);
    memcpy(payload.data, number, (size_t)digits);
    append_expanded(message, option.publish_format, (char *)payload.data, published);
    publications[published] = (struct publication){.sent_at = now()};
    published++;
}

/* Publishes a batch; returns how many publications that were, 0 if no publisher is free. */
static int publish(void) {
    static struct bytes message, request; /* kept from one request to the next */
    struct connection *publisher = next_publisher();
    if (!publisher) return 0;
    message.length = 0;
    if (option.batch > 1) append_text(&message, "[");
    for (int i = 0; i < option.batch; i++) {
        if (i > 0) append_text(&message, ",");
        append_publication(&message);
    }
    if (option.batch > 1) append_text(&message, "]");
    if (!publisher->http) {
        send_frame(publisher, TEXT, message.data, message.length);
        return option.batch;
    }
    publisher->unanswered++;
    char head[256];
    request.length = 0;
    append_text(&request, "POST ");
    append_text(&request, option.http_path);
    snprintf(head, sizeof head, " HTTP/1.1\r\nHost: %s:%d\r\nContent-Length: %zu\r\n", option.host, option.port, message.length);
    append_text(&request, head);
    if (!strcasestr(option.http_headers, "content-type:")) append_text(&request, "Content-Type: application/json\r\n");
    append_text(&request, option.http_headers);
    append_text(&request, "\r\n");
    bytes_append(&request, message.data, message.length);
    send_bytes(publisher, request.data, request.length);
    return option.batch;
}

__attribute__((noreturn)) static void fail_incomplete(const char *what, long have, long want) {
    fail("%s: %ld of %ld, %ld closes%s%s%s%s%s", what, have, want, closes, *first_close ? ", the first: " : "", first_close,
         *first_other ? "; first frame without the marker: " : "", first_other,
         surplus ? "; some were delivered to more connections than expected" : "");
}

/*
 * Publishes single events until the given number of them reached every receiver: only the arrival of an event proves
 * that a connection is signed in and subscribed. An event published too early simply reaches fewer.
 */
static void wait_until_ready(int rounds) {
    double deadline = now() + READY_SECONDS;
    long first = published, best = 0;
    int complete = 0;
    phase.first = first;
    while (complete < rounds) {
        if (now() > deadline) fail_incomplete("not ready: one event reached at most", best, receivers);
        publish();
        poll_for(READY_INTERVAL_SECONDS);
        complete = 0;
        for (long i = first; i < published; i++) {
            if (publications[i].received >= receivers) complete++;
            if (publications[i].received > best) best = publications[i].received;
        }
    }
    for (long before = -1; before != phase.deliveries;) { /* what is still on its way must not disturb what follows */
        before = phase.deliveries;
        poll_for(READY_INTERVAL_SECONDS);
    }
}

/* What of a phase is done: deliveries, or where nobody receives, publications that the server took. */
static long progress(void) { return receivers > 0 ? phase.deliveries : phase.answered; }

/* Publishes at the given rate, or with the given number in flight, until all is done; returns the seconds taken. */
static double run_phase(int count, bool timed) {
    long each = receivers > 0 ? receivers : 1, target = (long)count * each, seen = 0;
    int sent = 0;
    phase.first = published;
    phase.deliveries = 0;
    phase.answered = 0;
    phase.timed = timed;
    double start = now(), last = start;
    while (progress() < target) {
        int timeout_ms = 100;
        if (option.rate > 0) {
            while (sent < count && now() - start >= sent / option.rate) {
                int more = publish();
                if (more == 0) break;
                sent += more;
            }
            double due = start + sent / option.rate - now();
            if (sent < count) timeout_ms = (int)ceil(fmin(fmax(due, 0), 0.1) * 1e3);
        } else {
            long most = (long)option.window * option.publishers * option.batch;
            while (sent < count && sent * each - progress() < most * each) {
                int more = publish();
                if (more == 0) break;
                sent += more;
            }
        }
        poll_once(timeout_ms);
        if (progress() > seen || sent * each == progress()) last = now();
        seen = progress();
        if (now() - last > STALL_SECONDS) fail_incomplete("nothing was delivered for 10 s", progress(), target);
    }
    return last - start;
}

/* ------------------------------------------------------------------------------------------------------------- report */

static struct {
    int connections;
    double connect_seconds, missed_seconds, connect_cpu, idle_cpu, seconds, cpu, client_cpu;
    long rss_before, rss_connected, rss_idle, rss_end;
} result;

static int compare_floats(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double percentile(double p) {
    return latency_count ? (double)latencies_ms[(long)((double)(latency_count - 1) * p)] : NAN;
}

static double per(double sum, double count) { return count > 0 ? sum / count : NAN; }

/* JSON knows no NaN: what was not measured is null. */
static void json_number(const char *name, double value, int decimals) {
    if (isfinite(value)) printf(",\"%s\":%.*f", name, decimals, value);
    else printf(",\"%s\":null", name);
}

static void report_json(void) {
    bool watched = pid_count > 0;
    double count = (double)phase.deliveries;
    printf("{\"connections\":%d", result.connections);
    json_number("connect_cpu_us", watched ? per(result.connect_cpu * 1e6, result.connections) : NAN, 1);
    json_number("connect_seconds", result.connect_seconds, 3);
    json_number("missed_seconds", option.missed ? result.missed_seconds : NAN, 3);
    json_number("rss_per_connection_kib", watched ? per((double)(result.rss_connected - result.rss_before), result.connections) : NAN, 2);
    json_number("idle_cpu_s", watched && option.idle_seconds ? result.idle_cpu : NAN, 3);
    json_number("idle_rss_per_connection_kib", watched ? per((double)(result.rss_idle - result.rss_before), result.connections) : NAN, 2);
    json_number("deliveries", count, 0);
    json_number("seconds", result.seconds, 3);
    json_number("deliveries_per_s", per(count, result.seconds), 0);
    json_number("publications_per_s", per(option.publications, result.seconds), 0);
    json_number("server_cpu_us_per_delivery", watched ? per(result.cpu * 1e6, count) : NAN, 3);
    json_number("server_cpu_us_per_publication", watched ? per(result.cpu * 1e6, option.publications) : NAN, 2);
    json_number("client_cpu_us_per_delivery", per(result.client_cpu * 1e6, count), 3);
    json_number("p50_ms", percentile(.5), 3);
    json_number("p99_ms", percentile(.99), 3);
    json_number("max_ms", percentile(1), 3);
    json_number("rss_mib", watched ? (double)result.rss_end / 1024 : NAN, 1);
    json_number("closes", (double)closes, 0);
    json_number("surplus", (double)surplus, 0);
    puts("}");
}

static void report_text(void) {
    double count = (double)phase.deliveries;
    printf("connected   %d in %.2f s; server %.1f us CPU and %.1f KiB for each\n", result.connections, result.connect_seconds,
           per(result.connect_cpu * 1e6, result.connections),
           per((double)(result.rss_connected - result.rss_before), result.connections));
    if (option.missed) printf("caught up   %d messages for each connection, %.2f s after the first connected\n", option.missed, result.missed_seconds);
    if (*first_other) printf("other       %ld frames without the marker, the first: %s\n", other_frames, first_other);
    if (option.idle_seconds || option.command) {
        printf("idle        %d s; server %.3f s CPU, then %.1f KiB for each connection\n", option.idle_seconds, result.idle_cpu,
               per((double)(result.rss_idle - result.rss_before), result.connections));
    }
    if (option.publications) {
        printf("delivered   %.0f in %.2f s, %.0f a second\n", count, result.seconds, per(count, result.seconds));
        printf("server CPU  %.3f us a delivery, %.1f us a publication (client: %.3f us a delivery)\n", per(result.cpu * 1e6, count),
               per(result.cpu * 1e6, option.publications), per(result.client_cpu * 1e6, count));
        printf("latency     p50 %.3f ms, p99 %.3f ms, max %.3f ms\n", percentile(.5), percentile(.99), percentile(1));
    }
    printf("at the end  %.1f MiB resident, %ld closes%s%s\n", (double)result.rss_end / 1024, closes,
           *first_close ? ", the first: " : "", first_close);
}

/* --------------------------------------------------------------------------------------------------------------- main */

static const char usage[] =
    "load: measures what it costs a WebSocket server to deliver publications to many connections\n"
    "\n"
    "Server\n"
    "  -h address   an address in 127.0.0.0/8 (127.0.0.1)\n"
    "  -p port      (8080)\n"
    "  -P pid       process whose CPU time and memory count; repeatable\n"
    "\n"
    "Connections; in -u -U -H -i -j -I, %d stands for the number of the connection and %s for its token\n"
    "  -n count     receiving connections (1000)\n"
    "  -u path      path of the handshake (/ws)\n"
    "  -H headers   more headers of the handshake, CRLF after each\n"
    "  -i text      first message of each connection; %0 in it is a NUL\n"
    "  -j text      second message of each receiver\n"
    "  -T file      tokens, one a line; line i belongs to connection i, and again from the first when they run out\n"
    "\n"
    "Publishers: more connections\n"
    "  -c count     how many (1)\n"
    "  -b count     publications in one message or POST, as a JSON array of what -f makes (1)\n"
    "  -U path      its path, if another\n"
    "  -I text      its first message, if another; empty for none\n"
    "  -X path      publish by POST to this path on one kept-alive HTTP connection instead\n"
    "  -A headers   more headers of the POST, CRLF after each\n"
    "  -f format    what is published: %s is the payload, %d its number (%s)\n"
    "  -s bytes     payload, \"seq=<n>;\" included; at least 24 (200)\n"
    "\n"
    "Measurement\n"
    "  -m count     publications that are counted (200); 0 only connects\n"
    "  -w count     messages or POSTs in flight for each publisher (1)\n"
    "  -r rate      publications a second, instead of -w\n"
    "  -k marker    text that occurs once for each delivered publication, \"seq=<n>;\" in it or soon after it (seq=)\n"
    "  -d divisor   one publication reaches 1/divisor of the connections; 0: none, and what counts is that the server took\n"
    "               it, which only POST tells (1)\n"
    "  -Q count     each connection gets so many messages with the marker because of its first message: what it missed (0)\n"
    "  -R rounds    first publish an event every 200 ms until so many reached every receiver, for at most 60 s (0)\n"
    "  -W count     then publish so many that are not counted, for servers that compile as they run (0)\n"
    "  -t seconds   stay idle before publishing, and report CPU time and memory of that (0)\n"
    "  -x command   shell command run after the idle time, before memory is read (a garbage collection, say)\n"
    "  -L seconds   give up after so long, whatever happens (600)\n"
    "  -e           end every connection with a close frame instead of a reset\n"
    "  -J           report as one line of JSON\n"
    "  --help       this text\n"
    "\n"
    "Exits with 1, and says why, if a handshake is refused, publishing is refused, nothing arrives for 10 s, or a\n"
    "publication reaches more connections than it should.\n";

static int number_of(const char *text, int least) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*end || end == text || value < least || value > 100000000) {
        fail("%s is not a number of at least %d (--help explains the options)", text, least);
    }
    return (int)value;
}

static void read_options(int count, char **arguments) {
    static const struct option long_options[] = {{"help", no_argument, NULL, '?' + 256}, {0}};
    int letter;
    while ((letter = getopt_long(count, arguments, "h:p:P:n:u:H:i:j:T:U:I:X:A:c:b:f:s:m:w:r:k:d:Q:R:W:t:x:L:eJ", long_options, NULL)) != -1) {
        switch (letter) {
            case 'h': option.host = optarg; break;
            case 'p': option.port = number_of(optarg, 1); break;
            case 'P':
                if (pid_count == MAX_PIDS) fail("more than %d processes", MAX_PIDS);
                pids[pid_count++] = number_of(optarg, 1);
                break;
            case 'n': option.connections = number_of(optarg, 1); break;
            case 'u': option.path = optarg; break;
            case 'H': option.headers = optarg; break;
            case 'i': option.first_message = optarg; break;
            case 'j': option.second_message = optarg; break;
            case 'T': read_tokens(optarg); break;
            case 'U': option.publisher_path = optarg; break;
            case 'I': option.publisher_first_message = optarg; break;
            case 'X': option.http_path = optarg; break;
            case 'A': option.http_headers = optarg; break;
            case 'c': option.publishers = number_of(optarg, 1); break;
            case 'b': option.batch = number_of(optarg, 1); break;
            case 'f': option.publish_format = optarg; break;
            case 's': option.payload_bytes = number_of(optarg, 24); break;
            case 'm': option.publications = number_of(optarg, 0); break;
            case 'w': option.window = number_of(optarg, 1); break;
            case 'r': option.rate = number_of(optarg, 1); break;
            case 'k': option.marker = optarg; break;
            case 'd': option.divisor = number_of(optarg, 0); break;
            case 'Q': option.missed = number_of(optarg, 0); break;
            case 'R': option.ready_rounds = number_of(optarg, 0); break;
            case 'W': option.uncounted = number_of(optarg, 0); break;
            case 't': option.idle_seconds = number_of(optarg, 0); break;
            case 'x': option.command = optarg; break;
            case 'L': option.limit = number_of(optarg, 1); break;
            case 'e': option.good_bye = true; break;
            case 'J': option.json = true; break;
            case '?' + 256: fputs(usage, stdout); exit(0);
            default: fputs("load --help explains the options\n", stderr); exit(2);
        }
    }
    if (optind < count) fail("%s is not an option", arguments[optind]);
    struct in_addr address;
    if (inet_pton(AF_INET, option.host, &address) != 1 || ntohl(address.s_addr) >> 24 != 127) {
        fail("%s is not an address of this machine: only 127.0.0.0/8 is loaded", option.host);
    }
    if (option.port > 65535) fail("%d is not a port", option.port);
    if (!*option.marker) fail("the marker is empty");
    if (option.divisor == 0 && !option.http_path) fail("-d 0 needs -X: only POST tells that the server took a publication");
    if (option.divisor == 0 && option.ready_rounds) fail("-d 0 excludes -R: nothing arrives by which to know who is ready");
    if (option.publications % option.batch || option.uncounted % option.batch) fail("-m and -W are to be multiples of -b");
    if (option.divisor > option.connections) fail("the divisor is larger than the number of connections");
}

static void time_is_up(int signal) {
    static const char message[] = "load: gave up, the time of option -L is over\n";
    (void)signal;
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) _exit(1);
    _exit(1);
}

static void connect_all(void) {
    double cpu = server_cpu(), start = now();
    result.rss_before = server_rss();
    for (int i = 0; i < option.connections + option.publishers; i++) open_connection(i);
    result.connections = option.connections;
    result.connect_seconds = now() - start;
    for (long target = (long)option.missed * option.connections, before = -1, last = 0; missed < target;) {
        if (missed != before) last = (long)now();
        before = missed;
        poll_once(100);
        if (now() - (double)last > STALL_SECONDS) fail_incomplete("nothing more of what was missed came for 10 s", missed, target);
    }
    result.missed_seconds = now() - start;
    poll_for(1.5 + option.connections / 20000.0); /* sign-in may go on after the last handshake */
    result.connect_cpu = server_cpu() - cpu;
    result.rss_connected = server_rss();
}

static void stay_idle(void) {
    double cpu = server_cpu();
    poll_for(option.idle_seconds);
    result.idle_cpu = server_cpu() - cpu;
    fflush(NULL);
    if (option.command && system(option.command) != 0) fail("the command of option -x failed");
    result.rss_idle = server_rss();
}

static void measure(void) {
    latency_capacity = (long)option.publications * receivers;
    latencies_ms = grow(NULL, (size_t)(latency_capacity + 1) * sizeof *latencies_ms);
    double cpu = server_cpu(), client_cpu = own_cpu();
    result.seconds = run_phase(option.publications, true);
    result.cpu = server_cpu() - cpu;
    result.client_cpu = own_cpu() - client_cpu;
    qsort(latencies_ms, (size_t)latency_count, sizeof *latencies_ms, compare_floats);
    poll_for(SURPLUS_SECONDS);
}

/* Status 1000 (RFC 6455, 7.4.1), and a second for the answers. */
static void say_good_bye(void) {
    static const uint8_t normal[] = {1000 >> 8, 1000 & 0xff};
    for (int i = 0; i < option.connections; i++) {
        if (connections[i].state == OPEN) send_frame(&connections[i], CLOSE, normal, sizeof normal);
    }
    poll_for(1);
}

int main(int count, char **arguments) {
    read_options(count, arguments);
    raise_file_limit();
    signal(SIGALRM, time_is_up);
    alarm((unsigned)option.limit);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc((size_t)(option.connections + option.publishers), sizeof *connections);
    if (epoll_fd < 0 || !connections) fail("no epoll instance, or out of memory");
    publishers = &connections[option.connections];
    receivers = option.divisor ? option.connections / option.divisor : 0;

    connect_all();
    if (option.ready_rounds) wait_until_ready(option.ready_rounds);
    stay_idle();
    if (option.uncounted) run_phase(option.uncounted, false);
    phase.deliveries = 0;
    if (option.publications) measure();
    result.rss_end = server_rss();
    if (option.good_bye) say_good_bye();

    if (option.json) report_json();
    else report_text();
    if (surplus) fail("%ld deliveries went to connections that should not have got them", surplus);
    return 0;
}
