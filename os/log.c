/* log.c - what happened since the start, kept in memory.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "log.h"
#include "system.h"
#include <kernel/block.h>
#include <kernel/net.h>
#include <pure64/cpu.h>
#include <pure64/format.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>
#include <stdarg.h>

#define LINE_BYTES 120

/* How many times the ring is filled before its offsets are counted back; a
 * reader in the midst of it begins anew. */
#define COUNT_BACK 65536u

/* Ticks are kept in units of 256: 48 bits are months. */
#define TICKS_SHIFT 8

/* A record in the ring: this, then `length` bytes. */
struct head {
    uint16_t time[3];
    uint8_t kind, length;
};
_Static_assert(sizeof(struct head) == 8, "no holes");

/* Of a device, disk or interface. */
struct event {
    uint8_t number;
    uint8_t duration[4]; /* in units of 256 ticks */
};

/* Counted on, and both back by a multiple of size long before they overflow;
 * the byte is at its place modulo size. */
static struct {
    uint32_t begin, end;
    uint32_t size;
    uint8_t *bytes;
} ring;
static unsigned lost;

/* A line of the console that has no end yet, and when it began. */
static struct {
    uint8_t closed;
    uint8_t length;
    uint64_t ticks;
    char text[LINE_BYTES];
} line;

static uint8_t disks, nets;
static uint64_t probe_began;

static uint64_t ticks_now(void)
{
    return (cpu_tsc() - SYSINFO->t0) >> TICKS_SHIFT;
}

static void ring_put(const void *bytes, size_t length)
{
    const uint8_t *from = bytes;

    while (length--)
        ring.bytes[ring.end++ % ring.size] = *from++;
}

static void ring_get(uint32_t at, void *bytes, size_t length)
{
    uint8_t *to = bytes;

    while (length--)
        *to++ = ring.bytes[at++ % ring.size];
}

static int has_room(size_t length)
{
    return ring.end - ring.begin + sizeof(struct head) + length <= ring.size;
}

static void drop_oldest(void)
{
    struct head head;

    ring_get(ring.begin, &head, sizeof head);
    ring.begin += (uint32_t)(sizeof head + head.length);
    if (ring.begin >= ring.size * COUNT_BACK) {
        ring.begin -= ring.size * COUNT_BACK;
        ring.end -= ring.size * COUNT_BACK;
    }
    lost++;
}

/* At most 255 bytes. An interrupt may add a record, too. */
static void add(uint64_t ticks, enum log_kind kind, const void *bytes,
                size_t length)
{
    struct head head = { .kind = (uint8_t)kind, .length = (uint8_t)length };
    uint64_t flags = cpu_flags();

    memcpy(head.time, &ticks, sizeof head.time);
    cpu_interrupts_off();
    while (!has_room(length))
        drop_oldest();
    ring_put(&head, sizeof head);
    ring_put(bytes, length);
    cpu_flags_restore(flags);
}

static void end_line(void)
{
    if (!has_room(line.length))
        lost++;
    else if (line.length)
        add(line.ticks, LOG_TEXT, line.text, line.length);
    line.length = 0;
}

void log_start(void *memory, size_t size)
{
    ring.bytes = memory;
    ring.size = (uint32_t)size;
}

void log_console(const char *text, size_t length)
{
    if (line.closed)
        return;
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)text[i];

        if (c == '\n' || line.length == sizeof line.text)
            end_line();
        if (c < ' ')
            continue;
        if (!line.length)
            line.ticks = ticks_now();
        line.text[line.length++] = (char)c;
    }
}

void log_events_only(void)
{
    if (!line.closed)
        end_line();
    line.closed = 1;
}

struct note {
    unsigned length;
    char text[LINE_BYTES];
};

static void note_put(void *context, char c)
{
    struct note *note = context;

    if (note->length < sizeof note->text)
        note->text[note->length++] = c;
}

void log_note(const char *text, ...)
{
    struct note note;
    va_list list;

    note.length = 0;
    va_start(list, text);
    format_list(note_put, &note, text, list);
    va_end(list);
    add(ticks_now(), LOG_TEXT, note.text, note.length);
}

static void add_event(enum log_kind kind, unsigned number)
{
    uint64_t now = ticks_now(), duration = now - probe_began;
    struct event event = { .number = (uint8_t)number };

    memcpy(event.duration, &duration, sizeof event.duration);
    add(now, kind, &event, sizeof event);
}

void log_probe(void)
{
    probe_began = ticks_now();
}

void log_found(void)
{
    const struct kernel_services *kernel = os_system.kernel;

    while (disks < BLOCK_DEVICES_MAX && kernel->block_devices[disks])
        add_event(LOG_DISK, disks++);
    while (kernel->net_get(nets))
        add_event(LOG_NET, nets++);
}

void log_device(unsigned device)
{
    add_event(LOG_DEVICE, device);
}

int log_read(uint32_t *cursor, struct log_entry *entry)
{
    uint64_t flags = cpu_flags(), ticks = 0, duration = 0;
    struct event event;
    struct head head;
    int is_there;

    cpu_interrupts_off();
    /* What it stood at may be gone. */
    if (!*cursor || *cursor - ring.begin > ring.end - ring.begin)
        *cursor = ring.begin;
    is_there = *cursor != ring.end;
    if (is_there) {
        ring_get(*cursor, &head, sizeof head);
        ring_get(*cursor + (uint32_t)sizeof head, entry->text, head.length);
        *cursor += (uint32_t)(sizeof head + head.length);
    }
    cpu_flags_restore(flags);
    if (!is_there)
        return 0;
    entry->text[head.length] = 0;
    entry->kind = head.kind;
    memcpy(&ticks, head.time, sizeof head.time);
    entry->ticks = ticks << TICKS_SHIFT;
    if (head.kind != LOG_TEXT) {
        memcpy(&event, entry->text, sizeof event);
        memcpy(&duration, event.duration, sizeof event.duration);
        entry->number = event.number;
        entry->duration = duration << TICKS_SHIFT;
    }
    return 1;
}

unsigned log_lost(void)
{
    return lost;
}
