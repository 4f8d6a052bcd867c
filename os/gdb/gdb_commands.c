/* gdb_commands.c - the requests of GDB's remote protocol.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Debugging with GDB, "Packets", "General Query Packets", "Stop Reply
 * Packets". A request that is not known gets an empty answer, and GDB does
 * without. Threads are CPUs, from 1.
 */
#include "gdb_internal.h"
#include <pure64/string.h>

/* GDB's numbering for AMD64: its amd64 general registers, then segments. */
#define REGISTERS 24
#define REGISTERS_64 17 /* RAX to R15, RIP; from here on 32 bits */
#define REGISTER_RSP 7

/* What a packet of registers and a piece of memory may have. */
#define BYTES_MAX (GDB_PACKET / 2)

static char packet[GDB_PACKET + 1], reply[GDB_PACKET + 1];
static uint8_t bytes[BYTES_MAX];
static unsigned stopped_cpu, stopped_signal;
static unsigned thread_general, thread_run; /* CPU numbers */

static const char target_xml[] =
    "l<?xml version=\"1.0\"?><target version=\"1.0\">"
    "<architecture>i386:x86-64</architecture></target>";

static void answer(const char *text)
{
    memcpy(reply, text, strlen(text) + 1);
}

static void answer_ok(int ok)
{
    answer(ok ? "OK" : "E01");
}

/* 1 and what follows `word`, if the text starts with it. */
static int starts(const char **text, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*text, word, length))
        return 0;
    *text += length;
    return 1;
}

static char *append(char *to, const char *text)
{
    size_t length = strlen(text);

    memcpy(to, text, length + 1);
    return to + length;
}

static void stop_reply(void)
{
    char *to = append(reply, "T");
    uint8_t signal = (uint8_t)stopped_signal;
    uint64_t watched;

    to = gdb_hex_bytes(to, &signal, 1);
    if (stopped_signal == GDB_SIGTRAP && gdb_break_watched(&watched)) {
        to = gdb_hex_append(append(to, "watch:"), watched);
        to = append(to, ";");
    }
    to = gdb_hex_append(append(to, "thread:"), stopped_cpu + 1);
    append(to, ";");
}

/* ---- registers */

/* Where a register is in the frame, 0 for those that are not there. */
static uint64_t *register_place(struct interrupt_frame *frame, unsigned number)
{
    if (number < REGISTER_RSP)
        return &frame->registers[number];
    if (number == REGISTER_RSP)
        return &frame->rsp;
    if (number < 16)
        return &frame->registers[number - 1];
    switch (number) {
    case 16:
        return &frame->rip;
    case 17:
        return &frame->rflags;
    case 18:
        return &frame->cs;
    case 19:
        return &frame->ss;
    default:
        return 0;
    }
}

static unsigned register_bytes(unsigned number)
{
    return number < REGISTERS_64 ? 8 : 4;
}

static char *append_register(char *to, struct interrupt_frame *frame,
                             unsigned number)
{
    uint64_t *place = register_place(frame, number);
    uint64_t value = place ? *place : number < 22 ? frame->ss : 0;

    return gdb_hex_bytes(to, &value, register_bytes(number));
}

static void set_register(struct interrupt_frame *frame, unsigned number,
                         const uint8_t *value)
{
    uint64_t *place = register_place(frame, number);

    if (place && number < 18) /* no other segments than these */
        memcpy(place, value, register_bytes(number));
}

static void registers_read(struct interrupt_frame *frame)
{
    char *to = reply;

    for (unsigned i = 0; i < REGISTERS; i++)
        to = append_register(to, frame, i);
}

static void registers_write(struct interrupt_frame *frame, const char *text)
{
    size_t size = gdb_hex_read(text, bytes, sizeof bytes), at = 0;

    for (unsigned i = 0; i < REGISTERS; i++) {
        if (at + register_bytes(i) > size)
            break;
        set_register(frame, i, bytes + at);
        at += register_bytes(i);
    }
    answer_ok(at > 0);
}

/* p NUMBER, P NUMBER=VALUE. x87, SSE and AVX are not kept in the frame; GDB
 * also writes registers that Linux invented. */
