/* offsets.c - writes the assembly's copy of the numbers in the C headers.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs on the developer's PC: `offsets layout` prints layout.inc (memory
 * map, boot_info, payload header, boot options, system information table, CPU
 * bits), `offsets baremetal` prints baremetal.inc (the program interface), both
 * as NASM %defines; `offsets names` prints call_names.h, the calls' names for
 * reports of the system. Compile with -Ipure64/include -Ikernel/include.
 */
#include <baremetal.h>
#include <pure64/boot_info.h>
#include <pure64/cpu.h>
#include <pure64/layout.h>
#include <pure64/options.h>
#include <pure64/sysinfo.h>
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct define {
    const char *name;
    long long value;
};

struct group {
    const char *comment;
    const struct define *defines;
    size_t count;
};

#define VALUE(name) {#name, (long long)(name)}
#define BOOT_INFO(NAME, field) \
    {"BOOT_INFO_" #NAME, offsetof(struct boot_info, field)}
#define HEADER(NAME, field) \
    {"PAYLOAD_HEADER_" #NAME, offsetof(struct payload_header, field)}
#define OPTIONS(NAME, field) \
    {"BOOT_OPTIONS_" #NAME, offsetof(struct boot_options, field)}
#define SYSTEM(NAME, field) \
    {"SYSINFO_" #NAME, LAYOUT_SYSINFO + offsetof(struct sysinfo, field)}
/* Behind the name's NUL is the one that os_call knows it by. */
#define CALL(NAME, field) \
    {"BAREMETAL_" #NAME "\0" #field, offsetof(struct baremetal, field)}
#define SCREEN(NAME, field) \
    {"BAREMETAL_SCREEN_" #NAME, offsetof(struct baremetal_screen, field)}
#define MEMORY(NAME, field) \
    {"BAREMETAL_MEMORY_" #NAME, offsetof(struct baremetal_memory, field)}
#define PROCESSOR(NAME, field) \
    {"BAREMETAL_CPU_" #NAME, offsetof(struct baremetal_cpu, field)}
#define DISK(NAME, field) \
    {"BAREMETAL_DISK_" #NAME, offsetof(struct baremetal_disk, field)}
#define FILE_FIELD(NAME, field) \
    {"BAREMETAL_FILE_" #NAME, offsetof(struct baremetal_file, field)}
#define MACHINE(NAME, field) \
    {"BAREMETAL_SYSTEM_" #NAME, offsetof(struct baremetal_system, field)}
#define GROUP(comment, array) {comment, array, sizeof array / sizeof array[0]}

static const struct define regions[] = {
    VALUE(LAYOUT_IDT), VALUE(LAYOUT_IDT_SIZE),
    VALUE(LAYOUT_GDT), VALUE(LAYOUT_GDT_SIZE),
    VALUE(LAYOUT_PML4), VALUE(LAYOUT_PML4_SIZE),
    VALUE(LAYOUT_IDENTITY_PDPT), VALUE(LAYOUT_IDENTITY_PDPT_SIZE),
    VALUE(LAYOUT_HIGH_PDPT), VALUE(LAYOUT_HIGH_PDPT_SIZE),
    VALUE(LAYOUT_SYSINFO), VALUE(LAYOUT_SYSINFO_SIZE),
    VALUE(LAYOUT_SYSINFO_CLEARED), VALUE(LAYOUT_SYSINFO_EXTENSION),
    VALUE(LAYOUT_E820), VALUE(LAYOUT_E820_SIZE),
    VALUE(LAYOUT_FONT), VALUE(LAYOUT_FONT_SIZE),
    VALUE(LAYOUT_RAM_LIST), VALUE(LAYOUT_RAM_LIST_SIZE),
    VALUE(LAYOUT_MBR), VALUE(LAYOUT_MBR_SIZE),
    VALUE(LAYOUT_BIOS_STAGE), VALUE(LAYOUT_BIOS_STAGE_SIZE),
    VALUE(LAYOUT_KERNEL_LOW), VALUE(LAYOUT_KERNEL_LOW_SIZE),
    VALUE(LAYOUT_BOUNCE), VALUE(LAYOUT_BOUNCE_SIZE),
    VALUE(LAYOUT_PURE64_BIOS), VALUE(LAYOUT_PURE64_BIOS_SIZE),
    VALUE(LAYOUT_HIGH_PD), VALUE(LAYOUT_HIGH_PD_SIZE),
    VALUE(LAYOUT_KERNEL), VALUE(LAYOUT_KERNEL_SIZE),
    VALUE(LAYOUT_OS), VALUE(LAYOUT_OS_SIZE),
    VALUE(LAYOUT_USABLE_LIST), VALUE(LAYOUT_USABLE_LIST_SIZE),
    VALUE(LAYOUT_UEFI_MAP), VALUE(LAYOUT_UEFI_MAP_SIZE),
    VALUE(LAYOUT_RAM_START), VALUE(LAYOUT_PAYLOAD_SIZE_MAX),
    VALUE(LAYOUT_HIGH_RAM), VALUE(LAYOUT_WINDOW), VALUE(LAYOUT_STACKS),
    VALUE(LAYOUT_LOW_RAM), VALUE(LAYOUT_LOW_RAM_END),
    VALUE(LAYOUT_BDA), VALUE(LAYOUT_TEXT_SCREEN),
    VALUE(LAYOUT_BASE_MEMORY_END), VALUE(LAYOUT_COMMAND_LINE),
    VALUE(LAYOUT_PROGRAM_ELF),
};

static const struct define payload[] = {
    VALUE(PAYLOAD_MAGIC),
    HEADER(JUMP, jump), HEADER(MAGIC, magic),
    HEADER(TOTAL_BYTES, total_bytes),
    HEADER(PURE64_OFFSET, pure64_offset),
    HEADER(PURE64_BYTES, pure64_bytes),
    HEADER(PURE64_MEMORY, pure64_memory),
    HEADER(KERNEL_OFFSET, kernel_offset),
    HEADER(KERNEL_BYTES, kernel_bytes),
    {"PAYLOAD_HEADER_SIZE", sizeof(struct payload_header)},
};

static const struct define boot_info[] = {
    VALUE(BOOT_WAY_BIOS), VALUE(BOOT_WAY_UEFI),
    VALUE(VIDEO_NONE), VALUE(VIDEO_TEXT), VALUE(VIDEO_FRAME),
    BOOT_INFO(T0, t0), BOOT_INFO(RSDP, rsdp),
    BOOT_INFO(MEMORY_MAP, memory_map),
    BOOT_INFO(MEMORY_MAP_BYTES, memory_map_bytes),
    BOOT_INFO(DESCRIPTOR_BYTES, descriptor_bytes),
    BOOT_INFO(FRAME_BUFFER, frame_buffer),
    BOOT_INFO(FRAME_WIDTH, frame_width),
    BOOT_INFO(FRAME_HEIGHT, frame_height),
    BOOT_INFO(FRAME_PITCH, frame_pitch),
    BOOT_INFO(RED_MASK, red_mask), BOOT_INFO(VIDEO, video),
    BOOT_INFO(WAY, way), BOOT_INFO(BOOT_DRIVE, boot_drive),
    BOOT_INFO(COMMAND_LINE, command_line),
    BOOT_INFO(PURE64_BASE, pure64_base),
    BOOT_INFO(PURE64_MEMORY, pure64_memory),
    BOOT_INFO(KERNEL_SOURCE, kernel_source),
    BOOT_INFO(KERNEL_BYTES, kernel_bytes), BOOT_INFO(OPTIONS, options),
    {"BOOT_INFO_SIZE", sizeof(struct boot_info)},
};

static const struct define options[] = {
    VALUE(OPTIONS_MAGIC), VALUE(OPTIONS_TEXT_SIZE),
    VALUE(OPTIONS_WIDTH_MIN), VALUE(OPTIONS_HEIGHT_MIN),
    VALUE(OPTIONS_VIDEO_DEFAULT), VALUE(OPTIONS_VIDEO_SIZE),
    VALUE(OPTIONS_VIDEO_TEXT), VALUE(OPTIONS_VIDEO_NONE),
    VALUE(OPTIONS_NONE), VALUE(OPTIONS_VALID), VALUE(OPTIONS_DAMAGED),
    OPTIONS(MAGIC, magic), OPTIONS(VIDEO, video), OPTIONS(WIDTH, width),
    OPTIONS(HEIGHT, height), OPTIONS(TEXT, text),
    {"BOOT_OPTIONS_SIZE", sizeof(struct boot_options)},
};

static const struct define sysinfo[] = {
    SYSTEM(ACPI_ROOT, acpi_root), SYSTEM(BOOT_APIC_ID, boot_apic_id),
    SYSTEM(CPU_MHZ, cpu_mhz), SYSTEM(CPUS_RUNNING, cpus_running),
    SYSTEM(CPUS_DECLARED, cpus_declared),
    SYSTEM(PHYSICAL_BITS, physical_bits),
    SYSTEM(VIRTUAL_BITS, virtual_bits), SYSTEM(CPUID_MAX, cpuid_max),
    SYSTEM(CPUID_EXTENDED_MAX, cpuid_extended_max),
    SYSTEM(RAM_MIB, ram_mib), SYSTEM(IOAPICS, ioapics),
    SYSTEM(OVERRIDES, overrides), SYSTEM(HPET, hpet),
    SYSTEM(HPET_HZ, hpet_hz), SYSTEM(HPET_MINIMUM_TICK, hpet_minimum_tick),
    SYSTEM(HPET_TIMERS, hpet_timers), SYSTEM(T0, t0), SYSTEM(T1, t1),
    SYSTEM(LAPIC, lapic), SYSTEM(FRAME_BUFFER, frame_buffer),
    SYSTEM(FRAME_WIDTH, frame_width), SYSTEM(FRAME_HEIGHT, frame_height),
    SYSTEM(FRAME_PITCH, frame_pitch), SYSTEM(FRAME_BITS, frame_bits),
    SYSTEM(PCIE_RANGES, pcie_ranges), SYSTEM(IAPC_BOOT_ARCH, iapc_boot_arch),
    SYSTEM(GIB_PAGES, gib_pages), SYSTEM(X2APIC, x2apic), SYSTEM(WAY, way),
    SYSTEM(APIC_IDS, apic_ids), SYSTEM(PCIE, pcie), SYSTEM(IOAPIC, ioapic),
    SYSTEM(OVERRIDE, override), VALUE(SYSINFO_APIC_IDS_MAX),
};

static const struct define cpu[] = {
    VALUE(CR0_PE), VALUE(CR0_MP), VALUE(CR0_ET), VALUE(CR0_NE),
    VALUE(CR0_WP), VALUE(CR0_PG), VALUE(CR4_PAE), VALUE(CR4_MCE),
    VALUE(CR4_OSFXSR), VALUE(CR4_OSXMMEXCPT), VALUE(CR4_OSXSAVE),
    VALUE(MSR_APIC_BASE), VALUE(MSR_APIC_BASE_BSP),
    VALUE(MSR_APIC_BASE_X2APIC), VALUE(MSR_APIC_BASE_ENABLE),
    VALUE(MSR_PAT), VALUE(MSR_X2APIC), VALUE(MSR_EFER),
    VALUE(MSR_FS_BASE), VALUE(MSR_GS_BASE), VALUE(EFER_LME),
    VALUE(RFLAGS_IF),
};

static const struct define interface[] = {
    VALUE(BAREMETAL_INTERFACE), VALUE(BAREMETAL_MAGIC),
    VALUE(BAREMETAL_VERSION), {"BAREMETAL_PROGRAM", (long long)LAYOUT_HIGH_RAM},
    VALUE(BAREMETAL_NOTE_TYPE),
};

/* The fields magic, version and size: their plain names are taken. */
static const struct define calls[] = {
    CALL(HEAD_MAGIC, magic), CALL(HEAD_VERSION, version),
    CALL(HEAD_SIZE, size), CALL(WRITE, write), CALL(KEY, key),
    CALL(KEY_WAIT, key_wait), CALL(SCREEN, screen), CALL(EXIT, exit),
    CALL(TIME_NS, time_ns), CALL(DELAY_US, delay_us), CALL(MEMORY, memory),
    CALL(CPU_COUNT, cpu_count), CALL(CPU_NUMBER, cpu_number),
    CALL(DISK_INFO, disk_info), CALL(DISK_READ, disk_read),
    CALL(DISK_WRITE, disk_write), CALL(DISK_FLUSH, disk_flush),
    CALL(CPU_POLICY, cpu_policy), CALL(CPU_INFO, cpu_info),
    CALL(CPU_RUN, cpu_run), CALL(CPU_WAIT, cpu_wait),
    CALL(CPU_WAIT_ALL, cpu_wait_all), CALL(QUEUE_ADD, queue_add),
    CALL(QUEUE_RUN, queue_run), CALL(QUEUE_LENGTH, queue_length),
    CALL(PARALLEL_FOR, parallel_for), CALL(BARRIER_WAIT, barrier_wait),
    CALL(LOCK, lock), CALL(UNLOCK, unlock),
    CALL(MEMORY_ALLOCATE, memory_allocate),
    CALL(MEMORY_ALLOCATE_PAGES, memory_allocate_pages),
    CALL(MEMORY_RELEASE, memory_release), CALL(MEMORY_FREE, memory_free),
    CALL(DISK_SUBMIT, disk_submit), CALL(DISK_POLL, disk_poll),
    CALL(NET_INFO, net_info), CALL(NET_SEND, net_send),
    CALL(NET_SENDING, net_sending), CALL(NET_RECEIVE, net_receive),
    CALL(NET_CALLBACK, net_callback), CALL(TIMER, timer), CALL(DATE, date),
    CALL(PCI_INFO, pci_info),
    CALL(FILE_OPEN, file_open), CALL(FILE_CLOSE, file_close),
    /* Without _CALL these are flags of file_open. */
    CALL(FILE_READ_CALL, file_read), CALL(FILE_WRITE_CALL, file_write),
    CALL(FILE_SEEK, file_seek), CALL(FILE_TELL, file_tell),
    CALL(FILE_TRUNCATE_CALL, file_truncate), CALL(FILE_FLUSH, file_flush),
    CALL(FILE_SYNC, file_sync), CALL(FILE_INFO, file_info),
    CALL(FILE_RENAME, file_rename), CALL(FILE_REMOVE, file_remove),
    CALL(FOLDER_MAKE, folder_make), CALL(FOLDER_READ, folder_read),
    CALL(FOLDER_CURRENT, folder_current), CALL(FOLDER_CHANGE, folder_change),
    CALL(ERROR_TEXT, error_text),
    CALL(TEXT_COLOUR, text_colour), CALL(CURSOR_MOVE, cursor_move),
    CALL(CURSOR_SHOW, cursor_show), CALL(SCREEN_CLEAR, screen_clear),
    CALL(STATUS_LINE, status_line), CALL(LINE_READ, line_read),
    CALL(KEY_CALLBACK, key_callback), CALL(TIMER_PERIODIC, timer_periodic),
    CALL(TIME_UNIX, time_unix), CALL(SERIAL_SEND, serial_send),
    CALL(SERIAL_RECEIVE, serial_receive), CALL(SERIAL_SPEED, serial_speed),
    CALL(SPEAKER, speaker), CALL(BEEP, beep), CALL(PCI_READ, pci_read),
    CALL(PCI_WRITE, pci_write), CALL(SYSTEM_INFO, system_info),
    CALL(ENVIRONMENT, environment), CALL(RANDOM, random),
    CALL(CPU_RESET, cpu_reset), CALL(REBOOT, reboot),
    CALL(SHUTDOWN, shutdown),
    CALL(DEBUG_REGISTERS, debug_registers), CALL(DEBUG_MEMORY, debug_memory),
    CALL(DEBUG_BACKTRACE, debug_backtrace), CALL(DEBUG_BREAK, debug_break),
    {"BAREMETAL_BYTES", sizeof(struct baremetal)},
};

static const struct define screen[] = {
    SCREEN(COLUMNS, columns), SCREEN(ROWS, rows), SCREEN(COLUMN, column),
    SCREEN(ROW, row), SCREEN(FRAME_BUFFER, frame_buffer),
    SCREEN(WIDTH, width), SCREEN(HEIGHT, height), SCREEN(PITCH, pitch),
    SCREEN(BITS, bits),
    {"BAREMETAL_SCREEN_BYTES", sizeof(struct baremetal_screen)},
};

static const struct define memory[] = {
    MEMORY(BASE, base), MEMORY(SIZE, size), MEMORY(TOTAL, total),
    {"BAREMETAL_MEMORY_BYTES", sizeof(struct baremetal_memory)},
};

static const struct define processor[] = {
    PROCESSOR(APIC_ID, apic_id), PROCESSOR(PACKAGE, package),
    PROCESSOR(CORE, core), PROCESSOR(THREAD, thread),
    PROCESSOR(STATE, state),
    {"BAREMETAL_CPU_BYTES", sizeof(struct baremetal_cpu)},
    VALUE(BAREMETAL_CPU_IDLE), VALUE(BAREMETAL_CPU_WORKING),
    VALUE(BAREMETAL_CPU_LOST),
    VALUE(BAREMETAL_POWER), VALUE(BAREMETAL_LATENCY),
    VALUE(BAREMETAL_LATENCY_MWAIT),
    {"BAREMETAL_LOCK_BYTES", sizeof(struct baremetal_lock)},
    {"BAREMETAL_BARRIER_COUNT", offsetof(struct baremetal_barrier, count)},
    {"BAREMETAL_BARRIER_BYTES", sizeof(struct baremetal_barrier)},
};

static const struct define disk[] = {
    DISK(NAME, name), DISK(SECTORS, sectors), DISK(SECTOR_SIZE, sector_size),
    {"BAREMETAL_DISK_BYTES", sizeof(struct baremetal_disk)},
};

static const struct define file[] = {
    VALUE(BAREMETAL_FILE_READ), VALUE(BAREMETAL_FILE_WRITE),
    VALUE(BAREMETAL_FILE_CREATE), VALUE(BAREMETAL_FILE_NEW),
    VALUE(BAREMETAL_FILE_TRUNCATE), VALUE(BAREMETAL_FILE_APPEND),
    VALUE(BAREMETAL_FILE_FOLDER), VALUE(BAREMETAL_FILE_READ_ONLY),
    FILE_FIELD(NAME, name), FILE_FIELD(SIZE, size),
    FILE_FIELD(ATTRIBUTES, attributes), FILE_FIELD(CHANGED, changed),
    {"BAREMETAL_FILE_BYTES", sizeof(struct baremetal_file)},
    VALUE(BAREMETAL_PATH_MAX),
};

static const struct define keys[] = {
    VALUE(BAREMETAL_KEY_UP), VALUE(BAREMETAL_KEY_DOWN),
    VALUE(BAREMETAL_KEY_LEFT), VALUE(BAREMETAL_KEY_RIGHT),
    VALUE(BAREMETAL_KEY_HOME), VALUE(BAREMETAL_KEY_END),
    VALUE(BAREMETAL_KEY_DELETE), VALUE(BAREMETAL_KEY_PAGE_UP),
    VALUE(BAREMETAL_KEY_PAGE_DOWN), VALUE(BAREMETAL_KEY_INSERT),
};

static const struct define controls[] = {
    VALUE(BAREMETAL_CLEAR), VALUE(BAREMETAL_RIGHT), VALUE(BAREMETAL_LEFT),
    VALUE(BAREMETAL_TAB), VALUE(BAREMETAL_NEWLINE), VALUE(BAREMETAL_RETURN),
    VALUE(BAREMETAL_ERASE),
};

static const struct define colours[] = {
    VALUE(BAREMETAL_BLACK), VALUE(BAREMETAL_RED), VALUE(BAREMETAL_GREEN),
    VALUE(BAREMETAL_YELLOW), VALUE(BAREMETAL_BLUE), VALUE(BAREMETAL_MAGENTA),
    VALUE(BAREMETAL_CYAN), VALUE(BAREMETAL_WHITE), VALUE(BAREMETAL_BRIGHT),
};

static const struct define machine[] = {
    MACHINE(NAME, name), MACHINE(VERSION, version),
    MACHINE(COMMAND_LINE, command_line), MACHINE(PROGRAM, program),
    MACHINE(TSC_HZ, tsc_hz), MACHINE(RAM, ram), MACHINE(STARTED, started),
    MACHINE(CPUS_DECLARED, cpus_declared),
    MACHINE(CPUS_RUNNING, cpus_running), MACHINE(INTERFACE, interface),
    MACHINE(FIRMWARE, firmware), MACHINE(TO_FILE, to_file),
    MACHINE(FROM_FILE, from_file),
    {"BAREMETAL_SYSTEM_BYTES", sizeof(struct baremetal_system)},
};

static const struct define errors[] = {
    VALUE(BAREMETAL_EINVAL), VALUE(BAREMETAL_ENODEV), VALUE(BAREMETAL_EIO),
    VALUE(BAREMETAL_ETIME), VALUE(BAREMETAL_ENOCLOCK),
    VALUE(BAREMETAL_ENOMEM), VALUE(BAREMETAL_EFAULT),
    VALUE(BAREMETAL_EBUSY), VALUE(BAREMETAL_ENOENT),
    VALUE(BAREMETAL_EEXIST), VALUE(BAREMETAL_ENOTDIR),
    VALUE(BAREMETAL_EISDIR), VALUE(BAREMETAL_ENOTEMPTY),
    VALUE(BAREMETAL_ENOSPC), VALUE(BAREMETAL_EROFS), VALUE(BAREMETAL_ENAME),
    VALUE(BAREMETAL_EBADF), VALUE(BAREMETAL_EMFILE),
    VALUE(BAREMETAL_EDAMAGED), VALUE(BAREMETAL_EXDEV),
    VALUE(BAREMETAL_EEND),
};

static const struct group layout_file[] = {
    GROUP("Physical and virtual addresses (pure64/layout.h)", regions),
    GROUP("Payload header: offsets (pure64/boot_info.h)", payload),
    GROUP("struct boot_info: offsets (pure64/boot_info.h)", boot_info),
    GROUP("struct boot_options: offsets (pure64/options.h)", options),
    GROUP("System information table: addresses (pure64/sysinfo.h)", sysinfo),
    GROUP("Control registers and MSRs (pure64/cpu.h)", cpu),
};

static const struct group baremetal_file[] = {
    GROUP("Where the interface stands and a flat program is loaded", interface),
    GROUP("struct baremetal: offset of each pointer to a call", calls),
    GROUP("struct baremetal_screen: offsets", screen),
    GROUP("struct baremetal_memory: offsets", memory),
    GROUP("struct baremetal_cpu: offsets; states; policies; locks, barriers",
          processor),
    GROUP("struct baremetal_disk: offsets", disk),
    GROUP("Files: flags of file_open; struct baremetal_file", file),
    GROUP("What key and key_wait return beside characters", keys),
    GROUP("Control codes in text written", controls),
    GROUP("Colours of text", colours),
    GROUP("struct baremetal_system: offsets", machine),
    GROUP("Errors", errors),
};

/* Without names of registers that only one assembler version knows. A label is
 * loaded as a 64-bit number: flat programs stand above 4 GiB. */
static const char macros[] =
    "\n; Macros\n"
    "%macro program_start 0\n"
    "bits 64\n"
    "default rel\n"
    "org BAREMETAL_PROGRAM\n"
    "%endmacro\n"
    "\n"
    "%define os_call_register_1 rdi\n"
    "%define os_call_register_2 rsi\n"
    "%define os_call_register_3 rdx\n"
    "%define os_call_register_4 rcx\n"
    "%define os_call_register_5 r8\n"
    "%define os_call_register_6 r9\n"
    "\n"
    "; Loads argument %1 with %2, unless it is there already.\n"
    "%macro os_call_load 2\n"
    "%assign os_call_i 1\n"
    "%rep %1 - 1\n"
    "%ifidni %2, os_call_register_%[os_call_i]\n"
    "%error os_call: %2 holds an earlier argument by now\n"
    "%endif\n"
    "%assign os_call_i os_call_i + 1\n"
    "%endrep\n"
    "%ifnidni %2, os_call_register_%1\n"
    "        mov     os_call_register_%1, %2\n"
    "%endif\n"
    "%endmacro\n"
    "\n"
    "; os_call NAME[, ARGUMENT...] calls os->NAME from anywhere, with RSP as it\n"
    "; has to be. Arguments are loaded in their order: labels, numbers,\n"
    "; registers of 64 bits, memory. RAX is the result.\n"
    "%macro os_call 1-7\n"
    "%ifndef os_call_%1\n"
    "%error os_call: there is no call %1\n"
    "%endif\n"
    "%xdefine os_call_offset os_call_%1\n"
    "%assign os_call_n 1\n"
    "%rep %0 - 1\n"
    "%rotate 1\n"
    "        os_call_load os_call_n, {%1}\n"
    "%assign os_call_n os_call_n + 1\n"
    "%endrep\n"
    "        push    rbp\n"
    "        mov     rbp, rsp\n"
    "        and     rsp, -16\n"
    "        call    [abs BAREMETAL_INTERFACE + os_call_offset]\n"
    "        leave\n"
    "%endmacro\n";

static void print_value(const struct define *define)
{
    if (define->value < 0 && define->value >= -4096)
        printf("%%define %s %lld\n", define->name, define->value);
    else
        printf("%%define %s 0x%llX\n", define->name,
               (unsigned long long)define->value);
}

static void print_calls(const struct define *defines, size_t count)
{
    puts("\n; The same for os_call");
    for (size_t i = 0; i + 1 < count; i++) /* the last one is the size */
        printf("%%define os_call_%s %s\n",
               defines[i].name + strlen(defines[i].name) + 1,
               defines[i].name);
}

static void print_file(const struct group *groups, size_t count)
{
    for (size_t g = 0; g < count; g++) {
        printf("\n; %s\n", groups[g].comment);
        for (size_t i = 0; i < groups[g].count; i++)
            print_value(&groups[g].defines[i]);
    }
}

/* "BAREMETAL_FILE_READ_CALL" is file_read. */
static void print_name(const char *name)
{
    size_t length;

    name += strlen("BAREMETAL_");
    length = strlen(name);
    if (length > 5 && !strcmp(name + length - 5, "_CALL"))
        length -= 5;
    fputs("    \"", stdout);
    for (size_t i = 0; i < length; i++)
        putchar(tolower((unsigned char)name[i]));
    puts("\\0\" \\");
}

static void print_names(void)
{
    puts("/* call_names.h - the names of struct baremetal's calls, in order.\n"
         " * SPDX-License-Identifier: BSD-3-Clause\n"
         " *\n"
         " * Generated by tools/offsets.c: change the headers instead.\n"
         " */\n"
         "#pragma once\n"
         "#define CALL_NAMES \\");
    for (size_t offset = offsetof(struct baremetal, write);
         offset < sizeof(struct baremetal); offset += sizeof(void (*)(void))) {
        const char *name = "BAREMETAL_?";

        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
            if (calls[i].value == (long long)offset &&
                strcmp(calls[i].name, "BAREMETAL_BYTES"))
                name = calls[i].name;
        print_name(name);
    }
    puts("    \"\"");
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "names")) {
        print_names();
    } else if (argc == 2 && !strcmp(argv[1], "layout")) {
        puts("; layout.inc - numbers of the C headers, for the system's "
             "assembly.\n; SPDX-License-Identifier: BSD-3-Clause\n"
             "; Generated by tools/offsets.c: change the headers instead.");
        print_file(layout_file, sizeof layout_file / sizeof layout_file[0]);
    } else if (argc == 2 && !strcmp(argv[1], "baremetal")) {
        puts("; baremetal.inc - the program interface for NASM; "
             "baremetal.h explains it.\n"
             "; SPDX-License-Identifier: BSD-3-Clause\n"
             "; Generated by tools/offsets.c: change the headers instead.\n;\n"
             "; At entry RDI = argc, RSI = argv, RDX = interface. A call: "
             "arguments in RDI,\n; RSI, RDX, RCX, R8, RSP a multiple of 16, "
             "then call [rbx + BAREMETAL_WRITE];\n"
             "; the result is in RAX, and RBX, RBP, R12-R15 are kept. The "
             "macros below do it all:\n;\n"
             ";     program_start                   ; first, once\n"
             ";     os_call write, text, length     ; name, arguments");
        print_file(baremetal_file,
                   sizeof baremetal_file / sizeof baremetal_file[0]);
        print_calls(calls, sizeof calls / sizeof calls[0]);
        fputs(macros, stdout);
    } else {
        fputs("usage: offsets layout | baremetal | names\n", stderr);
        return 1;
    }
    if (fflush(stdout) || ferror(stdout)) {
        perror("offsets: standard output");
        return 1;
    }
    return 0;
}
