/* net-check.c - exchanges frames with a peer, and checks each of them.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * net-check info            every interface and its counters
 * net-check errors NET      arguments that must be refused
 * net-check sink NET MS     takes whatever comes for so long
 * net-check lead NET COUNT MAC SENT_MIN RECEIVED_MIN
 *                           sends COUNT frames, and takes COUNT answers of the
 *                           peer with that address, none shorter than that;
 *                           NET may be `all`: every interface at once
 * net-check reply ...       the same, but answers
 * net-check called ...      the same, by callbacks
 * Frame n of either side is known beforehand: test/boot/net_peer.py makes the
 * same ones. The exit status is 0, or 1 if anything went wrong.
 */
#include "print.h"

#define NETS 4              /* their buffers: on 64 KiB of stack, too */
#define WINDOW 16           /* frames under way; also buffers */
#define PATTERN 8192
#define HEADER 14
#define PADDED 60
#define TIMEOUT_NS 10000000000ull
#define UNMAPPED ((void *)0x10) /* page 0 */

static uint8_t pattern[PATTERN];
static uint8_t buffers[NETS][WINDOW / 2][BAREMETAL_FRAME_MAX];
static uint8_t peer_mac[6];
static unsigned sent_min, received_min;

struct exchange {
    unsigned net;
    int lead;               /* or answer */
    uint8_t mac[6];
    uint32_t count, sent, received;
    uint8_t (*stack)[BAREMETAL_FRAME_MAX]; /* half of the buffers */
    int failed;
};

static void print_field(const char *name, int64_t value)
{
    print(name);
    if (value < 0)
        print("-");
    print_number((uint64_t)(value < 0 ? -value : value), 10, 1);
}

