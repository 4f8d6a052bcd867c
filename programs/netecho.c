/* netecho.c - a server that sends each frame back to where it came from.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     netecho [NET]
 *
 * The card's interrupt calls a callback, which takes all frames there are;
 * until then the CPU is halted. A frame that is sent must stay as it is until
 * the card has it, so answers stand in a ring of buffers, as many as the card
 * has places. A key ends it.
 */
#include <baremetal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAC_BYTES 6
#define HEADER_BYTES 14
#define ANSWERS 64

static struct server {
    const struct baremetal *os;
    unsigned number;
    struct baremetal_net net;
    unsigned next;              /* answer */
    uint64_t answered, dropped;
    uint8_t answers[ANSWERS][BAREMETAL_FRAME_MAX];
} server;

/* To the sender, from us; the rest as it came. */
static void answer(struct server *to, const uint8_t *frame, size_t length)
{
    uint8_t *copy = to->answers[to->next];

    if (to->os->net_sending(to->number) >= ANSWERS - 1) {
        to->dropped++;
        return;
    }
    memcpy(copy, frame + MAC_BYTES, MAC_BYTES);
    memcpy(copy + MAC_BYTES, to->net.mac, MAC_BYTES);
    memcpy(copy + 2 * MAC_BYTES, frame + 2 * MAC_BYTES,
           length - 2 * MAC_BYTES);
    if (to->os->net_send(to->number, copy, length)) {
        to->dropped++;
        return;
    }
    to->next = (to->next + 1) % ANSWERS;
    to->answered++;
}

/* Frames to all (the lowest bit of the first byte is set) are not for us. */
static void take_frames(void *argument)
{
    struct server *to = argument;
    void *frame;
    int length;

    while ((length = to->os->net_receive(to->number, &frame)) > 0)
        if (length >= HEADER_BYTES && !(*(uint8_t *)frame & 1))
            answer(to, frame, (size_t)length);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    int error;

    server.os = os;
    server.number = argc > 1 ? (unsigned)strtoul(argv[1], 0, 10) : 0;
    error = os->net_info(server.number, &server.net);
    if (error) {
        printf("netecho: network interface %u: %s\n", server.number,
               os->error_text(error));
        return 1;
    }
    printf("netecho: answering at %02x:%02x:%02x:%02x:%02x:%02x; a key ends "
           "it\n", server.net.mac[0], server.net.mac[1], server.net.mac[2],
           server.net.mac[3], server.net.mac[4], server.net.mac[5]);
    if (!os->net_callback(server.number, take_frames, &server)) {
        os->key_wait();
        os->net_callback(server.number, 0, 0);
    } else { /* this card cannot interrupt */
        while (!os->key())
            take_frames(&server);
    }
    printf("netecho: %llu answered, %llu dropped\n",
           (unsigned long long)server.answered,
           (unsigned long long)server.dropped);
    return 0;
}