static void register_one(struct interrupt_frame *frame, const char *text)
{
    unsigned number = (unsigned)gdb_hex_number(&text);

    if (*text == '=') {
        answer_ok(number >= REGISTERS || gdb_hex_read(text + 1, bytes, 8) >=
                                             register_bytes(number));
        if (reply[0] == 'O')
            set_register(frame, number, bytes);
    } else if (number < REGISTERS) {
        append_register(reply, frame, number);
    } else {
        answer("xxxxxxxx");
    }
}

/* ---- memory */

static void memory_read(const char *text)
{
    uint64_t address = gdb_hex_number(&text), size;

    size = *text++ == ',' ? gdb_hex_number(&text) : 0;
    if (size > sizeof bytes)
        size = sizeof bytes;
    /* As much as there is: GDB reads ahead. */
    while (size > 1 && !gdb_memory_read(address, bytes, size))
        size /= 2;
    if (gdb_memory_read(address, bytes, size))
        gdb_hex_bytes(reply, bytes, size);
    else
        answer("E01");
}

static void memory_write(const char *text)
{
    uint64_t address = gdb_hex_number(&text), size;

    size = *text++ == ',' ? gdb_hex_number(&text) : 0;
    answer_ok(size <= sizeof bytes && *text == ':' &&
              gdb_hex_read(text + 1, bytes, size) == size &&
              gdb_memory_write(address, bytes, size));
}

/* Z and z TYPE,ADDRESS,KIND. Breakpoints in memory (type 0) GDB sets itself,
 * by writing there. */
static void breakpoint(const char *text)
{
    static const uint8_t kinds[] = {[1] = 0, [2] = 1, [4] = 3};
    int set = *text++ == 'Z';
    unsigned type = (unsigned)gdb_hex_number(&text), size;
    uint64_t address;

    if (type != 1 && type != 2 && type != 4)
        return;
    text += *text == ',';
    address = gdb_hex_number(&text);
    text += *text == ',';
    size = (unsigned)gdb_hex_number(&text);
    if (type == 1)
        size = 1;
    answer_ok((size == 1 || size == 2 || size == 4 || size == 8) &&
              !(address & (size - 1)) &&
              (set ? gdb_break_set(kinds[type], address, size)
                   : gdb_break_clear(kinds[type], address, size)));
}

/* ---- threads */

/* The CPU of a thread's number; `any` for 0 and -1; -1 if there is none. */
static int thread_cpu(const char **text, unsigned any)
{
    uint64_t number;

    if (**text == '-') {
        ++*text;
        gdb_hex_number(text);
        return (int)any;
    }
    number = gdb_hex_number(text);
    if (!number)
        return (int)any;
    return number <= gdb_cpu_count() && gdb_cpu_frame((unsigned)number - 1)
               ? (int)number - 1
               : -1;
}

static void set_thread(const char *text)
{
    char what = *text++;
    int cpu = thread_cpu(&text, stopped_cpu);

    answer_ok(cpu >= 0);
    if (cpu >= 0 && what == 'g')
        thread_general = (unsigned)cpu;
    else if (cpu >= 0)
        thread_run = (unsigned)cpu;
}

/* From the CPU that *next says on, as many as fit. */
static void list_threads(unsigned *next)
{
    char *to = reply;

    for (; *next < gdb_cpu_count() && to < reply + GDB_PACKET - 10; ++*next)
        if (gdb_cpu_frame(*next)) {
            to = append(to, to == reply ? "m" : ",");
            to = gdb_hex_append(to, *next + 1);
        }
    if (to == reply)
        answer("l");
}

static void thread_info(const char *text)
{
    char name[16];
    int cpu = thread_cpu(&text, stopped_cpu);

    if (cpu < 0) {
        answer("E01");
        return;
    }
    memcpy(name, "CPU 000", 8);
    name[4] = (char)('0' + cpu / 100 % 10);
    name[5] = (char)('0' + cpu / 10 % 10);
    name[6] = (char)('0' + cpu % 10);
    gdb_hex_bytes(reply, name, 7);
}

