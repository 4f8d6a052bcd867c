/* gdb_packet.c - packets of GDB's remote protocol: $text#checksum.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Debugging with GDB, "Overview" of the Remote Protocol.
 */
#include "gdb_internal.h"

#define SEND_TRIES 10
/* Bytes that are no acknowledgement, which is waited for. */
#define NOISE_MAX 64

static const char digits[] = "0123456789abcdef";

int gdb_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

uint64_t gdb_hex_number(const char **text)
{
    uint64_t number = 0;
    int digit;

    for (; (digit = gdb_hex_digit(**text)) >= 0; ++*text)
        number = number << 4 | (unsigned)digit;
    return number;
}

char *gdb_hex_bytes(char *to, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;

    for (; size > 0; size--, from++) {
        *to++ = digits[*from >> 4];
        *to++ = digits[*from & 15];
    }
    *to = 0;
    return to;
}

char *gdb_hex_append(char *to, uint64_t number)
{
    int shift = 60;

    while (shift > 0 && !(number >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *to++ = digits[number >> shift & 15];
    *to = 0;
    return to;
}

size_t gdb_hex_read(const char *text, void *bytes, size_t size)
{
    uint8_t *to = bytes;
    size_t count = 0;

    while (count < size && gdb_hex_digit(text[0]) >= 0 &&
           gdb_hex_digit(text[1]) >= 0) {
        to[count++] = (uint8_t)(gdb_hex_digit(text[0]) << 4 |
                                gdb_hex_digit(text[1]));
        text += 2;
    }
    return count;
}

/* One packet up to its "#"; its length, or -1 if it is too long. */
static int receive_text(char *packet, uint8_t *sum)
{
    int length = 0, byte;

    while (gdb_serial_get() != '$')
        ;
    *sum = 0;
    while ((byte = gdb_serial_get()) != '#') {
        if (byte == '$') { /* the end of the one before got lost */
            length = 0;
            *sum = 0;
            continue;
        }
        *sum = (uint8_t)(*sum + byte);
        if (length >= 0 && length < GDB_PACKET)
            packet[length++] = (char)byte;
        else
            length = -1;
    }
    return length;
}

void gdb_packet_receive(char packet[GDB_PACKET + 1])
{
    for (;;) {
        uint8_t sum;
        int length = receive_text(packet, &sum);
        int high = gdb_hex_digit((char)gdb_serial_get());
        int low = gdb_hex_digit((char)gdb_serial_get());

        if (length >= 0 && high >= 0 && low >= 0 && (high << 4 | low) == sum) {
            gdb_serial_put('+');
            packet[length] = 0;
            return;
        }
        gdb_serial_put('-');
    }
}

/* 0 if GDB wants it again. It has it if it says so; who says nothing has gone,
 * perhaps with the acknowledgement, or asks anew. */
static int acknowledged(void)
{
    for (unsigned i = 0; i < NOISE_MAX; i++) {
        int byte = gdb_serial_get_soon();

        if (byte < 0 || byte == '+' || byte == '-')
            return byte != '-';
    }
    return 0;
}

void gdb_packet_send(const char *text)
{
    for (unsigned i = 0; i < SEND_TRIES; i++) {
        uint8_t sum = 0;

        gdb_serial_put('$');
        for (const char *c = text; *c; c++) {
            gdb_serial_put((uint8_t)*c);
            sum = (uint8_t)(sum + (uint8_t)*c);
        }
        gdb_serial_put('#');
        gdb_serial_put((uint8_t)digits[sum >> 4]);
        gdb_serial_put((uint8_t)digits[sum & 15]);
        if (acknowledged())
            return;
    }
}