static uint32_t parse_digit(char digit)
{
    return (uint32_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static uint32_t parse(const char *text, unsigned base)
{
    uint32_t value = 0;

    for (; *text; text++)
        value = value * base + parse_digit(*text);
    return value;
}

static int equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static uint64_t now(void)
{
    uint64_t ns = 0;

    system->time_ns(&ns);
    return ns;
}

static uint32_t mix(uint32_t n)
{
    n = (n ^ n >> 16) * 0x7FEB352D;
    n = (n ^ n >> 15) * 0x846CA68B;
    return n ^ n >> 16;
}

/* Frame n, of the leader or the other side; returns its length. */
static unsigned make_frame(uint8_t *frame, uint32_t n, int lead,
                           unsigned length_min, const uint8_t *from,
                           const uint8_t *to)
{
    uint32_t random = mix(2 * n + !lead);
    unsigned length = length_min +
                      random % (BAREMETAL_FRAME_MAX + 1 - length_min);
    const uint8_t *source = pattern + (random >> 16) % (PATTERN / 2);

    for (unsigned i = 0; i < length; i++)
        frame[i] = source[i];
    for (unsigned i = 0; i < 6; i++) {
        if (i < length)
            frame[i] = n % 2 ? 0xFF : to[i];
        if (6 + i < length)
            frame[6 + i] = from[i];
    }
    if (length > 12)
        frame[12] = 0x88; /* IEEE 802 local experimental EtherType 1 */
    if (length > 13)
        frame[13] = 0xB5;
    return length;
}

/* Ends the exchange; what and where went wrong. */
static void fail(struct exchange *exchange, const char *what, int64_t value)
{
    print_field("net ", exchange->net);
    print(": ");
    print_field(what, value);
    print_field(", sent ", exchange->sent);
    print_field(", received ", exchange->received);
    print("\n");
    exchange->failed = 1;
}

static void send_one(struct exchange *exchange)
{
    unsigned slot = exchange->sent % WINDOW;
    uint8_t *frame = slot < WINDOW / 2 ? buffers[exchange->net][slot]
                                       : exchange->stack[slot - WINDOW / 2];
    int result = system->net_sending(exchange->net);

    if (result >= WINDOW) /* the buffer may be in use */
        return;
    result = system->net_send(
        exchange->net, frame,
        make_frame(frame, exchange->sent, exchange->lead, sent_min,
                   exchange->mac, peer_mac));
    if (result == 0)
        exchange->sent++;
    else if (result != BAREMETAL_EBUSY)
        fail(exchange, "net_send: error ", result);
}

static void receive_one(struct exchange *exchange)
{
    static uint8_t expected[BAREMETAL_FRAME_MAX];
    void *frame;
    const uint8_t *byte;
    int length = system->net_receive(exchange->net, &frame);
    int right;

    if (length == 0)
        return;
    if (length < 0) {
        fail(exchange, "net_receive: error ", length);
        return;
    }
    right = (int)make_frame(expected, exchange->received, !exchange->lead,
                            received_min, peer_mac, exchange->mac);
    if (length != right && !(length > right && length <= PADDED)) {
        fail(exchange, "length ", length);
        return;
    }
    byte = frame;
    for (int i = 0; i < length; i++)
        if (byte[i] != (i < right ? expected[i] : 0)) {
            fail(exchange, "wrong at ", i);
            return;
        }
    exchange->received++;
}

/* One look at an interface; 1 if there is more to do. */
static int step(struct exchange *exchange)
{
    uint32_t ahead = exchange->lead ? WINDOW : 0;

    if (exchange->failed)
        return 0;
    receive_one(exchange);
    if (exchange->sent < exchange->count &&
        exchange->sent < exchange->received + ahead)
        send_one(exchange);
    return exchange->sent < exchange->count ||
           exchange->received < exchange->count ||
           system->net_sending(exchange->net) > 0;
}

static void called(void *argument)
{
    struct exchange *exchange = argument;
    uint32_t received;

    do {
        received = exchange->received;
        receive_one(exchange);
        while (!exchange->failed && exchange->sent < exchange->received)
            send_one(exchange);
    } while (!exchange->failed && received != exchange->received);
}

static int wait_for_calls(struct exchange *exchange)
{
    uint64_t start = now();
    int error = system->net_callback(exchange->net, called, exchange);

    if (error)
        fail(exchange, "net_callback: error ", error);
    while (!exchange->failed &&
           *(volatile uint32_t *)&exchange->sent < exchange->count) {
        if (now() - start > TIMEOUT_NS + exchange->count * 1000000ull)
            fail(exchange, "time is up: ", exchange->count);
        __asm__ volatile("sti; pause" : : : "memory");
    }
    system->net_callback(exchange->net, 0, 0);
    while (system->net_sending(exchange->net) > 0)
        ;
    return exchange->failed;
}

static int exchange_all(int lead, int by_callback, const char *net,
                        uint32_t count)
{
    uint8_t on_stack[NETS][WINDOW / 2][BAREMETAL_FRAME_MAX];
    struct exchange exchanges[NETS];
    struct baremetal_net info;
    unsigned first = equal(net, "all") ? 0 : parse(net, 10), nets = 0;
    int busy = 1, failed = 0;
    uint64_t last = now();
    uint64_t sum_before = 0;

    while (nets < NETS && !system->net_info(first + nets, &info)) {
        struct exchange *exchange = &exchanges[nets];

        *exchange = (struct exchange){
            .net = first + nets, .lead = lead, .count = count,
            .stack = on_stack[nets],
        };
        for (unsigned i = 0; i < 6; i++)
            exchange->mac[i] = info.mac[i];
        nets++;
        if (!equal(net, "all"))
            break;
    }
    if (!nets) {
        print("no such interface\n");
        return 1;
    }
    print("ready\n");
    if (by_callback)
        return wait_for_calls(&exchanges[0]);
    while (busy) {
        uint64_t sum = 0;

        busy = 0;
        for (unsigned i = 0; i < nets; i++) {
            busy |= step(&exchanges[i]);
            sum += exchanges[i].sent + exchanges[i].received;
        }
        if (sum != sum_before)
            last = now();
        else if (now() - last > TIMEOUT_NS)
            busy = 0;
        sum_before = sum;
    }
    for (unsigned i = 0; i < nets; i++) {
        if (exchanges[i].sent < count || exchanges[i].received < count)
            fail(&exchanges[i], "incomplete: of ", count);
        failed |= exchanges[i].failed;
    }
    return failed;
}

static int show(void)
{
    struct baremetal_net info;

    for (unsigned net = 0; !system->net_info(net, &info); net++) {
        print(info.name);
        print(" ");
        for (unsigned i = 0; i < 6; i++)
            print_number(info.mac[i], 16, 2);
        print(info.link ? " up" : " down");
        print_field(" received ", (int64_t)info.received);
        print_field(" ", (int64_t)info.received_bytes);
        print_field(" sent ", (int64_t)info.sent);
        print_field(" ", (int64_t)info.sent_bytes);
        print_field(" errors ", (int64_t)info.errors);
        print("\n");
    }
    return 0;
}

static int expect(const char *what, int result, int expected)
{
    if (result == expected)
        return 0;
    print(what);
    print_field(": ", result);
    print_field(", not ", expected);
    print("\n");
    return 1;
}

static int errors(unsigned net)
{
    struct baremetal_memory memory;
    struct baremetal_net info;
    void *frame;
    int bad = 0;

    bad |= expect("length 0", system->net_send(net, buffers, 0),
                  BAREMETAL_EINVAL);
    bad |= expect("length 1519", system->net_send(net, buffers, 1519),
                  BAREMETAL_EINVAL);
    bad |= expect("length -1", system->net_send(net, buffers, (size_t)-1),
                  BAREMETAL_EINVAL);
    bad |= expect("page 0", system->net_send(net, UNMAPPED, 60),
                  BAREMETAL_EFAULT);
    system->memory(&memory);
    bad |= expect("into a page that is not mapped",
                  system->net_send(net, (char *)memory.base + memory.size - 100,
                                   200),
                  BAREMETAL_EFAULT);
    bad |= expect("net 99", system->net_send(99, buffers, 60),
                  BAREMETAL_ENODEV);
    bad |= expect("net -1", system->net_receive(~0u, &frame),
                  BAREMETAL_ENODEV);
    bad |= expect("info 99", system->net_info(99, &info), BAREMETAL_ENODEV);
    bad |= expect("sending 99", system->net_sending(99), BAREMETAL_ENODEV);
    bad |= expect("callback 99", system->net_callback(99, called, 0),
                  BAREMETAL_ENODEV);
    bad |= expect("sending", system->net_sending(net), 0);
    return bad;
}

static int sink(unsigned net, uint64_t ms)
{
    uint64_t start = now(), frames = 0, bytes = 0;
    void *frame;
    int length;

    print("ready\n");
    while (now() - start < ms * 1000000) {
        length = system->net_receive(net, &frame);
        if (length < 0)
            return expect("net_receive", length, 0);
        if (length > BAREMETAL_FRAME_MAX)
            return expect("length", length, BAREMETAL_FRAME_MAX);
        frames += length > 0;
        for (int i = 0; i < length; i++)
            bytes += ((uint8_t *)frame)[i];
    }
    print_field("frames ", (int64_t)frames);
    print_field(" sum ", (int64_t)bytes);
    print("\n");
    return 0;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    const char *what = argc > 1 ? argv[1] : "";
    uint32_t value = 1;

    system = os;
    for (unsigned i = 0; i < PATTERN; i++) {
        value = value * 1664525 + 1013904223;
        pattern[i] = (uint8_t)(value >> 24);
    }
    if (equal(what, "info"))
        return show();
    if (equal(what, "errors") && argc > 2)
        return errors(parse(argv[2], 10));
    if (equal(what, "sink") && argc > 3)
        return sink(parse(argv[2], 10), parse(argv[3], 10));
    if (argc < 7)
        return expect("arguments", argc, 7);
    for (unsigned i = 0; i < 6; i++)
        peer_mac[i] = (uint8_t)(parse_digit(argv[4][2 * i]) * 16 +
                                parse_digit(argv[4][2 * i + 1]));
    sent_min = parse(argv[5], 10);
    received_min = parse(argv[6], 10);
    return exchange_all(equal(what, "lead"), equal(what, "called"), argv[2],
                        parse(argv[3], 10));
}
