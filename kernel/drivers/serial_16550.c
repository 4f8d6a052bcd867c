/* serial_16550.c - COM1: text out polled, keys in by interrupt.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PC16550D data sheet, "Registers". The line (115200 8N1, FIFO on) is as
 * pure64 left it, so nothing on its way is disturbed. In QEMU: -serial.
 */
#include "serial_16550.h"
#include "key_decode.h"
#include <kernel/console.h>
#include <kernel/interrupt.h>
#include <kernel/time.h>
#include <pure64/io.h>

#define SERIAL_COM1 0x3F8
#define SERIAL_COM1_IRQ 4

enum serial_register {
    SERIAL_RBR = SERIAL_COM1,     /* read: received byte */
    SERIAL_THR = SERIAL_COM1,     /* write: byte to send */
    SERIAL_IER = SERIAL_COM1 + 1,
    SERIAL_MCR = SERIAL_COM1 + 4,
    SERIAL_LSR = SERIAL_COM1 + 5,
    SERIAL_SCR = SERIAL_COM1 + 7, /* scratch: keeps what is written */
};

#define SERIAL_IER_ERBFI 0x01 /* interrupt when a byte was received */
#define SERIAL_MCR_DTR 0x01
#define SERIAL_MCR_RTS 0x02
#define SERIAL_MCR_OUT2 0x08  /* on a PC: interrupt line connected */
#define SERIAL_LSR_DR 0x01
#define SERIAL_LSR_THRE 0x20

#define SERIAL_TRANSMIT_LIMIT_US 500000
#define SERIAL_ESCAPE_LIMIT_US 50000
/* More than any FIFO holds: a UART that always has a byte is broken. */
#define SERIAL_RECEIVE_MAX 256

static struct {
    uint8_t absent; /* 0 before serial_init: panics of the start are seen */
    uint8_t stuck;  /* the transmitter did not become ready in time */
    struct key_terminal terminal;     /* guarded by the console's lock */
    struct time_limit escape_limit;   /* of terminal, while pending */
} serial;

static void serial_put(char c)
{
    struct time_limit limit =
        time_limit_us(serial.stuck ? 0 : SERIAL_TRANSMIT_LIMIT_US);
    uint8_t status;

    while (!((status = io_in8(SERIAL_LSR)) & SERIAL_LSR_THRE)) {
        /* Interrupts are off: nobody else empties the receive FIFO. */
        if (status & SERIAL_LSR_DR)
            console_receive();
        serial.stuck = (uint8_t)time_limit_passed(limit);
        if (serial.stuck)
            return;
    }
    serial.stuck = 0;
    io_out8(SERIAL_THR, (uint8_t)c);
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

static void serial_add_keys(uint32_t keys)
{
    console_key_add((uint16_t)keys);
    console_key_add(keys >> 16);
}

int serial_pending(void)
{
    return key_terminal_pending(&serial.terminal);
}

void serial_receive(void)
{
    if (serial.absent)
        return;
    /* Before the bytes: one that comes late is not part of the sequence. */
    if (serial_pending() && time_limit_passed(serial.escape_limit))
        serial_add_keys(key_decode_terminal_end(&serial.terminal));
    for (int i = 0; i < SERIAL_RECEIVE_MAX; i++) {
        if (!(io_in8(SERIAL_LSR) & SERIAL_LSR_DR))
            return;
        serial_add_keys(key_decode_terminal(&serial.terminal,
                                            io_in8(SERIAL_RBR)));
        serial.escape_limit = time_limit_us(SERIAL_ESCAPE_LIMIT_US);
    }
}

void serial_init(void)
{
    io_out8(SERIAL_SCR, 0x5A);
    serial.absent = io_in8(SERIAL_LSR) == 0xFF || io_in8(SERIAL_SCR) != 0x5A;
    if (serial.absent)
        return;
    io_out8(SERIAL_MCR, SERIAL_MCR_DTR | SERIAL_MCR_RTS | SERIAL_MCR_OUT2);
    interrupt_isa_enable(SERIAL_COM1_IRQ, console_collect_keys);
    io_out8(SERIAL_IER, SERIAL_IER_ERBFI);
}
