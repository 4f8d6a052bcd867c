/* gdb_internal.h - what the parts of the debugger share.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * "GDB Remote Serial Protocol" is an appendix of Debugging with GDB.
 */
#pragma once
#include "gdb.h"
#include <stddef.h>
#include <stdint.h>

/* Characters of a packet, without frame and checksum; memory is read and
 * written in pieces of half of it. */
#define GDB_PACKET 1024

#define GDB_SIGINT 2  /* stopped from outside */
#define GDB_SIGTRAP 5 /* breakpoint or step */

/* ---- gdb_serial.c: the line */

int gdb_serial_open(void);     /* 0 if there is none, or none is asked for */
int gdb_serial_get(void);      /* a byte; waits */
int gdb_serial_get_soon(void); /* a byte, or -1 after a second */
int gdb_serial_poll(void);     /* a byte or -1 */
void gdb_serial_put(uint8_t byte);

/* ---- gdb_packet.c: framing */

/* Waits for a packet with the right checksum; a NUL ends it. What is too long
 * is not accepted. */
void gdb_packet_receive(char packet[GDB_PACKET + 1]);
/* Sends it until it is acknowledged, a few times at most. */
void gdb_packet_send(const char *text);

/* One digit, -1 if it is none. */
int gdb_hex_digit(char c);
/* The number at *text, which moves behind it; 0 without digits. */
uint64_t gdb_hex_number(const char **text);
/* `size` bytes as digits, lowest address first, and a NUL; its end. */
char *gdb_hex_bytes(char *to, const void *bytes, size_t size);
/* A number without leading zeros; its end. */
char *gdb_hex_append(char *to, uint64_t number);
/* Digits into at most `size` bytes; how many bytes. */
size_t gdb_hex_read(const char *text, void *bytes, size_t size);

/* ---- gdb_commands.c: what GDB wants */

/* What a stopped CPU is to do. */
enum gdb_go {
    GDB_STAY,
    GDB_CONTINUE,
    GDB_STEP,
};

/* Talks until GDB lets CPUs go on: gdb_cpu_go was called for each that is to.
 * `tell`: GDB waits to hear that the machine stopped. Returns 0 if it has
 * detached. */
int gdb_talk(unsigned cpu, unsigned signal, int tell);

/* ---- gdb_cpus.c: the CPUs, all stopped */

unsigned gdb_cpu_count(void);
/* Where it was interrupted; 0 if it did not stop. */
struct interrupt_frame *gdb_cpu_frame(unsigned cpu);
void gdb_cpu_go(unsigned cpu, enum gdb_go go);

/* ---- gdb_memory.c: memory and debug registers */

/* 0 if not all of it is mapped; write-protected pages are written, too. */
int gdb_memory_read(uint64_t address, void *bytes, size_t size);
int gdb_memory_write(uint64_t address, const void *bytes, size_t size);

/* Sets or clears a breakpoint (kind 0: execution, 1: write, 3: access, as in
 * DR7) of 1, 2, 4 or 8 bytes; 0 if all are in use. */
int gdb_break_set(unsigned kind, uint64_t address, unsigned bytes);
int gdb_break_clear(unsigned kind, uint64_t address, unsigned bytes);
void gdb_break_clear_all(void);
/* This CPU's debug registers become what was set. */
void gdb_break_load(void);
/* The watched address that this CPU's last debug exception was for: 1. */
int gdb_break_watched(uint64_t *address);
