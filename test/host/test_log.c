/* test_log.c - the log of the start: what is kept, in which order.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What needs a CPU in ring 0 is replaced here.
 */
// sources: pure64/format.c
#include "check.h"
#include <pure64/cpu.h>
#include <pure64/sysinfo.h>
#include <stdio.h>
#include <string.h>

static struct sysinfo machine;
static uint64_t tsc;
static int interrupts = 1;

#undef SYSINFO
#define SYSINFO (&machine)
#define cpu_tsc() tsc
#define cpu_flags() ((uint64_t)interrupts)
#define cpu_interrupts_off() ((void)(interrupts = 0))
#define cpu_flags_restore(flags) ((void)(interrupts = (int)(flags)))
#include <log.c>

static struct block_device *blocks[BLOCK_DEVICES_MAX];
static unsigned net_count;

static struct net_device *get_net(unsigned net)
{
    static struct net_device device;

    return net < net_count ? &device : 0;
}

static const struct kernel_services kernel = {
    .block_devices = blocks, .net_get = get_net,
};
const struct os_system os_system = { 0, &kernel };

static uint8_t memory[2048];
static struct log_entry entry;

static void restart(void)
{
    memset(&ring, 0, sizeof ring);
    memset(&line, 0, sizeof line);
    lost = 0;
    tsc = machine.t0 = 1000;
    log_start(memory, sizeof memory);
}

static void say(const char *text)
{
    log_console(text, strlen(text));
}

/* The next record is that text. */
static int next_is(uint32_t *cursor, const char *text)
{
    return log_read(cursor, &entry) && entry.kind == LOG_TEXT &&
           !strcmp(entry.text, text);
}

static void test_lines(void)
{
    char text[LINE_BYTES + 11];
    uint32_t cursor = 0;

    restart();
    CHECK(!log_read(&cursor, &entry));
    tsc += 0x100;
    say("one ");
    tsc += 0x100;
    say("line\nanother\n\n");
    log_note("note %u", 3);
    say("cut\x01 \rshort");
    log_events_only();
    say("\nnot kept\n");
    CHECK(next_is(&cursor, "one line") && entry.ticks == 0x100);
    CHECK(next_is(&cursor, "another") && entry.ticks == 0x200);
    CHECK(next_is(&cursor, "note 3"));
    CHECK(next_is(&cursor, "cut short"));
    CHECK(!log_read(&cursor, &entry));
    CHECK(!log_lost() && interrupts);

    restart();
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    say(text);
    log_events_only();
    log_note("%s", text);
    cursor = 0;
    CHECK(log_read(&cursor, &entry) && strlen(entry.text) == LINE_BYTES);
    CHECK(next_is(&cursor, "xxxxxxxxxx"));
    CHECK(log_read(&cursor, &entry) && strlen(entry.text) == LINE_BYTES);
}

static void test_events(void)
{
    uint32_t cursor = 0;

    restart();
    log_probe();
    tsc += 0x300;
    blocks[0] = (struct block_device *)memory; /* only looked for */
    log_device(200);
    log_found();
    log_found();
    net_count = 2;
    log_found();
    CHECK(log_read(&cursor, &entry) && entry.kind == LOG_DEVICE &&
          entry.number == 200);
    CHECK(log_read(&cursor, &entry) && entry.kind == LOG_DISK &&
          entry.number == 0 && entry.duration == 0x300 &&
          entry.ticks == 0x300);
    CHECK(log_read(&cursor, &entry) && entry.kind == LOG_NET &&
          entry.number == 0);
    CHECK(log_read(&cursor, &entry) && entry.kind == LOG_NET &&
          entry.number == 1);
    CHECK(!log_read(&cursor, &entry));
}

/* The oldest go, the console's text does not make them. */
static void test_full(void)
{
    char text[40];
    uint32_t cursor = 0, stale;
    unsigned first, kept = 0, dropped;

    restart();
    for (unsigned i = 0; i < 400; i++)
        log_note("record %u", i);
    dropped = log_lost();
    CHECK(dropped > 0);
    for (unsigned i = 0; i < 100; i++)
        say("a line of the console, too long for what room is left\n");
    CHECK(log_lost() == dropped + 100);
    CHECK(log_read(&cursor, &entry));
    stale = cursor;
    CHECK(sscanf(entry.text, "record %u", &first) == 1 && first == dropped);
    do {
        snprintf(text, sizeof text, "record %u", first + kept++);
        CHECK(!strcmp(entry.text, text));
    } while (log_read(&cursor, &entry));
    CHECK(first + kept == 400);
    CHECK(ring.end - ring.begin <= sizeof memory);
    /* A reader that was overtaken goes on with the oldest. */
    for (unsigned i = 400; i < 800; i++)
        log_note("record %u", i);
    CHECK(log_read(&stale, &entry));
    CHECK(sscanf(entry.text, "record %u", &first) == 1 &&
          first == log_lost() - 100);
}

/* Offsets do not overflow. */
static void test_long(void)
{
    uint32_t cursor = 0;

    restart();
    ring.begin = ring.end = ring.size * COUNT_BACK - 100;
    for (unsigned i = 0; i < 400; i++)
        log_note("record %u", i);
    CHECK(ring.end < ring.size * 4 && ring.end - ring.begin <= ring.size);
    CHECK(log_read(&cursor, &entry) && !strncmp(entry.text, "record ", 7));
    while (log_read(&cursor, &entry))
        ;
    CHECK(!strcmp(entry.text, "record 399"));
}

int main(void)
{
    test_lines();
    test_events();
    test_full();
    test_long();
    return check_report("test_log");
}
