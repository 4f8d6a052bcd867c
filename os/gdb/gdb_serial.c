/* gdb_serial.c - the debugger's serial line, COM1 or COM2.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PC16550D data sheet, "Registers". Polled while the machine is stopped; while
 * it runs, the first byte interrupts the boot CPU.
 */
#include "gdb_internal.h"
#include "../interrupts.h"
#include "../system.h"
#include <pure64/cpu.h>
#include <pure64/io.h>
#include <pure64/options.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define COM1 0x3F8
#define COM2 0x2F8

/* Behind the first port. */
enum serial_register {
    SERIAL_DATA = 0,
    SERIAL_DLL = 0, /* with DLAB: divisor */
    SERIAL_IER = 1,
    SERIAL_DLM = 1,
    SERIAL_FCR = 2,
    SERIAL_LCR = 3,
    SERIAL_MCR = 4,
    SERIAL_LSR = 5,
    SERIAL_SCR = 7,
};

#define SERIAL_FCR_ON 0x07 /* FIFO on and emptied */
#define SERIAL_LCR_8N1 0x03
#define SERIAL_LCR_DLAB 0x80
#define SERIAL_MCR_ON 0x0B /* DTR, RTS, and OUT2: interrupts get through */
#define SERIAL_LSR_DR 0x01
#define SERIAL_LSR_THRE 0x20
#define SERIAL_NOT_THERE 0xFF

#define SEND_LIMIT_US 500000
#define ANSWER_LIMIT_US 1000000

static uint16_t port; /* the first; 0: no line */

static void write(enum serial_register reg, uint8_t value)
{
    io_out8((uint16_t)(port + reg), value);
}

static uint8_t read(enum serial_register reg)
{
    return io_in8((uint16_t)(port + reg));
}

static uint16_t wanted_port(void)
{
    const char *text = (const char *)SYSINFO_EXTENSION->command_line, *value;

    if (!text || options_find(text, "gdb", &value) != 4)
        return 0;
    if (memcmp(value, "com1", 4) == 0)
        return COM1;
    return memcmp(value, "com2", 4) == 0 ? COM2 : 0;
}

int gdb_has_port(unsigned number)
{
    uint16_t wanted = wanted_port();

    return wanted && wanted == (number == 0 ? COM1 : number == 1 ? COM2 : 0);
}

int gdb_serial_open(void)
{
    port = wanted_port();
    if (!port)
        return 0;
    write(SERIAL_SCR, 0x5A);
    if (read(SERIAL_LSR) == SERIAL_NOT_THERE || read(SERIAL_SCR) != 0x5A)
        return 0;
    write(SERIAL_IER, 0);
    write(SERIAL_LCR, SERIAL_LCR_DLAB);
    write(SERIAL_DLL, 1); /* 115200 */
    write(SERIAL_DLM, 0);
    write(SERIAL_LCR, SERIAL_LCR_8N1);
    write(SERIAL_FCR, SERIAL_FCR_ON);
    write(SERIAL_MCR, SERIAL_MCR_ON);
    write(SERIAL_IER, SERIAL_LSR_DR); /* the same bit: data received */
    return port == COM1 ? 4 : 3;      /* ISA interrupt */
}

int gdb_serial_poll(void)
{
    return read(SERIAL_LSR) & SERIAL_LSR_DR ? read(SERIAL_DATA) : -1;
}

int gdb_serial_get(void)
{
    int byte;

    while ((byte = gdb_serial_poll()) < 0)
        cpu_pause();
    return byte;
}

int gdb_serial_get_soon(void)
{
    struct time_limit limit = os_system.kernel->time_limit_us(ANSWER_LIMIT_US);
    int byte;

    while ((byte = gdb_serial_poll()) < 0)
        if (os_system.kernel->time_limit_passed(limit))
            break;
    return byte;
}

/* To a line that takes nothing, nothing is sent. */
void gdb_serial_put(uint8_t byte)
{
    struct time_limit limit = os_system.kernel->time_limit_us(SEND_LIMIT_US);

    while (!(read(SERIAL_LSR) & SERIAL_LSR_THRE))
        if (os_system.kernel->time_limit_passed(limit))
            return;
    write(SERIAL_DATA, byte);
}
