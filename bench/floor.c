/*
 * floor: the least that a server can do to fan a message out, as the measure for those that do more.
 *
 * A single thread and one epoll instance. Each text or binary frame that arrives is turned into one frame, once, and
 * written with one system call to every other open connection; with "one", to the first other connection only. There is
 * no sign-in, no subscription and no queue: a connection that does not take a whole frame at once is closed, so that a
 * run that floods its receivers is noticed and not measured.
 *
 * It listens on 127.0.0.1. As it only ever talks to load.c, it knows a single Sec-WebSocket-Accept.
 *
 * Build: cc -O2 -Wall -Wextra -Werror -o floor floor.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FRAME_BYTES (1 << 20)
#define MAX_HEAD_BYTES 10

enum opcode { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9 };

struct connection {
    bool open;        /* the handshake is done */
    uint8_t *pending; /* what was read of a handshake or frame that is not complete */
    size_t pending_length;
};

static struct connection *connections; /* by descriptor */
static size_t connection_limit;
static int *open_fds; /* receivers, in the order in which they came */
static size_t open_count;
static int epoll_fd;
static bool one_receiver;

__attribute__((noreturn)) static void fail(const char *what) {
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void drop(int fd) {
    struct connection *c = &connections[fd];
    for (size_t i = 0; c->open && i < open_count; i++) {
        if (open_fds[i] != fd) continue;
        memmove(&open_fds[i], &open_fds[i + 1], (--open_count - i) * sizeof *open_fds);
        break;
    }
    free(c->pending);
    *c = (struct connection){0};
    close(fd);
}

/* Whether the socket took the whole frame. */
static bool write_frame(int fd, const uint8_t *frame, size_t size) {
    if (send(fd, frame, size, MSG_NOSIGNAL) == (ssize_t)size) return true;
    fprintf(stderr, "floor: connection %d does not keep up and is closed\n", fd);
    return false;
}

/* Lays out a server's frame: no mask. Returns its size. */
static size_t prepare(uint8_t *frame, int opcode, const uint8_t *payload, size_t length) {
    size_t head = 2;
    frame[0] = (uint8_t)(0x80 | opcode);
    if (length < 126) {
        frame[1] = (uint8_t)length;
    } else {
        int width = length < 65536 ? 2 : 8;
        frame[1] = width == 2 ? 126 : 127;
        for (int i = width - 1; i >= 0; i--) frame[head++] = (uint8_t)((uint64_t)length >> (8 * i));
    }
    memcpy(frame + head, payload, length);
    return head + length;
}

/* Sends to all but the sender. Backwards, as dropping a receiver moves those behind it. */
static void fan_out(int sender, const uint8_t *frame, size_t size) {
    if (one_receiver) {
        size_t first = open_fds[0] == sender ? 1 : 0;
        if (first < open_count && !write_frame(open_fds[first], frame, size)) drop(open_fds[first]);
        return;
    }
    for (size_t i = open_count; i-- > 0;) {
        int fd = open_fds[i];
        if (fd != sender && !write_frame(fd, frame, size)) drop(fd);
    }
}

/* Acts on one unmasked frame; false ends the connection. */
static bool take_frame(int fd, int opcode, const uint8_t *payload, size_t length) {
    static uint8_t frame[MAX_FRAME_BYTES + MAX_HEAD_BYTES];
    switch (opcode) {
        case TEXT:
        case BINARY: fan_out(fd, frame, prepare(frame, opcode, payload, length)); return true;
        case PING: return write_frame(fd, frame, prepare(frame, 10, payload, length));
        case CLOSE: write_frame(fd, frame, prepare(frame, CLOSE, payload, length)); return false;
        default: return true;
    }
}

/* Both parsers return the bytes they took, 0 if more must be read first, and -1 if the connection has to end. */

static ssize_t take_handshake(int fd, const uint8_t *data, size_t length) {
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    const uint8_t *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (!write_frame(fd, (const uint8_t *)answer, sizeof answer - 1)) return -1;
    connections[fd].open = true;
    open_fds[open_count++] = fd;
    return end + 4 - data;
}

static ssize_t take_one_frame(int fd, uint8_t *data, size_t length) {
    if (length < 2) return 0;
    size_t head = 2;
    uint64_t size = data[1] & 127;
    int width = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (!(data[1] & 0x80)) return -1; /* a client must mask */
    if (length < head + (size_t)width + 4) return 0;
    if (width > 0) size = 0;
    for (int i = 0; i < width; i++) size = size << 8 | data[head++];
    if (size > MAX_FRAME_BYTES) return -1;
    uint8_t *mask = data + head, *payload = mask + 4;
    head += 4;
    if (length < head + size) return 0;
    if (mask[0] | mask[1] | mask[2] | mask[3]) {
        for (size_t i = 0; i < size; i++) payload[i] ^= mask[i & 3];
    }
    return take_frame(fd, data[0] & 15, payload, size) ? (ssize_t)(head + size) : -1;
}

/* Keeps what is left of the data until more comes. */
static void keep(struct connection *c, const uint8_t *rest, size_t length) {
    uint8_t *copy = NULL;
    if (length > 0) {
        copy = malloc(length);
        if (!copy) fail("memory");
        memcpy(copy, rest, length);
    }
    free(c->pending);
    c->pending = copy;
    c->pending_length = length;
}

/* Reads once, behind what was left from the last time, and takes all that is complete. */
static void receive(int fd) {
    static uint8_t data[2 * (MAX_FRAME_BYTES + MAX_HEAD_BYTES + 4)];
    struct connection *c = &connections[fd];
    size_t length = c->pending_length, done = 0;
    if (length > 0) memcpy(data, c->pending, length);
    ssize_t n = read(fd, data + length, sizeof data - length);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        drop(fd);
        return;
    }
    length += (size_t)n;
    while (done < length) {
        ssize_t taken = c->open ? take_one_frame(fd, data + done, length - done) : take_handshake(fd, data + done, length - done);
        if (taken < 0) {
            drop(fd);
            return;
        }
        if (taken == 0) break;
        done += (size_t)taken;
    }
    if (done < length || c->pending) keep(c, data + done, length - done);
}

static void watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event)) fail("epoll");
}

static void accept_one(int listener) {
    int on = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE) fail("accept");
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if ((size_t)fd >= connection_limit) {
        close(fd);
        return;
    }
    watch(fd);
}

static int listen_on(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address)) fail("bind");
    if (listen(fd, 4096)) fail("listen");
    return fd;
}

/* As many connections as the system lets this process open. */
static void prepare_tables(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    connection_limit = limit.rlim_max < 1048576 ? limit.rlim_max : 1048576;
    connections = calloc(connection_limit, sizeof *connections);
    open_fds = calloc(connection_limit + 1, sizeof *open_fds);
    if (!connections || !open_fds) fail("memory");
}

int main(int count, char **arguments) {
    one_receiver = count == 3 && !strcmp(arguments[2], "one");
    int port = count > 1 ? atoi(arguments[1]) : 0;
    if (port < 1 || port > 65535 || count > 3 || (count == 3 && !one_receiver)) {
        fputs("floor <port> [one]: sends each message to every other connection, or to one\n", stderr);
        return 2;
    }
    prepare_tables();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) fail("epoll");
    int listener = listen_on(port);
    watch(listener);
    for (;;) {
        struct epoll_event events[512];
        int n = epoll_wait(epoll_fd, events, 512, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener) accept_one(listener);
            else receive(events[i].data.fd);
        }
    }
}
