/* requests.h - what is asked of disks and network cards, here and on Linux
 * alike.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * In a sample the system is asked, then the program stays away from it until
 * the device must have answered, then it fetches the answer: so nothing that
 * is counted is waiting. Looking too early costs another look; each sample
 * says how many there were, and those with unusually many are left out.
 */
#pragma once
#include "measure.h"

#define REQUESTS_DEEP 32 /* at a time, beside 1 */
#define REQUESTS_SAMPLES 40

/* ---- disks */

#define REQUESTS_READ 4096      /* bytes */
#define REQUESTS_LARGE 0x100000 /* bytes, of a sequential read */
#define REQUESTS_PASSES 5       /* over REQUESTS_PASS bytes of the disk */
#define REQUESTS_PASS 0x8000000
#define REQUESTS_PASSES_NS 8000000000 /* no further pass after so long */

/* Where to read, in blocks of REQUESTS_READ: in no order, so that a system
 * can't join requests. xorshift64. */
static inline uint64_t requests_random(uint64_t blocks)
{
    static uint64_t state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % blocks;
}

/* ---- network: frames between the guest and peer.py
 *
 * A frame to the peer with the type REQUESTS_ASK says after its header:
 * frames wanted, their bytes, milliseconds until they are sent, each as 32
 * bits, and a number, which they bear as their first 32 bits of data.
 * Those have the type REQUESTS_GIVEN, and what else the guest sends has
 * REQUESTS_LOST and is thrown away. Types for experiments: IEEE 802, "Local
 * Experimental EtherTypes". */

#define REQUESTS_ASK 0x88B5
#define REQUESTS_GIVEN 0x88B6
#define REQUESTS_LOST 0x9000 /* "loopback" */

#define REQUESTS_SMALL 60    /* bytes of a frame */
#define REQUESTS_FRAME 1514
#define REQUESTS_PEER_MS 30  /* time to get ready for an answer */
#define REQUESTS_SENT 20000  /* frames, for the rate */
#define REQUESTS_FLOOD 40000

struct requests_frame {
    uint8_t to[6], from[6];
    uint8_t type[2];
    uint8_t data[REQUESTS_FRAME - 14];
};

struct requests_ask {
    uint32_t frames, bytes, delay_ms, number;
};

static inline void requests_frame(struct requests_frame *frame,
                                  const uint8_t *from, uint16_t type)
{
    for (unsigned i = 0; i < sizeof frame->to; i++) {
        frame->to[i] = 0xFF;
        frame->from[i] = from[i];
    }
    frame->type[0] = (uint8_t)(type >> 8);
    frame->type[1] = (uint8_t)type;
}

static inline void requests_ask(struct requests_frame *frame,
                                const uint8_t *from, struct requests_ask ask)
{
    const uint8_t *bytes = (const uint8_t *)&ask;

    requests_frame(frame, from, REQUESTS_ASK);
    for (unsigned i = 0; i < sizeof ask; i++)
        frame->data[i] = bytes[i];
}

/* The number of the question that this frame answers; 0: it does not. */
static inline uint32_t requests_answered(const struct requests_frame *frame)
{
    if (frame->type[0] != REQUESTS_GIVEN >> 8 ||
        frame->type[1] != (REQUESTS_GIVEN & 0xFF))
        return 0;
    return frame->data[0] | (uint32_t)frame->data[1] << 8 |
           (uint32_t)frame->data[2] << 16 | (uint32_t)frame->data[3] << 24;
}
