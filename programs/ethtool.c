/* ethtool.c - network interfaces: what they are, sending, showing frames.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     ethtool                        lists the interfaces
 *     ethtool send NET MAC TEXT      sends a frame of that text
 *     ethtool dump NET [COUNT]       shows frames as they come; a key ends it
 *
 * The system takes and gives whole Ethernet frames: 6 bytes of destination, 6
 * of source, 2 of type, data. Nothing is added or checked.
 */
#include <baremetal.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAC_BYTES 6
#define HEADER_BYTES 14
#define FRAME_LEAST 60
#define LINE_BYTES 16
/* IEEE Std 802: for experiments on one's own network. */
#define TYPE_EXPERIMENT 0x88B5

static const struct baremetal *os;

static void print_mac(const uint8_t *mac)
{
    printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
           mac[4], mac[5]);
}

static int list(void)
{
    struct baremetal_net net;
    unsigned i = 0;

    for (; !os->net_info(i, &net); i++) {
        printf("%u  %-8s ", i, net.name);
        print_mac(net.mac);
        printf("  link %-4s  received %llu frames, sent %llu, errors %llu\n",
               net.link ? "up" : "down", (unsigned long long)net.received,
               (unsigned long long)net.sent, (unsigned long long)net.errors);
    }
    if (!i)
        puts("ethtool: there is no network interface that can be driven");
    return !i;
}

static int fail(const char *what, int error)
{
    printf("ethtool: %s: %s\n", what, os->error_text(error));
    return 1;
}

/* 0 if it is no address. */
static int read_mac(const char *text, uint8_t *mac)
{
    unsigned bytes[MAC_BYTES];

    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &bytes[0], &bytes[1],
               &bytes[2], &bytes[3], &bytes[4], &bytes[5]) != MAC_BYTES)
        return 0;
    for (int i = 0; i < MAC_BYTES; i++)
        mac[i] = (uint8_t)bytes[i];
    return 1;
}

static int send(unsigned number, const char *mac, const char *text)
{
    static uint8_t frame[BAREMETAL_FRAME_MAX];
    struct baremetal_net net;
    size_t length = strlen(text);
    int error = os->net_info(number, &net);

    if (error)
        return fail("that interface", error);
    if (!read_mac(mac, frame) || length > sizeof frame - HEADER_BYTES) {
        puts("ethtool: a MAC is six bytes as 52:54:00:12:34:56, and a text "
             "fits in a frame");
        return 1;
    }
    memcpy(frame + MAC_BYTES, net.mac, MAC_BYTES);
    frame[12] = TYPE_EXPERIMENT >> 8;
    frame[13] = TYPE_EXPERIMENT & 0xFF;
    memcpy(frame + HEADER_BYTES, text, length);
    length += HEADER_BYTES;
    error = os->net_send(number, frame,
                         length < FRAME_LEAST ? FRAME_LEAST : length);
    if (error)
        return fail("send", error);
    /* The frame stays as it is until the card has it. */
    for (int ms = 0; ms < 1000 && os->net_sending(number) > 0; ms++)
        os->delay_us(1000);
    if (os->net_sending(number) > 0)
        return fail("send", BAREMETAL_ETIME);
    printf("sent %zu bytes\n", length < FRAME_LEAST ? FRAME_LEAST : length);
    return 0;
}

static void dump_line(const uint8_t *bytes, size_t at, size_t length)
{
    size_t count = length - at < LINE_BYTES ? length - at : LINE_BYTES;

    printf("  %04zx ", at);
    for (size_t i = 0; i < LINE_BYTES; i++)
        if (i < count)
            printf(" %02x", bytes[at + i]);
        else
            printf("   ");
    printf("  ");
    for (size_t i = 0; i < count; i++)
        putchar(isprint(bytes[at + i]) ? bytes[at + i] : '.');
    putchar('\n');
}

static void dump_frame(const uint8_t *frame, size_t length)
{
    printf("%zu bytes from ", length);
    print_mac(frame + MAC_BYTES);
    printf(" to ");
    print_mac(frame);
    printf(", type %04x\n", frame[12] << 8 | frame[13]);
    for (size_t at = HEADER_BYTES; at < length; at += LINE_BYTES)
        dump_line(frame, at, length);
}

static int dump(unsigned number, unsigned long count)
{
    puts("Frames are shown as they come; a key ends it.");
    while (count && !os->key()) {
        void *frame;
        int length = os->net_receive(number, &frame);

        if (length < 0)
            return fail("receive", length);
        if (length < HEADER_BYTES)
            continue;
        dump_frame(frame, (size_t)length);
        count--;
    }
    return 0;
}

int main(int argc, char **argv, const struct baremetal *interface)
{
    unsigned number = argc > 2 ? (unsigned)strtoul(argv[2], 0, 10) : 0;

    os = interface;
    if (argc == 1)
        return list();
    if (argc == 5 && !strcmp(argv[1], "send"))
        return send(number, argv[3], argv[4]);
    if ((argc == 3 || argc == 4) && !strcmp(argv[1], "dump"))
        return dump(number, argc == 4 ? strtoul(argv[3], 0, 10) : -1ul);
    puts("usage: ethtool | ethtool send NET MAC TEXT | "
         "ethtool dump NET [COUNT]");
    return 1;
}
