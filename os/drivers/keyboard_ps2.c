/* keyboard_ps2.c - the keyboard at the i8042 controller, or what firmware
 * shows of a USB keyboard in its place.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Keyboard and auxiliary
 * device controller". The firmware's settings are changed only where they
 * would stop keys from arriving: some firmware emulates just what it expects
 * to be used. In QEMU: machines pc and q35 have it, microvm has not.
 */
#include "keyboard_ps2.h"
#include "../input.h"
#include "../interrupts.h"
#include "../system.h"
#include "key_decode.h"
#include <pure64/cpu.h>
#include <pure64/io.h>
#include <pure64/sysinfo.h>

#define I8042_DATA 0x60
#define I8042_STATUS 0x64
#define I8042_COMMAND 0x64
#define I8042_IRQ 1

#define I8042_STATUS_OBF 0x01 /* a byte to read */
#define I8042_STATUS_IBF 0x02 /* the last byte written is not yet taken */
#define I8042_STATUS_AUX 0x20 /* the byte is the mouse's */
#define I8042_COMMAND_READ_CONFIG 0x20
#define I8042_COMMAND_WRITE_CONFIG 0x60
#define I8042_CONFIG_IRQ 0x01
#define I8042_CONFIG_CLOCK_OFF 0x10
#define I8042_CONFIG_TRANSLATE 0x40

#define I8042_LIMIT_US 50000
/* More than controller and keyboard hold. */
#define I8042_RECEIVE_MAX 64

/* FADT, IAPC_BOOT_ARCH: ACPI Specification 6.4, table 5.11. */
#define IAPC_BOOT_ARCH_8042 0x02

static struct key_scan scan; /* guarded by input.c's lock */

static void keyboard_receive(void)
{
    for (int i = 0; i < I8042_RECEIVE_MAX; i++) {
        uint8_t status = io_in8(I8042_STATUS);
        uint8_t code;

        if (!(status & I8042_STATUS_OBF))
            break;
        code = io_in8(I8042_DATA); /* a mouse's too: it would block ours */
        if (!(status & I8042_STATUS_AUX))
            key_decode_scan(&scan, code, input_key_add);
    }
}

/* Waits until the status bits under `mask` are `value`; 0 if they never are. */
static int keyboard_wait(uint8_t mask, uint8_t value)
{
    const struct kernel_services *kernel = os_system.kernel;
    struct time_limit limit = kernel->time_limit_us(I8042_LIMIT_US);

    while ((io_in8(I8042_STATUS) & mask) != value)
        if (kernel->time_limit_passed(limit))
            return 0;
    return 1;
}

/* Writes a byte, then waits until the bits under `mask` are `value`. */
static int keyboard_write(uint16_t port, uint8_t byte, uint8_t mask,
                          uint8_t value)
{
    io_out8(port, byte);
    return keyboard_wait(mask, value);
}

/* A key typed just now may be taken for the answer: what is then written
 * back still has the three bits right, and the others are the mouse's. */
static void keyboard_configure(void)
{
    uint8_t config, wanted;

    if (!keyboard_wait(I8042_STATUS_IBF, 0) ||
        !keyboard_write(I8042_COMMAND, I8042_COMMAND_READ_CONFIG,
                        I8042_STATUS_OBF, I8042_STATUS_OBF))
        return;
    config = io_in8(I8042_DATA);
    wanted = (config | I8042_CONFIG_IRQ | I8042_CONFIG_TRANSLATE) &
             ~I8042_CONFIG_CLOCK_OFF;
    if (wanted != config &&
        keyboard_write(I8042_COMMAND, I8042_COMMAND_WRITE_CONFIG,
                       I8042_STATUS_IBF, 0))
        keyboard_write(I8042_DATA, wanted, I8042_STATUS_IBF, 0);
}

static void keyboard_interrupt(void *context)
{
    (void)context;
    input_collect();
}

static void keyboard_collect(void)
{
    uint64_t flags = cpu_flags();

    cpu_interrupts_off();
    input_collect();
    cpu_flags_restore(flags);
}

void keyboard_ps2_start(void)
{
    if (!(SYSINFO->iapc_boot_arch & IAPC_BOOT_ARCH_8042) ||
        io_in8(I8042_STATUS) == 0xFF)
        return;
    input_add_source(keyboard_receive);
    /* Keys typed during the start first: the answer to the command must be
     * the next byte, and none of them is to be lost. */
    keyboard_collect();
    keyboard_configure();
    interrupts_isa(I8042_IRQ, keyboard_interrupt, 0);
    /* An edge while the interrupt was masked is never delivered. */
    keyboard_collect();
}
