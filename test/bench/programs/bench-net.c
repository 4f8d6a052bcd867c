/* bench-net.c - frames to and from peer.py, for plugin/requests.c or timed.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     bench-net count   samples between marks; prints for each: "sample",
 *                       what, frames, and how often it looked in vain
 *     bench-net rate    "rate", what, frames, nanoseconds
 */
#include <baremetal.h>
#include "../../../programs/text.h"
#include "requests.h"

#define LINK_MS 5000
#define LOOKS_MAX 200
#define EMPTY_CALLS 1000
#define SEND_SAMPLE 8 /* frames sent one by one in a sample */

static const struct baremetal *os;
static struct text line;
static struct baremetal_net info;
static struct requests_frame frame, question;
static uint64_t ms; /* in ticks */

static int failed(const char *what)
{
    text_add(&line, "failed: ");
    text_add(&line, what);
    text_print(&line, os);
    return 1;
}

static void say(const char *kind, const char *name, uint64_t frames,
                uint64_t value)
{
    text_add(&line, kind);
    text_add(&line, name);
    text_add(&line, " ");
    text_number(&line, frames, 0);
    text_add(&line, " ");
    text_number(&line, value, 0);
    text_print(&line, os);
}

/* Ticks of the TSC in a millisecond. */
static uint64_t ticks_per_ms(void)
{
    uint64_t ns, begin;

    os->time_ns(&ns); /* the first call measures the clock */
    begin = measure_tsc();
    os->delay_us(1000);
    return measure_tsc() - begin;
}

static void drain(void)
{
    void *unused;

    while (os->net_receive(0, &unused) > 0)
        ;
}

/* ---- sending */

/* `depth` frames at a time, until that many were sent: how often it looked in
 * vain, or -1. */
static int sample_send(unsigned depth, unsigned frames)
{
    int looks = 0, good = 1;

    measure_begin();
    for (unsigned sent = 0; sent < frames; sent += depth) {
        for (unsigned i = 0; i < depth; i++)
            good &= !os->net_send(0, &frame, REQUESTS_FRAME);
        measure_delay(2 * ms);
    }
    while (os->net_sending(0) > 0 && looks < LOOKS_MAX) {
        looks++;
        measure_delay(ms);
    }
    measure_end();
    return good && looks < LOOKS_MAX ? looks : -1;
}

/* ---- receiving */

static int ask(uint32_t frames, uint32_t bytes, uint32_t number)
{
    struct requests_ask wanted = { frames, bytes, REQUESTS_PEER_MS, number };
    int error;

    requests_ask(&question, info.mac, wanted);
    error = os->net_send(0, &question, REQUESTS_SMALL);
    return error;
}

/* How often it looked in vain, or -1. */
static int sample_receive(unsigned frames, uint32_t number)
{
    int looks = 0;
    void *where;

    drain();
    if (ask(frames, REQUESTS_FRAME, number))
        return -1;
    measure_delay((REQUESTS_PEER_MS + 20) * ms);
    measure_begin();
    while (frames && looks < LOOKS_MAX) {
        if (os->net_receive(0, &where) <= 0) {
            looks++;
            measure_delay(ms);
        } else if (requests_answered(where) == number) {
            frames--;
        } else {
            looks++;
        }
    }
    measure_end();
    return frames ? -1 : looks;
}

static void sample_empty(void)
{
    void *unused;

    drain();
    measure_begin();
    for (unsigned i = 0; i < EMPTY_CALLS; i++)
        os->net_receive(0, &unused);
    measure_end();
    say("sample ", "empty", EMPTY_CALLS, 0);
}

