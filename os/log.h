/* log.h - what happened since the start, kept in memory.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Short records, put into words only when somebody reads them. When there is no
 * room the oldest go, but for text of the console, which then is not kept. All
 * for the boot CPU, interrupts on or off.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* First of all: the memory that is for it, 2 KiB at least. */
void log_start(void *memory, size_t size);

/* What was written to the console: kept by the line until the start is over. */
void log_console(const char *text, size_t length);

/* The start is over, or a program is about to run: no more of that. */
void log_events_only(void);

/* A line of text, without its end. Directives: see pure64/format.h. */
void log_note(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* Around the probe of drivers, which log_found follows: disks and network
 * interfaces that are new since the last call become records. */
void log_probe(void);
void log_found(void);
/* Device number `device` of devices.h was offered to all drivers. */
void log_device(unsigned device);

enum log_kind { LOG_TEXT, LOG_DEVICE, LOG_DISK, LOG_NET };

struct log_entry {
    uint64_t ticks;     /* TSC, since sysinfo.t0 */
    uint64_t duration;  /* the same; of a disk's probe */
    uint8_t kind;       /* enum log_kind */
    uint8_t number;     /* of the device, disk or interface */
    char text[256];     /* LOG_TEXT: with its NUL */
};

/* The record at *cursor, 0 at first, or the oldest that is left: 1, or 0
 * behind the last. *cursor goes on behind it. */
int log_read(uint32_t *cursor, struct log_entry *entry);

/* How many records, and lines of the console, were lost. */
unsigned log_lost(void);
