/* device-linux.c - what Linux takes for what bench-disk.c and bench-net.c
 * measure.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Static; prints the lines that those do.
 *
 *     device-linux disk count|rate DEVICE   O_DIRECT; one read at a time by
 *                                           pread, more by io_uring
 *     device-linux net count|rate CARD      a packet socket
 *
 * Linux manual pages: open(2), io_uring(7), packet(7).
 */
#define _GNU_SOURCE
#include "../programs/requests.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define LOOKS_MAX 200
#define SEND_SAMPLE 8

static uint64_t ms; /* in ticks */

static void check(int good, const char *what)
{
    if (!good) {
        printf("failed: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t ticks_per_ms(void)
{
    uint64_t begin = now_ns(), ticks = measure_tsc();

    while (now_ns() - begin < 10000000)
        ;
    return (measure_tsc() - ticks) / 10;
}

/* ---- disks */

/* The rings of io_uring, as far as they are used. */
static struct {
    int file;
    unsigned *submit_tail, *submit_array, *done_head, *done_tail;
    unsigned submit_mask, done_mask;
    struct io_uring_sqe *entries;
    struct io_uring_cqe *done;
} ring;

static void *map_ring(size_t bytes, off_t what)
{
    void *memory = mmap(0, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_POPULATE, ring.file, what);

    check(memory != MAP_FAILED, "io_uring mmap");
    return memory;
}

/* The buffer is registered, which saves Linux work for each read. */
static void open_ring(char *buffer)
{
    struct iovec all = { buffer, REQUESTS_DEEP * REQUESTS_READ };
    struct io_uring_params p = { 0 };
    char *submit, *done;

    ring.file = (int)syscall(SYS_io_uring_setup, REQUESTS_DEEP, &p);
    check(ring.file >= 0, "io_uring_setup");
    submit = map_ring(p.sq_off.array + p.sq_entries * sizeof(unsigned),
                      IORING_OFF_SQ_RING);
    done = map_ring(p.cq_off.cqes + p.cq_entries * sizeof *ring.done,
                    IORING_OFF_CQ_RING);
    ring.entries = map_ring(p.sq_entries * sizeof *ring.entries,
                            IORING_OFF_SQES);
    ring.submit_tail = (unsigned *)(submit + p.sq_off.tail);
    ring.submit_array = (unsigned *)(submit + p.sq_off.array);
    ring.submit_mask = *(unsigned *)(submit + p.sq_off.ring_mask);
    ring.done_head = (unsigned *)(done + p.cq_off.head);
    ring.done_tail = (unsigned *)(done + p.cq_off.tail);
    ring.done_mask = *(unsigned *)(done + p.cq_off.ring_mask);
    ring.done = (struct io_uring_cqe *)(done + p.cq_off.cqes);
    check(!syscall(SYS_io_uring_register, ring.file, IORING_REGISTER_BUFFERS,
                   &all, 1), "io_uring_register");
}

static void prepare(int disk, char *buffer, uint64_t blocks)
{
    unsigned tail = *ring.submit_tail;

    for (unsigned i = 0; i < REQUESTS_DEEP; i++, tail++) {
        unsigned at = tail & ring.submit_mask;

        ring.entries[at] = (struct io_uring_sqe){
            .opcode = IORING_OP_READ_FIXED,
            .fd = disk,
            .addr = (uintptr_t)buffer + i * REQUESTS_READ,
            .len = REQUESTS_READ,
            .off = requests_random(blocks) * REQUESTS_READ,
        };
        ring.submit_array[at] = at;
    }
    __atomic_store_n(ring.submit_tail, tail, __ATOMIC_RELEASE);
}

/* How often it looked for them to be done. */
static unsigned sample_deep(void)
{
    unsigned looks = 0, head;

    measure_begin();
    check(syscall(SYS_io_uring_enter, ring.file, REQUESTS_DEEP, 0, 0, 0, 0) ==
          REQUESTS_DEEP, "io_uring_enter");
    do {
        measure_delay(20 * ms);
        looks++;
    } while (__atomic_load_n(ring.done_tail, __ATOMIC_ACQUIRE) -
                 *ring.done_head < REQUESTS_DEEP && looks < LOOKS_MAX);
    measure_end();
    check(looks < LOOKS_MAX, "no completion");
    for (head = *ring.done_head; head != *ring.done_tail; head++)
        check(ring.done[head & ring.done_mask].res == REQUESTS_READ, "read");
    __atomic_store_n(ring.done_head, head, __ATOMIC_RELEASE);
    return looks;
}

static void disk_count(int disk, char *buffer, uint64_t blocks)
{
    for (unsigned i = 0; i < REQUESTS_SAMPLES; i++) {
        off_t where = (off_t)(requests_random(blocks) * REQUESTS_READ);
        ssize_t bytes;

        measure_begin();
        bytes = pread(disk, buffer, REQUESTS_READ, where);
        measure_end();
        check(bytes == REQUESTS_READ, "pread");
        printf("sample 1 1 1\n");
    }
    open_ring(buffer);
    for (unsigned i = 0; i < REQUESTS_SAMPLES; i++) {
        prepare(disk, buffer, blocks);
        printf("sample %u %u %u\n", REQUESTS_DEEP, REQUESTS_DEEP,
               sample_deep());
    }
}

static void disk_rate(int disk, char *buffer)
{
    for (unsigned pass = 0; pass < REQUESTS_PASSES; pass++) {
        uint64_t begin = now_ns();

        for (off_t at = 0; at < REQUESTS_PASS; at += REQUESTS_LARGE)
            check(pread(disk, buffer, REQUESTS_LARGE, at) == REQUESTS_LARGE,
                  "pread");
        printf("rate large %u %lu\n", REQUESTS_PASS, now_ns() - begin);
    }
}

static void measure_disk(const char *what, const char *device)
{
    char *buffer = mmap(0, REQUESTS_LARGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    int disk = open(device, O_RDONLY | O_DIRECT);

    check(disk >= 0, device);
    check(buffer != MAP_FAILED, "memory");
    if (*what == 'r')
        disk_rate(disk, buffer);
    else
        disk_count(disk, buffer, (uint64_t)lseek(disk, 0, SEEK_END) /
                                     REQUESTS_READ);
}

/* ---- network */

static struct requests_frame frame, question, received;
static uint8_t mac[6];
static int card;

/* Without the queueing discipline, which saves Linux work for each frame. */
static void open_card(const char *name)
{
    struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                   .sll_protocol = htons(REQUESTS_GIVEN) };
    int one = 1, bytes = 64 << 20;
    struct ifreq interface = { 0 };

    card = socket(AF_PACKET, SOCK_RAW, 0);
    check(card >= 0, "socket");
    strncpy(interface.ifr_name, name, sizeof interface.ifr_name - 1);
    check(!ioctl(card, SIOCGIFHWADDR, &interface), name);
    memcpy(mac, interface.ifr_hwaddr.sa_data, sizeof mac);
    check(!ioctl(card, SIOCGIFFLAGS, &interface), "flags");
    interface.ifr_flags |= IFF_UP;
    check(!ioctl(card, SIOCSIFFLAGS, &interface), "up");
    check(!setsockopt(card, SOL_PACKET, PACKET_QDISC_BYPASS, &one,
                      sizeof one), "bypass");
    check(!setsockopt(card, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
                      sizeof bytes), "buffer");
    for (unsigned i = 0; i < 50; i++) {
        check(!ioctl(card, SIOCGIFFLAGS, &interface), "flags");
        if (interface.ifr_flags & IFF_RUNNING)
            break;
        usleep(100000);
    }
    address.sll_ifindex = (int)if_nametoindex(name);
    check(!bind(card, (struct sockaddr *)&address, sizeof address), "bind");
}

static int send_frame(const struct requests_frame *what, size_t bytes)
{
    return send(card, what, bytes, 0) == (ssize_t)bytes;
}

static void drain(void)
{
    while (recv(card, &received, sizeof received, MSG_DONTWAIT) > 0)
        ;
}

static int ask(uint32_t frames, uint32_t bytes, uint32_t number)
{
    struct requests_ask wanted = { frames, bytes, REQUESTS_PEER_MS, number };

    requests_ask(&question, mac, wanted);
    return send_frame(&question, REQUESTS_SMALL);
}

static void sample_send(const char *name, unsigned depth, unsigned frames)
{
    int good = 1;

    measure_begin();
    for (unsigned sent = 0; sent < frames; sent += depth) {
        for (unsigned i = 0; i < depth; i++)
            good &= send_frame(&frame, REQUESTS_FRAME);
        measure_delay(2 * ms);
    }
    measure_end();
    check(good, "send");
    printf("sample %s %u 0\n", name, frames);
}

/* Frames come, by interrupts, while it waits for them. */
static void sample_receive(const char *name, unsigned frames, uint32_t number)
{
    unsigned looks = 0, left = frames;

    drain();
    check(ask(frames, REQUESTS_FRAME, number), "ask");
    measure_delay(ms);
    measure_begin();
    measure_delay((REQUESTS_PEER_MS + 20) * ms);
    while (left && looks < LOOKS_MAX) {
        if (recv(card, &received, sizeof received, MSG_DONTWAIT) <= 0) {
            looks++;
            measure_delay(ms);
        } else if (requests_answered(&received) == number) {
            left--;
        } else {
            looks++;
        }
    }
    measure_end();
    if (left)
        printf("sample lost 1 0\n");
    else
        printf("sample %s %u %u\n", name, frames, looks);
}

static void net_count(void)
{
    uint32_t number = 0;

    requests_frame(&frame, mac, REQUESTS_LOST);
    for (unsigned i = 0; i < REQUESTS_SAMPLES; i++)
        sample_send("send1", 1, SEND_SAMPLE);
    for (unsigned i = 0; i < REQUESTS_SAMPLES; i++)
        sample_send("send32", REQUESTS_DEEP, REQUESTS_DEEP);
    for (unsigned i = 0; i < REQUESTS_SAMPLES; i++)
        sample_receive("receive1", 1, ++number);
    for (unsigned i = 0; i < REQUESTS_SAMPLES; i++)
        sample_receive("receive32", REQUESTS_DEEP, ++number);
}

static void rate_send(const char *name, size_t bytes)
{
    uint64_t begin = now_ns();

    for (unsigned i = 0; i < REQUESTS_SENT;)
        i += (unsigned)send_frame(&frame, bytes);
    printf("rate %s %u %lu\n", name, REQUESTS_SENT, now_ns() - begin);
}

static void rate_receive(const char *name, uint32_t bytes)
{
    struct timeval patience = { 2, 0 };
    uint64_t frames = 0, first = 0, last = 0;

    drain();
    check(ask(REQUESTS_FLOOD, bytes, 1), "ask");
    setsockopt(card, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    patience = (struct timeval){ 0, 300000 };
    while (recv(card, &received, sizeof received, 0) > 0) {
        last = now_ns();
        if (!frames++) {
            first = last;
            setsockopt(card, SOL_SOCKET, SO_RCVTIMEO, &patience,
                       sizeof patience);
        }
    }
    check(frames > 1, "receive");
    printf("rate %s %lu %lu\n", name, frames - 1, last - first);
}

static void net_rate(void)
{
    requests_frame(&frame, mac, REQUESTS_LOST);
    for (unsigned i = 0; i < REQUESTS_PASSES; i++) {
        rate_send("send60", REQUESTS_SMALL);
        rate_send("send1514", REQUESTS_FRAME);
    }
    usleep(500000);
    for (unsigned i = 0; i < REQUESTS_PASSES; i++) {
        rate_receive("receive60", REQUESTS_SMALL);
        rate_receive("receive1514", REQUESTS_FRAME);
    }
}

int main(int argc, char **argv)
{
    /* Nothing is printed, by interrupts, while something is counted. */
    setvbuf(stdout, 0, _IOFBF, 1 << 16);
    check(argc == 4, "device-linux disk|net count|rate NAME");
    ms = ticks_per_ms();
    if (*argv[1] == 'd') {
        measure_disk(argv[2], argv[3]);
    } else {
        open_card(argv[3]);
        if (*argv[2] == 'r')
            net_rate();
        else
            net_count();
    }
    return 0;
}
