/* power.c - restarting the machine and switching it off.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ACPI Specification 6.4: "Reset Register", "PM1 Control Grouping", "Sleep
 * Control and Status Registers", "\_Sx (System States)".
 */
#include "power.h"
#include "acpi_fadt.h"
#include "acpi_s5.h"
#include "acpi_tables.h"
#include "system.h"
#include <pure64/cpu.h>
#include <pure64/io.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

/* How long a reset may take to happen, and to get into ACPI mode. */
#define POWER_LIMIT_US 50000
#define ACPI_ENABLE_LIMIT_US 3000000

/* Reset Control Register of Intel's chipsets and most others: bit 1 full
 * reset, bit 2 do it. */
#define RESET_CONTROL 0xCF9
#define RESET_CONTROL_FULL 0x02
#define RESET_CONTROL_NOW 0x04
/* i8042 command: pulse output bit 0, the reset line. */
#define I8042_COMMAND 0x64
#define I8042_COMMAND_RESET 0xFE

#define PM1_SCI_EN 0x0001u
#define PM1_SLP_TYP_SHIFT 10
#define PM1_SLP_TYP 0x1C00u
#define PM1_SLP_EN 0x2000u
#define SLEEP_CONTROL_TYP_SHIFT 2
#define SLEEP_CONTROL_EN 0x20

/* 0 without one. */
static const struct acpi_fadt *power_fadt(void)
{
    uint64_t fadt = SYSINFO_EXTENSION->fadt;

    return fadt ? system_memory_at(fadt) : 0;
}

static void power_wait(void)
{
    const struct kernel_services *kernel = os_system.kernel;
    struct time_limit limit = kernel->time_limit_us(POWER_LIMIT_US);

    while (!kernel->time_limit_passed(limit))
        ;
}

static void write8(const struct acpi_address *where, uint8_t value)
{
    if (where->space == ACPI_SPACE_IO)
        io_out8((uint16_t)where->address, value);
    else if (where->space == ACPI_SPACE_MEMORY && where->address)
        *(volatile uint8_t *)system_memory_at(where->address) = value;
}

static void power_reset_acpi(void)
{
    const struct acpi_fadt *fadt = power_fadt();

    if (!fadt || !ACPI_HAS(fadt, reset_value) ||
        !(fadt->flags & ACPI_FADT_RESET_REG_SUP))
        return;
    write8(&fadt->reset, fadt->reset_value);
    power_wait();
}

void power_reboot(void)
{
    static const struct cpu_table_register no_idt = {0, 0};

    cpu_interrupts_off();
    power_reset_acpi();
    io_out8(RESET_CONTROL, RESET_CONTROL_FULL);
    io_out8(RESET_CONTROL, RESET_CONTROL_FULL | RESET_CONTROL_NOW);
    power_wait(); /* also enough for the i8042 to take a command */
    io_out8(I8042_COMMAND, I8042_COMMAND_RESET);
    power_wait();
    /* An exception no handler can be found for, nor for the one that
     * follows: a triple fault, and the CPU shuts down. */
    cpu_load_idt(&no_idt);
    __builtin_trap();
}

/* In the DSDT, else in one of the SSDTs. */
static int find_s5(uint8_t types[2])
{
    const uint8_t *code;
    unsigned number = 0;
    size_t length;

    while ((code = acpi_code(&number, &length)))
        if (acpi_find_s5(code, length, types))
            return 1;
    return 0;
}

/* PM1 control register a or b; 0 if the machine has none of them in I/O
 * space, where all are. */
static uint16_t pm1_control(const struct acpi_fadt *fadt, int b)
{
    const struct acpi_address *x = b ? &fadt->x_pm1b_control
                                     : &fadt->x_pm1a_control;

    if (ACPI_HAS(fadt, x_pm1b_control) && x->address &&
        x->space == ACPI_SPACE_IO)
        return (uint16_t)x->address;
    return (uint16_t)(b ? fadt->pm1b_control : fadt->pm1a_control);
}

/* "Legacy/ACPI Select": only in ACPI mode the registers do what they say. */
static void enter_acpi_mode(const struct acpi_fadt *fadt, uint16_t control)
{
    const struct kernel_services *kernel = os_system.kernel;
    struct time_limit limit = kernel->time_limit_us(ACPI_ENABLE_LIMIT_US);

    if (io_in16(control) & PM1_SCI_EN || !fadt->smi_command ||
        !fadt->acpi_enable)
        return;
    io_out8((uint16_t)fadt->smi_command, fadt->acpi_enable);
    while (!(io_in16(control) & PM1_SCI_EN) &&
           !kernel->time_limit_passed(limit))
        ;
}

static void pm1_sleep(uint16_t control, uint8_t type)
{
    unsigned value;

    if (!control)
        return;
    value = (io_in16(control) & ~(PM1_SLP_TYP | PM1_SLP_EN)) |
            (unsigned)(type & 7) << PM1_SLP_TYP_SHIFT;
    io_out16(control, (uint16_t)value);
    io_out16(control, (uint16_t)(value | PM1_SLP_EN));
}

static void power_off_acpi(const struct acpi_fadt *fadt)
{
    uint8_t types[2];

    if (!find_s5(types))
        return;
    if (fadt->flags & ACPI_FADT_HW_REDUCED && ACPI_HAS(fadt, sleep_control)) {
        write8(&fadt->sleep_control,
               (uint8_t)((types[0] & 7) << SLEEP_CONTROL_TYP_SHIFT |
                         SLEEP_CONTROL_EN));
    } else if (pm1_control(fadt, 0)) {
        enter_acpi_mode(fadt, pm1_control(fadt, 0));
        pm1_sleep(pm1_control(fadt, 0), types[0]);
        pm1_sleep(pm1_control(fadt, 1), types[1]);
    }
    power_wait();
}

/* PM1a_CNT of QEMU's q35 and newer pc, of its older pc and Bochs, and Bochs's
 * own switch, which old QEMU has too. */
#define QEMU_PM1A_CONTROL 0x604
#define BOCHS_PM1A_CONTROL 0xB004
#define BOCHS_SHUTDOWN 0x8900

void power_shutdown(void)
{
    const struct acpi_fadt *fadt = power_fadt();

    if (fadt)
        power_off_acpi(fadt);
    /* On other machines something else may be at these ports. */
    if (fadt && memcmp(fadt->header.oem_id, "BOCH", 4) != 0)
        return;
    io_out16(QEMU_PM1A_CONTROL, PM1_SLP_EN);
    io_out16(BOCHS_PM1A_CONTROL, PM1_SLP_EN);
    for (const char *c = "Shutdown"; *c; c++)
        io_out8(BOCHS_SHUTDOWN, (uint8_t)*c);
    power_wait();
}
