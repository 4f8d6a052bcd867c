/* power.c - restarting the machine and switching it off.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ACPI Specification 6.4, "Fixed ACPI Description Table" and "Reset
 * Register". Switching off by the specification takes the values of the
 * \_S5 object, which stands in the byte code of the DSDT; they are known
 * beforehand only for the virtual machines below.
 */
#include <kernel/power.h>
#include <kernel/memory.h>
#include <kernel/time.h>
#include <pure64/cpu.h>
#include <pure64/io.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

/* How long a reset may take to happen. */
#define POWER_LIMIT_US 50000

struct power_fadt {
    uint8_t signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem_id[6];
    uint8_t unused_16[96];
    uint32_t flags;
    uint8_t reset_space;      /* RESET_REG, a generic address: its space, */
    uint8_t unused_117[3];
    uint64_t reset_address;   /* its address */
    uint8_t reset_value;
} __attribute__((packed));
_Static_assert(offsetof(struct power_fadt, flags) == 112, "ACPI");
_Static_assert(offsetof(struct power_fadt, reset_value) == 128, "ACPI");

#define FADT_RESET_REG_SUP (1u << 10)
#define ACPI_SPACE_MEMORY 0
#define ACPI_SPACE_IO 1

/* Reset Control Register of Intel's chipsets and most others: bit 1 full
 * reset, bit 2 do it. */
#define RESET_CONTROL 0xCF9
#define RESET_CONTROL_FULL 0x02
#define RESET_CONTROL_NOW 0x04
/* i8042 command: pulse output bit 0, the reset line. */
#define I8042_COMMAND 0x64
#define I8042_COMMAND_RESET 0xFE

/* 0 without one. */
static const struct power_fadt *power_fadt(void)
{
    uint64_t fadt = SYSINFO_EXTENSION->fadt;

    return fadt ? memory_at(fadt) : 0;
}

static void power_wait(void)
{
    struct time_limit limit = time_limit_us(POWER_LIMIT_US);

    while (!time_limit_passed(limit))
        ;
}

static void power_reset_acpi(void)
{
    const struct power_fadt *fadt = power_fadt();

    if (!fadt || fadt->length < sizeof(*fadt) ||
        !(fadt->flags & FADT_RESET_REG_SUP))
        return;
    if (fadt->reset_space == ACPI_SPACE_IO)
        io_out8((uint16_t)fadt->reset_address, fadt->reset_value);
    else if (fadt->reset_space == ACPI_SPACE_MEMORY)
        *(volatile uint8_t *)memory_at(fadt->reset_address) =
            fadt->reset_value;
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

/* PM1a_CNT of QEMU's q35 and newer pc, of its older pc and Bochs: SLP_EN
 * with the SLP_TYP 0 that their DSDTs name for S5. */
#define QEMU_PM1A_CONTROL 0x604
#define BOCHS_PM1A_CONTROL 0xB004
#define PM1_SLP_EN 0x2000
/* Bochs's own switch, and that of old QEMU. */
#define BOCHS_SHUTDOWN 0x8900

void power_shutdown(void)
{
    const struct power_fadt *fadt = power_fadt();

    /* On other machines something else may be at these ports. */
    if (fadt && memcmp(fadt->oem_id, "BOCH", 4) != 0)
        return;
    io_out16(QEMU_PM1A_CONTROL, PM1_SLP_EN);
    io_out16(BOCHS_PM1A_CONTROL, PM1_SLP_EN);
    for (const char *c = "Shutdown"; *c; c++)
        io_out8(BOCHS_SHUTDOWN, (uint8_t)*c);
    power_wait();
}
