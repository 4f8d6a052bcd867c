/* serial_16550.c - COM1: text out, polled.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PC16550D data sheet, "Registers". The line (115200 8N1, FIFO on) is as
 * pure64 left it, so nothing on its way is disturbed. In QEMU: -serial.
 */
#include "serial_16550.h"
#include "../gdb/gdb.h"
#include "../input.h"
#include "../system.h"
#include <baremetal.h>
#include <pure64/io.h>

#define SERIAL_COM1 0x3F8

enum serial_register {
    SERIAL_THR = SERIAL_COM1,     /* write: byte to send */
    SERIAL_LSR = SERIAL_COM1 + 5,
    SERIAL_SCR = SERIAL_COM1 + 7, /* scratch: keeps what is written */
};

#define SERIAL_LSR_DR 0x01
#define SERIAL_LSR_THRE 0x20

#define SERIAL_TRANSMIT_LIMIT_US 500000

static struct {
    uint8_t absent; /* 0 before serial_start: panics of the start are seen */
    uint8_t keep;   /* the first row is not cleared */
    uint8_t stuck;  /* the transmitter did not become ready in time */
} serial;

static void serial_put(char c)
{
    const struct kernel_services *kernel = os_system.kernel;
    struct time_limit limit =
        kernel->time_limit_us(serial.stuck ? 0 : SERIAL_TRANSMIT_LIMIT_US);
    int passed;

    /* The clock is read before the register: whoever stops this CPU for long
     * does not make the transmitter late. */
    do {
        uint8_t status;

        passed = kernel->time_limit_passed(limit);
        status = io_in8(SERIAL_LSR);
        /* Interrupts are off: nobody else empties the receive FIFO. */
        if (status & SERIAL_LSR_DR)
            input_collect();
        if (status & SERIAL_LSR_THRE) {
            io_out8(SERIAL_THR, (uint8_t)c);
            passed = 0;
            break;
        }
    } while (!passed);
    serial.stuck = (uint8_t)passed;
}

/* Control codes, each with what it is to a terminal: ECMA-48 with the
 * meaning a VT100 gives it. */
static const char serial_controls[] =
    "\x01" "\x1B[H\x1B[J\0" /* BAREMETAL_CLEAR */
    "\x02" "\x1B[C\0"       /* RIGHT */
    "\x03" "\b\0"           /* LEFT */
    "\x09" "\t\0"           /* TAB */
    "\x0A" "\r\n\0"         /* NEWLINE */
    "\x0D" "\r\x1B[K\0"     /* RETURN */
    "\x0E" "\b \b\0";       /* ERASE */

/* Empty for codes that are ignored. */
static const char *serial_control(char code)
{
    const char *entry = serial_controls;

    if (code == BAREMETAL_CLEAR && serial.keep)
        return "\x1B[2H\x1B[J";
    while (*entry && *entry != code)
        while (*entry++)
            ;
    return *entry ? entry + 1 : entry;
}

void serial_write(const char *text, size_t length)
{
    if (serial.absent)
        return;
    for (; length > 0; length--, text++) {
        if ((uint8_t)*text >= ' ')
            serial_put(*text);
        else
            for (const char *c = serial_control(*text); *c; c++)
                serial_put(*c);
    }
}

void serial_write_raw(const char *bytes, size_t length)
{
    if (!serial.absent)
        while (length--)
            serial_put(*bytes++);
}

void serial_keep_first_row(int keep)
{
    serial.keep = (uint8_t)keep;
}

int serial_available(void)
{
    return !serial.absent;
}

void serial_start(void)
{
    io_out8(SERIAL_SCR, 0x5A);
    serial.absent = gdb_has_port(0) || io_in8(SERIAL_LSR) == 0xFF ||
                    io_in8(SERIAL_SCR) != 0x5A;
}
