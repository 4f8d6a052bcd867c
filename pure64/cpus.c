/* cpus.c - start of all CPUs, and the state every one of them is put in.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * CPUs have numbers, in the order of the list; nothing is indexed by APIC id.
 * The list, with a flag for each CPU, is in the start page where it fits; the
 * stacks, one for each but the boot CPU, are a block of boot_memory.
 */
#include "cpus.h"
#include "apic.h"
#include "boot_memory.h"
#include "clock.h"
#include "error.h"
#include <pure64/cpu.h>
#include <pure64/options.h>
#include <pure64/string.h>

/* boot/ap.asm shifts by 10. Holds cpus_enter's calls, then one interrupt. */
#define CPUS_STACK_SIZE 1024

/* SDM, "MP Initialization Protocol Algorithm": 10 ms behind INIT, 200 us
 * behind the first STARTUP. */
#define INIT_DELAY_US 10000
#define STARTUP_DELAY_US 200
/* Without any new CPU for so long, none is expected any more. Emulators on a
 * busy PC need that long to have each CPU run. */
#define ARRIVAL_LIMIT_US 200000

#define CPUID_1_ECX_XSAVE (1u << 26)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_1_EDX_PAT (1u << 16)
#define CPUID_INTEL_EBX 0x756E6547 /* "Genu" */
#define CPUID_AMD_EBX 0x68747541   /* "Auth" */
#define CPUID_HYGON_EBX 0x6F677948 /* "Hygo" */
#define CPUID_XSAVE 0x0D
#define XCR0_X87_SSE 0x03u
#define XCR0_AVX 0x04u
#define XCR0_AVX512 0xE0u /* opmask, ZMM_Hi256, Hi16_ZMM: all or none */

/* The reset value but for entry 5: write-combining (SDM volume 3, "Page
 * Attribute Table (PAT)"). Nobody has written through entry 5 before. */
#define PAT_VALUE 0x0007010600070406ull

/* boot/ap.asm: the start page as it stands in pure64, and in it the places
 * to fill in. */
#pragma GCC visibility push(hidden)
extern const uint8_t ap_page[], ap_page_end[], ap_32bit[], ap_64bit[];
extern const uint8_t ap_default_handler[], ap_gdt[], ap_base[];
extern const uint8_t ap_gdt_base[], ap_far_32bit[], ap_far_64bit[], ap_cr3[];
extern const uint8_t ap_final_gdt[], ap_final_idt[], ap_stacks[];
extern const uint8_t ap_stack_count[], ap_enter[], ap_alive[];
#pragma GCC visibility pop

/* The start page in use; 0 before cpus_prepare. */
static uint64_t page;

/* The list as the other CPUs see it: set before the first STARTUP. */
static uint32_t *ids;
static volatile uint8_t *alive;
static uint32_t count;

/* How many of them, from the first on, are to run. */
static uint32_t to_run;

static uint64_t in_page(const uint8_t *label)
{
    return page + (uint64_t)(label - ap_page);
}

static void fill64(const uint8_t *label, uint64_t value)
{
    memcpy((void *)in_page(label), &value, sizeof value);
}

static void fill32(const uint8_t *label, uint64_t value)
{
    memcpy((void *)in_page(label), &value, sizeof(uint32_t));
}

/* SDM volume 1, "Enabling the XSAVE Feature Set and XSAVE-Enabled
 * Features". */
static void enable_extended_state(void)
{
    uint32_t supported = cpu_cpuid(CPUID_XSAVE, 0).eax;
    uint32_t wanted = XCR0_X87_SSE;

    if (supported & XCR0_AVX) {
        wanted |= XCR0_AVX;
        if ((supported & XCR0_AVX512) == XCR0_AVX512)
            wanted |= XCR0_AVX512;
    }
    cpu_write_xcr0(wanted);
}

