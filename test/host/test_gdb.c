/* test_gdb.c - GDB's remote protocol: framing, requests, nonsense.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Three CPUs, the second of which did not stop, and 64 bytes of memory at
 * 0x1000. What GDB sends is a text; what it gets is kept.
 */
// sources: os/gdb/gdb_packet.c os/gdb/gdb_commands.c
#include "check.h"
#include "gdb/gdb_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BASE 0x1000

static const uint8_t *input;
static size_t input_left;
static char output[1 << 16];
static size_t output_length;
static uint8_t memory[64];
static struct interrupt_frame frames[3];
static enum gdb_go went[3];
static unsigned break_kind, break_bytes;
static uint64_t break_address;

int gdb_serial_get(void)
{
    if (!input_left) { /* the line is cut: nothing else ends a talk */
        printf("GDB was waited for; it got %s\n", output);
        exit(1);
    }
    input_left--;
    return *input++;
}

int gdb_serial_get_soon(void)
{
    return input_left ? gdb_serial_get() : -1;
}

void gdb_serial_put(uint8_t byte)
{
    CHECK(output_length < sizeof output - 1);
    output[output_length++] = (char)byte;
    output[output_length] = 0;
}

unsigned gdb_cpu_count(void)
{
    return 3;
}

struct interrupt_frame *gdb_cpu_frame(unsigned cpu)
{
    return cpu == 1 || cpu > 2 ? 0 : &frames[cpu];
}

void gdb_cpu_go(unsigned cpu, enum gdb_go go)
{
    CHECK(cpu < 3);
    if (gdb_cpu_frame(cpu) && !went[cpu])
        went[cpu] = go;
}

static int is_there(uint64_t address, size_t size)
{
    return address - MEMORY_BASE <= sizeof memory &&
           size <= sizeof memory - (address - MEMORY_BASE);
}

int gdb_memory_read(uint64_t address, void *bytes, size_t size)
{
    if (is_there(address, size))
        memcpy(bytes, memory + (address - MEMORY_BASE), size);
    return is_there(address, size);
}

int gdb_memory_write(uint64_t address, const void *bytes, size_t size)
{
    if (is_there(address, size))
        memcpy(memory + (address - MEMORY_BASE), bytes, size);
    return is_there(address, size);
}

int gdb_break_set(unsigned kind, uint64_t address, unsigned bytes)
{
    break_kind = kind;
    break_address = address;
    break_bytes = bytes;
    return 1;
}

int gdb_break_clear(unsigned kind, uint64_t address, unsigned bytes)
{
    return break_kind == kind && break_address == address &&
           break_bytes == bytes;
}

void gdb_break_clear_all(void)
{
    break_bytes = 0;
}

int gdb_break_watched(uint64_t *address)
{
    (void)address;
    return 0;
}

/* Talks about what these packets ask, which end with one that lets CPUs go
 * on; the answers, with acknowledgements. */
static const char *talk(const char *text, int tell)
{
    static char raw[4096];
    char *to = raw;

    if (tell)
        *to++ = '+';
    for (const char *c = text; *c;) {
        size_t length = strcspn(c, "|");
        uint8_t sum = 0;

        for (size_t i = 0; i < length; i++)
            sum = (uint8_t)(sum + (uint8_t)c[i]);
        to += sprintf(to, "$%.*s#%02x+", (int)length, c, sum);
        c += length + (c[length] == '|');
    }
    input = (uint8_t *)raw;
    input_left = (size_t)(to - raw);
    output_length = 0;
    memset(went, 0, sizeof went);
    gdb_talk(2, GDB_SIGTRAP, tell);
    return output;
}

static void test_registers(void)
{
    char *end;

    frames[2].registers[0] = 0x1122334455667788;
    frames[2].rip = 0x400020;
    frames[2].rflags = 0x246;
    frames[2].cs = 8;
    frames[2].ss = 16;
    talk("g|c", 0);
    CHECK(strncmp(output, "+$8877665544332211", 18) == 0);
    end = strchr(output, '#');
    CHECK(end - output - 2 == 2 * (17 * 8 + 7 * 4));
    CHECK(strncmp(output + 2 + 2 * 16 * 8, "2000400000000000"
                  "46020000" "08000000" "10000000", 40) == 0);
    CHECK(strstr(talk("p10|c", 0), "$2000400000000000#"));
    CHECK(strstr(talk("p40|c", 0), "$xxxxxxxx#"));
    CHECK(strstr(talk("P10=ffeeddccbbaa9988|c", 0), "$OK#"));
    CHECK(frames[2].rip == 0x8899AABBCCDDEEFF);
    CHECK(strstr(talk("P10=ff|c", 0), "$E01#"));
    CHECK(strstr(talk("P12=12345678|c", 0), "$OK#") && frames[2].cs == 8);
    CHECK(strstr(talk("G0100000000000000|c", 0), "$OK#"));
    CHECK(frames[2].registers[0] == 1);
}

