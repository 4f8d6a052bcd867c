/* layout.h - every fixed region of physical memory, by start and size.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The one place where a physical address is a number. The assembly's copy is
 * generated from here (tools/offsets.c writes build/include/layout.inc).
 *
 *   0x000000  IDT            interrupt gates (pure64's)
 *   0x001000  GDT            segment descriptors (pure64's)
 *   0x002000  PML4           top page table (pure64's)
 *   0x003000  IDENTITY_PDPT  physical memory and devices at their own address
 *   0x004000  HIGH_PDPT      RAM from 0xFFFF800000000000
 *   0x005000  SYSINFO        system information table and our extension
 *   0x006000  E820           copy of the BIOS memory map
 *   0x007000  FONT           8x16 glyphs; first the boot sector is at 0x7C00
 *   0x007600  RAM_LIST       free RAM, page granular
 *   0x008000  BIOS_STAGE     real-mode stage, boot options; free behind pure64
 *   0x00C000  KERNEL_LOW     the kernel's own (BIOS: bounce buffer before)
 *   0x010000  PURE64_BIOS    where the BIOS path runs pure64; then free
 *   0x020000  HIGH_PD        page directories of the RAM at 0xFFFF8...; grows
 *   ......... EBDA           firmware; pure64's other tables end below it
 *   0x100000  KERNEL         16 KiB kernel
 *   0x104000  OS             os binary, what follows it in the payload, bss
 *   0x200000  USABLE_LIST    usable RAM in MiB, read by kernels at start
 *   0x220000  UEFI_MAP       copy of the UEFI memory map
 *   0x400000  RAM_START      where the RAM at 0xFFFF8... may begin
 */
#pragma once

#define LAYOUT_IDT 0x0000
#define LAYOUT_IDT_SIZE 0x1000
#define LAYOUT_GDT 0x1000
#define LAYOUT_GDT_SIZE 0x1000
#define LAYOUT_PML4 0x2000
#define LAYOUT_PML4_SIZE 0x1000
#define LAYOUT_IDENTITY_PDPT 0x3000
#define LAYOUT_IDENTITY_PDPT_SIZE 0x1000
#define LAYOUT_HIGH_PDPT 0x4000
#define LAYOUT_HIGH_PDPT_SIZE 0x1000
#define LAYOUT_SYSINFO 0x5000
#define LAYOUT_SYSINFO_SIZE 0x1000
/* Of the system information table, this much is cleared and may be used. */
#define LAYOUT_SYSINFO_CLEARED 0xF00
#define LAYOUT_SYSINFO_EXTENSION 0x5800
/* Behind the extension: the boot command line, NUL terminated. */
#define LAYOUT_COMMAND_LINE 0x5C00
#define LAYOUT_COMMAND_LINE_SIZE 0x100
#define LAYOUT_E820 0x6000
#define LAYOUT_E820_SIZE 0x1000
#define LAYOUT_FONT 0x7000
#define LAYOUT_FONT_SIZE 0x600
#define LAYOUT_RAM_LIST 0x7600
#define LAYOUT_RAM_LIST_SIZE 0xA00
#define LAYOUT_BIOS_STAGE 0x8000
#define LAYOUT_BIOS_STAGE_SIZE 0x4000
#define LAYOUT_KERNEL_LOW 0xC000
#define LAYOUT_KERNEL_LOW_SIZE 0x4000
#define LAYOUT_PURE64_BIOS 0x10000
#define LAYOUT_PURE64_BIOS_SIZE 0x10000
#define LAYOUT_HIGH_PD 0x20000
/* What the page directories may need at most (128 GiB): up to 0xA0000. */
#define LAYOUT_HIGH_PD_SIZE 0x80000
#define LAYOUT_KERNEL 0x100000
#define LAYOUT_KERNEL_SIZE 0x4000
#define LAYOUT_OS 0x104000
#define LAYOUT_OS_SIZE 0xFC000
#define LAYOUT_USABLE_LIST 0x200000
#define LAYOUT_USABLE_LIST_SIZE 0x20000
#define LAYOUT_UEFI_MAP 0x220000
#define LAYOUT_UEFI_MAP_SIZE 0x20000
#define LAYOUT_RAM_START 0x400000

/* The PC's own: BIOS data area, until the IDT is written over it; colour text
 * screen; end of base memory. */
#define LAYOUT_BDA 0x400
#define LAYOUT_TEXT_SCREEN 0xB8000
#define LAYOUT_BASE_MEMORY_END 0xA0000

/* Boot sector: where the BIOS puts it, and the stack that grows down from it
 * (down to 0x7000, above the E820 copy). Both gone before pure64 writes there. */
#define LAYOUT_MBR 0x7C00
#define LAYOUT_MBR_SIZE 0x200

/* The real-mode stage reads the payload through here, at most 16 KiB at once;
 * the region is the kernel's only when the kernel starts. */
#define LAYOUT_BOUNCE LAYOUT_KERNEL_LOW
#define LAYOUT_BOUNCE_SIZE LAYOUT_KERNEL_LOW_SIZE

/* The payload (real-mode stage, pure64, kernel, os) is at most this long. */
#define LAYOUT_PAYLOAD_SIZE_MAX (960 * 1024)

/* Virtual: usable RAM as one range; what a program sees. */
#define LAYOUT_HIGH_RAM 0xFFFF800000000000
/* Our kernel's own window: physical address p is at LAYOUT_WINDOW + p. */
#define LAYOUT_WINDOW 0xFFFFA00000000000
/* Our kernel's program stacks, one slot a CPU, each with a guard page below. */
#define LAYOUT_STACKS 0xFFFFC00000000000
/* The low alias of LAYOUT_HIGH_RAM under our kernel. */
#define LAYOUT_LOW_RAM 0x200000
#define LAYOUT_LOW_RAM_END 0x40000000
/* Where native ELF programs are linked, inside the alias. */
#define LAYOUT_PROGRAM_ELF 0x400000

#define LAYOUT_APART(a, b)                                                 \
    _Static_assert(LAYOUT_##a + LAYOUT_##a##_SIZE <= LAYOUT_##b,           \
                   #a " runs into " #b)
#ifndef __cplusplus
LAYOUT_APART(IDT, GDT);
LAYOUT_APART(GDT, PML4);
LAYOUT_APART(PML4, IDENTITY_PDPT);
LAYOUT_APART(IDENTITY_PDPT, HIGH_PDPT);
LAYOUT_APART(HIGH_PDPT, SYSINFO);
LAYOUT_APART(SYSINFO, E820);
LAYOUT_APART(E820, FONT);
LAYOUT_APART(FONT, RAM_LIST);
LAYOUT_APART(RAM_LIST, BIOS_STAGE);
LAYOUT_APART(BIOS_STAGE, KERNEL_LOW);
LAYOUT_APART(KERNEL_LOW, PURE64_BIOS);
LAYOUT_APART(PURE64_BIOS, HIGH_PD);
LAYOUT_APART(HIGH_PD, KERNEL);
LAYOUT_APART(KERNEL, OS);
LAYOUT_APART(OS, USABLE_LIST);
LAYOUT_APART(USABLE_LIST, UEFI_MAP);
LAYOUT_APART(UEFI_MAP, RAM_START);
#endif
#undef LAYOUT_APART
