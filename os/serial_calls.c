/* serial_calls.c - bytes to and from COM1..COM4, for programs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PC16550D data sheet, "Registers". Polled: a port keeps 16 bytes. COM1 is
 * the console's, which looks after its line. In QEMU: -serial, up to four.
 */
#include "serial_calls.h"
#include "console.h"
#include "drivers/serial_keys.h"
#include "gdb/gdb.h"
#include "system.h"
#include <pure64/io.h>

#define PORTS 4
#define CLOCK_HZ 115200 /* bits a second with the divisor 1 */
#define SPEED_MIN 50
#define WAIT_US 500000
/* More than any FIFO holds: a port that always has a byte is broken. */
#define RECEIVE_MAX 256

enum serial_register {
    SERIAL_DATA = 0,  /* read: received byte, write: byte to send */
    SERIAL_IER = 1,   /* data and this: divisor, while DLAB is set */
    SERIAL_FCR = 2,
    SERIAL_LCR = 3,
    SERIAL_MCR = 4,
    SERIAL_LSR = 5,
    SERIAL_SCR = 7,   /* scratch: keeps what is written */
};

#define SERIAL_FCR_ON 0x07 /* enabled, both FIFOs emptied */
#define SERIAL_LCR_8N1 0x03
#define SERIAL_LCR_DLAB 0x80
#define SERIAL_MCR_DTR_RTS 0x03
#define SERIAL_LSR_DR 0x01
#define SERIAL_LSR_THRE 0x20

static const uint16_t bases[PORTS] = {0x3F8, 0x2F8, 0x3E8, 0x2E8};
static uint8_t is_set[PORTS]; /* line and FIFO are; 0 is the console's */

static uint8_t read_register(unsigned port, enum serial_register index)
{
    return io_in8((uint16_t)(bases[port] + index));
}

static void write_register(unsigned port, enum serial_register index,
                           unsigned value)
{
    io_out8((uint16_t)(bases[port] + index), (uint8_t)value);
}

static void set_line(unsigned port, unsigned divisor)
{
    write_register(port, SERIAL_IER, 0);
    write_register(port, SERIAL_LCR, SERIAL_LCR_DLAB);
    write_register(port, SERIAL_DATA, divisor);
    write_register(port, SERIAL_IER, divisor >> 8);
    write_register(port, SERIAL_LCR, SERIAL_LCR_8N1);
    write_register(port, SERIAL_FCR, SERIAL_FCR_ON);
    write_register(port, SERIAL_MCR, SERIAL_MCR_DTR_RTS);
    is_set[port] = 1;
}

/* 0 or ENODEV. Made ready when it is first used. */
static int find(unsigned port)
{
    if (port >= PORTS)
        return BAREMETAL_ENODEV;
    if (is_set[port])
        return 0;
    if (gdb_has_port(bases[port]))
        return BAREMETAL_ENODEV;
    write_register(port, SERIAL_SCR, 0x5A);
    if (read_register(port, SERIAL_SCR) != 0x5A ||
        read_register(port, SERIAL_LSR) == 0xFF)
        return BAREMETAL_ENODEV;
    if (port)
        set_line(port, 1);
    is_set[port] = 1;
    return 0;
}

/* 1 if it became ready in time. */
static int send_byte(unsigned port, uint8_t byte)
{
    struct time_limit limit = os_system.kernel->time_limit_us(WAIT_US);
    int passed;

    /* The clock is read before the register: whoever stops this CPU for long
     * does not make the port late. */
    do {
        passed = os_system.kernel->time_limit_passed(limit);
        if (read_register(port, SERIAL_LSR) & SERIAL_LSR_THRE) {
            write_register(port, SERIAL_DATA, byte);
            return 1;
        }
    } while (!passed);
    return 0;
}

/* On COM1 not in the midst of the console's text: byte by byte, with
 * interrupts on between them. */
int64_t serial_calls_send(unsigned port, const void *bytes, size_t size)
{
    const uint8_t *next = bytes;
    size_t sent = 0;
    int ready = 1, error = find(port);

    if (error)
        return error;
    while (sent < size && ready) {
        uint64_t flags = port ? 0 : console_lock();

        ready = send_byte(port, next[sent]);
        if (!port)
            console_unlock(flags);
        sent += (size_t)ready;
    }
    return sent || !size ? (int64_t)sent : BAREMETAL_ETIME;
}

int64_t serial_calls_receive(unsigned port, void *bytes, size_t size)
{
    uint8_t *next = bytes;
    size_t received = 0;
    int error = find(port);

    if (error)
        return error;
    if (!port)
        serial_keys_off = 1;
    while (received < size && read_register(port, SERIAL_LSR) & SERIAL_LSR_DR)
        next[received++] = read_register(port, SERIAL_DATA);
    return (int64_t)received;
}

int serial_calls_speed(unsigned port, unsigned bits_per_second)
{
    int error = find(port);

    if (error)
        return error;
    if (!port || bits_per_second < SPEED_MIN || bits_per_second > CLOCK_HZ)
        return BAREMETAL_EINVAL;
    set_line(port, (CLOCK_HZ + bits_per_second / 2) / bits_per_second);
    return 0;
}

/* What is left at COM1 was not typed. Its interrupt comes again only once it
 * has nothing. */
static void empty_console_port(void)
{
    for (int i = 0; i < RECEIVE_MAX; i++) {
        if (!(read_register(0, SERIAL_LSR) & SERIAL_LSR_DR))
            break;
        read_register(0, SERIAL_DATA);
    }
}

void serial_calls_reset(void)
{
    if (serial_keys_off)
        empty_console_port();
    serial_keys_off = 0;
    for (unsigned port = 1; port < PORTS; port++)
        is_set[port] = 0;
}