static void test_memory(void)
{
    memcpy(memory, "BareMetal", 9);
    CHECK(strstr(talk("m1000,4|c", 0), "$42617265#"));
    CHECK(strstr(talk("m2000,4|c", 0), "$E01#"));
    CHECK(strstr(talk("m103e,4|c", 0), "$0000#")); /* as much as there is */
    CHECK(strstr(talk("m1000,ffffffffffffffff|c", 0), "$426172"));
    CHECK(strstr(talk("M1001,2:4f4f|c", 0), "$OK#"));
    CHECK(memcmp(memory, "BOOe", 4) == 0);
    CHECK(strstr(talk("M1001,3:4f4f|c", 0), "$E01#"));
    CHECK(strstr(talk("M103f,2:4f4f|c", 0), "$E01#"));
    CHECK(strstr(talk("Z1,400020,3|c", 0), "$OK#") && break_kind == 0 &&
          break_address == 0x400020 && break_bytes == 1);
    CHECK(strstr(talk("Z2,1008,8|c", 0), "$OK#") && break_kind == 1 &&
          break_bytes == 8);
    CHECK(strstr(talk("Z2,1009,8|c", 0), "$E01#"));
    CHECK(strstr(talk("z2,1008,8|c", 0), "$OK#"));
    CHECK(strstr(talk("Z0,400020,1|c", 0), "$#00")); /* it does that itself */
}

static void test_threads(void)
{
    CHECK(strstr(talk("?|c", 0), "$T05thread:3;#"));
    CHECK(strncmp(talk("c", 1), "$T05thread:3;#", 14) == 0);
    CHECK(strstr(talk("qfThreadInfo|qsThreadInfo|c", 0), "$m1,3#"));
    CHECK(strstr(output, "$l#"));
    CHECK(strstr(talk("T2|c", 0), "$E01#") && strstr(talk("T3|c", 0), "$OK#"));
    CHECK(strstr(talk("Hg2|c", 0), "$E01#"));
    CHECK(strstr(talk("Hg99999999999999999|c", 0), "$E01#"));
    frames[0].rip = 0x77;
    CHECK(strstr(talk("Hg1|p10|c", 0), "$7700000000000000#"));
    talk("c", 0);
    CHECK(went[0] == GDB_CONTINUE && !went[1] && went[2] == GDB_CONTINUE);
    talk("s", 0);
    CHECK(!went[0] && went[2] == GDB_STEP);
    talk("vCont;s:1;c", 0);
    CHECK(went[0] == GDB_STEP && went[2] == GDB_CONTINUE);
    talk("vCont;S05:2;c:-1", 0); /* no such thread: only the rest */
    CHECK(went[2] == GDB_CONTINUE);
    talk("vCont;c:3", 0);
    CHECK(!went[0] && went[2] == GDB_CONTINUE);
    CHECK(strstr(talk("D", 0), "$OK#") && went[0] == GDB_CONTINUE);
}

/* GDB has gone with its last acknowledgement. */
static void test_gone(void)
{
    input = (const uint8_t *)"$D#44";
    input_left = 5;
    output_length = 0;
    memset(went, 0, sizeof went);
    CHECK(!gdb_talk(0, GDB_SIGINT, 0) && went[0] == GDB_CONTINUE);
    CHECK(strcmp(output, "+$OK#9a") == 0);
}

static void test_noise(void)
{
    static const char line[] = "hello+-$m1000,4#00"   /* wrong checksum */
                               "$m10$m1000,1#8b+"     /* cut off, then again */
                               "$c#63";
    static char large[GDB_PACKET * 2];

    memory[0] = 0x42;
    input = (const uint8_t *)line;
    input_left = sizeof line - 1;
    output_length = 0;
    gdb_talk(0, GDB_SIGINT, 0);
    CHECK(strcmp(output, "-+$42#66+") == 0);

    memset(large, 'm', sizeof large); /* longer than a packet may be */
    large[0] = '$';
    memcpy(large + sizeof large - 9, "#00$c#63", 8);
    input = (const uint8_t *)large;
    input_left = sizeof large - 1;
    output_length = 0;
    gdb_talk(0, GDB_SIGINT, 0);
    CHECK(strcmp(output, "-+") == 0);
}

int main(void)
{
    test_registers();
    test_memory();
    test_threads();
    test_noise();
    test_gone();
    return check_report("gdb");
}