static int count(void)
{
    static const struct {
        const char *name;
        unsigned depth, frames;
    } sends[] = {
        { "send1", 1, SEND_SAMPLE },
        { "send32", REQUESTS_DEEP, REQUESTS_DEEP },
    }, receives[] = {
        { "receive1", 1, 1 },
        { "receive32", REQUESTS_DEEP, REQUESTS_DEEP },
    };
    uint32_t number = 0;

    requests_frame(&frame, info.mac, REQUESTS_LOST);
    for (unsigned i = 0; i < REQUESTS_SAMPLES * 2; i++) {
        unsigned j = i / REQUESTS_SAMPLES;
        int looks = sample_send(sends[j].depth, sends[j].frames);

        if (looks < 0)
            return failed(sends[j].name);
        say("sample ", sends[j].name, sends[j].frames, (uint64_t)looks);
    }
    for (unsigned i = 0; i < REQUESTS_SAMPLES * 2; i++) {
        unsigned j = i / REQUESTS_SAMPLES;
        int looks = sample_receive(receives[j].frames, ++number);

        if (looks < 0) /* lost: counts for nothing */
            say("sample ", "lost", 1, 0);
        else
            say("sample ", receives[j].name, receives[j].frames,
                (uint64_t)looks);
    }
    sample_empty();
    return 0;
}

/* ---- rates */

static void rate_send(const char *name, size_t bytes)
{
    uint64_t begin, end;

    os->time_ns(&begin);
    for (unsigned i = 0; i < REQUESTS_SENT;)
        if (os->net_send(0, &frame, bytes))
            measure_pause();
        else
            i++;
    while (os->net_sending(0) > 0)
        measure_pause();
    os->time_ns(&end);
    say("rate ", name, REQUESTS_SENT, end - begin);
}

/* ---- rate of receiving: the CPU is halted while there is nothing */

static volatile struct {
    uint64_t frames, first, last; /* nanoseconds */
} flood;

static void take_all(void *unused)
{
    uint64_t frames = 0, first, last;
    void *where;

    (void)unused;
    os->time_ns(&first);
    while (os->net_receive(0, &where) > 0)
        frames++;
    if (!frames)
        return;
    os->time_ns(&last);
    if (!flood.frames)
        flood.first = first;
    flood.last = last;
    flood.frames += frames;
}

static void wake(void *unused)
{
    (void)unused;
}

static void halt(void)
{
    __asm__ volatile("hlt" : : : "memory");
}

/* From the first frames to the last that come before a pause. */
static int rate_receive(const char *name, uint32_t bytes)
{
    uint64_t begin, now;

    flood.frames = 0;
    if (os->net_callback(0, take_all, 0))
        return failed("net_callback");
    os->time_ns(&begin);
    if (ask(REQUESTS_FLOOD, bytes, 1))
        return failed("send");
    do {
        os->timer(100000000, wake, 0);
        halt();
        os->time_ns(&now);
    } while (flood.frames ? now - flood.last < 300000000
                          : now - begin < 2000000000);
    os->net_callback(0, 0, 0);
    os->timer(0, 0, 0);
    if (flood.last == flood.first)
        return failed("receive");
    say("rate ", name, flood.frames, flood.last - flood.first);
    return 0;
}

static int rate(void)
{
    requests_frame(&frame, info.mac, REQUESTS_LOST);
    for (unsigned i = 0; i < REQUESTS_PASSES; i++) {
        rate_send("send60", REQUESTS_SMALL);
        rate_send("send1514", REQUESTS_FRAME);
    }
    os->delay_us(500000); /* the peer throws them away */
    for (unsigned i = 0; i < REQUESTS_PASSES; i++)
        if (rate_receive("receive60", REQUESTS_SMALL) ||
            rate_receive("receive1514", REQUESTS_FRAME))
            return 1;
    return 0;
}

int main(int argc, char **argv, const struct baremetal *system)
{
    os = system;
    ms = ticks_per_ms();
    for (unsigned i = 0; i < LINK_MS; i++) {
        if (os->net_info(0, &info))
            return failed("no card");
        if (info.link)
            break;
        os->delay_us(1000);
    }
    text_add(&line, "card ");
    text_add(&line, info.name);
    text_print(&line, os);
    return argc > 1 && *argv[1] == 'r' ? rate() : count();
}