static void query(const char *text)
{
    static unsigned next;

    if (starts(&text, "Supported"))
        answer("PacketSize=400;hwbreak-;swbreak-;vContSupported+;"
               "qXfer:features:read+");
    else if (starts(&text, "fThreadInfo")) {
        next = 0;
        list_threads(&next);
    } else if (starts(&text, "sThreadInfo"))
        list_threads(&next);
    else if (starts(&text, "ThreadExtraInfo,"))
        thread_info(text);
    else if (starts(&text, "Xfer:features:read:target.xml:"))
        answer(*text == '0' ? target_xml : "l");
    else if (starts(&text, "Attached"))
        answer("1");
    else if (text[0] == 'C' && !text[1])
        gdb_hex_append(append(reply, "QC"), stopped_cpu + 1);
}

/* ---- going on */

static void go_all(enum gdb_go go)
{
    for (unsigned i = 0; i < gdb_cpu_count(); i++)
        gdb_cpu_go(i, go);
}

static enum gdb_go go_of(char action)
{
    return (action | 0x20) == 's' ? GDB_STEP : GDB_CONTINUE;
}

/* vCont;ACTION[:THREAD];...: for each thread the first one counts. A CPU that
 * was told already has no frame any more. Returns 0 if it is not understood. */
static int continue_some(const char *text)
{
    while (*text == ';') {
        enum gdb_go go = go_of(*++text);
        int cpu = -1, all = 1;

        if (go_of(*text) == GDB_CONTINUE && (*text | 0x20) != 'c')
            return 0;
        for (text++; gdb_hex_digit(*text) >= 0;)
            text++; /* a signal: there are none */
        if (*text == ':') {
            all = *++text == '-';
            cpu = thread_cpu(&text, stopped_cpu);
        }
        if (all)
            go_all(go);
        else if (cpu >= 0)
            gdb_cpu_go((unsigned)cpu, go);
    }
    return 1;
}

enum outcome { ANSWERED, GONE, DETACHED };

static enum outcome detach(void)
{
    gdb_break_clear_all();
    go_all(GDB_CONTINUE);
    return DETACHED;
}

/* Requests that let CPUs go on; ANSWERED if it is none of them. */
static enum outcome run(const char *text)
{
    switch (*text) {
    case 'c':
    case 'C':
        go_all(GDB_CONTINUE);
        return GONE;
    case 's':
    case 'S':
        gdb_cpu_go(thread_run, GDB_STEP);
        return GONE;
    case 'D':
        answer("OK");
        gdb_packet_send(reply);
        return detach();
    case 'k':
        return detach();
    case 'v':
        if (starts(&text, "vCont;") && (text--, continue_some(text)))
            return GONE;
        if (starts(&text, "vCont?"))
            answer("vCont;c;C;s;S");
        return ANSWERED;
    default:
        return ANSWERED;
    }
}

static void request(const char *text)
{
    struct interrupt_frame *frame = gdb_cpu_frame(thread_general);
    int cpu;

    switch (*text) {
    case '?':
        stop_reply();
        break;
    case 'g':
        registers_read(frame);
        break;
    case 'G':
        registers_write(frame, text + 1);
        break;
    case 'p':
    case 'P':
        register_one(frame, text + 1);
        break;
    case 'm':
        memory_read(text + 1);
        break;
    case 'M':
        memory_write(text + 1);
        break;
    case 'Z':
    case 'z':
        breakpoint(text);
        break;
    case 'H':
        set_thread(text + 1);
        break;
    case 'T':
        text++;
        cpu = thread_cpu(&text, stopped_cpu);
        answer_ok(cpu >= 0);
        break;
    case 'q':
        query(text + 1);
        break;
    }
}

int gdb_talk(unsigned cpu, unsigned signal, int tell)
{
    stopped_cpu = thread_general = thread_run = cpu;
    stopped_signal = signal;
    if (tell) {
        stop_reply();
        gdb_packet_send(reply);
    }
    for (;;) {
        enum outcome outcome;

        gdb_packet_receive(packet);
        reply[0] = 0;
        outcome = run(packet);
        if (outcome != ANSWERED)
            return outcome == GONE;
        if (!reply[0])
            request(packet);
        gdb_packet_send(reply);
    }
}