void cpu_state_init(void)
{
    struct cpu_cpuid features = cpu_cpuid(1, 0);
    uint32_t cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    if (features.ecx & CPUID_1_ECX_XSAVE)
        cr4 |= CR4_OSXSAVE;
    cpu_write_cr0(CR0_PG | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
    cpu_write_cr4(cr4);
    cpu_write_msr(MSR_EFER, EFER_LME | EFER_LMA);
    if (features.ecx & CPUID_1_ECX_XSAVE)
        enable_extended_state();
    if (features.edx & CPUID_1_EDX_PAT) {
        cpu_write_msr(MSR_PAT, PAT_VALUE);
        cpu_write_cr3(cpu_read_cr3()); /* TLBs hold types of the old one */
    }
    cpu_reset_x87();
}

void cpus_prepare(void)
{
    page = boot_memory_take_low(1);
    if (!page)
        error_stop(ERROR_NO_CPU_PAGE, "no free page below 640 KiB");
    memcpy((void *)page, ap_page, (size_t)(ap_page_end - ap_page));
}

uint64_t cpus_default_handler(void)
{
    return in_page(ap_default_handler);
}

/* First C code of every other CPU, called by its start page. Returns the
 * flag to set once it runs in the page again; 0 if this CPU is not listed. */
static volatile uint8_t *cpus_enter(void)
{
    uint32_t id;

    cpu_state_init();
    apic_init_local();
    id = apic_id();
    for (uint32_t i = 1; i < to_run; i++)
        if (ids[i] == id)
            return &alive[i];
    return 0;
}

static void fill_page(uint64_t stacks, uint32_t stack_count)
{
    struct cpu_table_register gdt = cpu_store_gdt();
    struct cpu_table_register idt = cpu_store_idt();

    fill64(ap_stacks, stacks);
    fill64(ap_enter, (uint64_t)cpus_enter);
    fill32(ap_base, page);
    fill32(ap_cr3, cpu_read_cr3());
    fill32(ap_stack_count, stack_count);
    fill32(ap_far_32bit, in_page(ap_32bit));
    fill32(ap_far_64bit, in_page(ap_64bit));
    fill32(ap_gdt_base, in_page(ap_gdt));
    memcpy((void *)in_page(ap_final_gdt), &gdt, sizeof gdt);
    memcpy((void *)in_page(ap_final_idt), &idt, sizeof idt);
}

static int is_virtual(void)
{
    return (cpu_cpuid(1, 0).ecx & CPUID_1_ECX_HYPERVISOR) != 0;
}

/* Whether a CPU needs time between INIT and STARTUP. Virtual ones do not, nor
 * any Intel one since family 6, AMD one since family 15 and Hygon one, which
 * is all that have long mode but for the Pentium 4 and small makers. */
static int needs_init_delay(void)
{
    uint32_t vendor = cpu_cpuid(0, 0).ebx, version = cpu_cpuid(1, 0).eax;
    uint32_t family = version >> 8 & 0xF;

    if (is_virtual())
        return 0;
    if (family == 0xF)
        family += version >> 20 & 0xFF;
    if (vendor == CPUID_INTEL_EBX)
        return family != 6 && family <= 0xF;
    if (vendor == CPUID_AMD_EBX)
        return family < 0xF;
    return vendor != CPUID_HYGON_EBX;
}

static void delay(uint32_t us)
{
    uint64_t start = cpu_tsc(), ticks = clock_tsc_ticks(us);

    while (cpu_tsc() - start < ticks)
        cpu_pause();
}

/* Waits until all CPUs have arrived, or none has for so long. 1 if all did. */
static int wait_for_all(uint32_t us)
{
    volatile uint32_t *arrived = (void *)in_page(ap_alive);
    uint64_t last = cpu_tsc(), ticks = clock_tsc_ticks(us);
    uint32_t seen = 0, now;

    while ((now = *arrived) < to_run - 1) {
        if (now != seen)
            last = cpu_tsc();
        else if (cpu_tsc() - last >= ticks)
            return 0;
        seen = now;
        cpu_pause();
    }
    return 1;
}

static void start_others(void)
{
    uint8_t vector = (uint8_t)(page / BOOT_MEMORY_PAGE);

    /* In x2APIC mode a send does not wait for earlier stores; a serialising
     * instruction does (SDM volume 3, "x2APIC Register Address Space"). */
    cpu_cpuid(0, 0);
    for (uint32_t i = 1; i < to_run; i++)
        apic_send_init(ids[i]);
    if (needs_init_delay())
        delay(INIT_DELAY_US);
    for (uint32_t i = 1; i < to_run; i++)
        apic_send_startup(ids[i], vector);
    if (wait_for_all(STARTUP_DELAY_US))
        return;
    for (uint32_t i = 1; i < to_run; i++)
        if (!alive[i])
            apic_send_startup(ids[i], vector);
    wait_for_all(ARRIVAL_LIMIT_US);
}

/* Moves the running CPUs to the front of the list, in their order, and
 * returns how many they are. One that did not come gets INIT, so that it never
 * wakes up in memory that is something else by then: each flag is looked at
 * once, for a CPU may still arrive between that look and the INIT. */
static uint32_t sort_running(void)
{
    uint32_t running = 1;

    for (uint32_t i = 1; i < to_run; i++) {
        uint32_t id = ids[i];

        if (!alive[i]) {
            apic_send_init(id);
            continue;
        }
        memmove(&ids[running + 1], &ids[running],
                (i - running) * sizeof ids[0]);
        ids[running++] = id;
    }
    return running;
}

/* Room for that many ids and flags, zeroed: behind the code in the start page
 * if it fits there, as it does up to some 700 CPUs. 0 if there is none. */
static uint64_t take_list(uint32_t most)
{
    uint64_t bytes = most * (sizeof ids[0] + 1);
    uint64_t list = (in_page(ap_page_end) + 7) & ~7ull;

    if (list + bytes <= page + BOOT_MEMORY_PAGE)
        return list;
    return boot_memory_take((unsigned)((bytes + BOOT_MEMORY_PAGE - 1) /
                                       BOOT_MEMORY_PAGE));
}

static void list_cpus(const struct acpi *acpi, const char *options)
{
    uint32_t most = acpi->cpu_entries + 1;
    uint64_t list, option;

    if (most > ACPI_CPUS_MAX)
        most = ACPI_CPUS_MAX;
    while (!(list = take_list(most)))
        most /= 2; /* ends: a short list fits into the start page */
    ids = (uint32_t *)list;
    alive = (uint8_t *)(ids + most);
    count = acpi_list_cpus(acpi, apic_id(), ids, most);
    to_run = count;
    if (options_number(options, "cpus", 0, &option) && option > 0 &&
        option < count)
        to_run = (uint32_t)option;
}

/* Stacks for all other CPUs to run, or for as many as there is memory: *number
 * of them. */
static uint64_t take_stacks(uint32_t *number)
{
    uint64_t stacks = 0;

    *number = to_run - 1;
    while (*number && !stacks) {
        uint32_t bytes = *number * CPUS_STACK_SIZE;

        stacks = boot_memory_take((bytes + BOOT_MEMORY_PAGE - 1) /
                                  BOOT_MEMORY_PAGE);
        if (!stacks)
            *number /= 2;
    }
    return stacks;
}

static void publish(uint32_t running)
{
    volatile struct sysinfo *sysinfo = SYSINFO;
    volatile struct sysinfo_extension *extension = SYSINFO_EXTENSION;
    uint32_t listed = count < SYSINFO_APIC_IDS_MAX ? count
                                                   : SYSINFO_APIC_IDS_MAX;

    for (uint32_t i = 0; i < listed; i++)
        sysinfo->apic_ids[i] = ids[i];
    sysinfo->cpus_declared = (uint16_t)count;
    sysinfo->cpus_running = (uint16_t)running;
    extension->cpus_declared = count;
    extension->cpus_running = running;
    extension->cpu_apic_ids = (uint64_t)ids;
}

void cpus_start(const struct acpi *acpi, const char *options)
{
    uint32_t stack_count;
    uint64_t stacks;

    list_cpus(acpi, options);
    stacks = take_stacks(&stack_count);
    if (stacks) {
        fill_page(stacks, stack_count);
        /* QEMU counting instructions (-icount) takes a CPU's INIT for a leap
         * to the next timer event: have one soon. */
        if (is_virtual())
            clock_tick_fast();
        start_others();
        if (is_virtual())
            clock_tick_slow();
    }
    publish(sort_running());
}
