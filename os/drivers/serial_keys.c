/* serial_keys.c - keys typed at a terminal on COM1, by interrupt.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PC16550D data sheet, "Registers". serial_16550.c has the other direction.
 */
#include "serial_keys.h"
#include "../input.h"
#include "../interrupts.h"
#include "../system.h"
#include "key_decode.h"
#include "serial_16550.h"
#include <pure64/io.h>

#define SERIAL_COM1 0x3F8
#define SERIAL_COM1_IRQ 4

enum serial_register {
    SERIAL_RBR = SERIAL_COM1,     /* read: received byte */
    SERIAL_IER = SERIAL_COM1 + 1,
    SERIAL_MCR = SERIAL_COM1 + 4,
    SERIAL_LSR = SERIAL_COM1 + 5,
};

#define SERIAL_IER_ERBFI 0x01 /* interrupt when a byte was received */
#define SERIAL_MCR_DTR 0x01
#define SERIAL_MCR_RTS 0x02
#define SERIAL_MCR_OUT2 0x08  /* on a PC: interrupt line connected */
#define SERIAL_LSR_DR 0x01

#define SERIAL_ESCAPE_LIMIT_US 50000
/* More than any FIFO holds: a UART that always has a byte is broken. */
#define SERIAL_RECEIVE_MAX 256

volatile uint8_t serial_keys_off;
static struct key_terminal terminal;
static struct time_limit escape_limit; /* while terminal is pending */

static void add_keys(uint32_t pair)
{
    input_key_add((uint16_t)pair);
    input_key_add(pair >> 16);
}

int serial_keys_pending(void)
{
    return key_terminal_pending(&terminal);
}

static void serial_keys_receive(void)
{
    /* Before the bytes: one that comes late is not part of the sequence. */
    if (serial_keys_pending() &&
        os_system.kernel->time_limit_passed(escape_limit))
        add_keys(key_decode_terminal_end(&terminal));
    for (int i = 0; i < SERIAL_RECEIVE_MAX && !serial_keys_off; i++) {
        if (!(io_in8(SERIAL_LSR) & SERIAL_LSR_DR))
            return;
        add_keys(key_decode_terminal(&terminal, io_in8(SERIAL_RBR)));
        escape_limit = os_system.kernel->time_limit_us(SERIAL_ESCAPE_LIMIT_US);
    }
}

static void serial_keys_interrupt(void *context)
{
    (void)context;
    input_collect();
}

void serial_keys_start(void)
{
    if (!serial_available())
        return;
    input_add_source(serial_keys_receive);
    io_out8(SERIAL_MCR, SERIAL_MCR_DTR | SERIAL_MCR_RTS | SERIAL_MCR_OUT2);
    interrupts_isa(SERIAL_COM1_IRQ,
                                           serial_keys_interrupt, 0);
    io_out8(SERIAL_IER, SERIAL_IER_ERBFI);
}
