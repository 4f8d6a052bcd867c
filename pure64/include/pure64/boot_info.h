/* boot_info.h - what a boot stage hands to pure64, and the payload's header.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A boot stage (boot/bios.asm, boot/uefi.asm) loads the payload, fills one
 * struct boot_info below 4 GiB and jumps to the first byte of pure64 in
 * 32-bit protected mode: paging off, interrupts off, direction flag clear,
 * flat 4 GiB CS, DS, ES and SS, EBX = struct boot_info, ESI = where pure64
 * stands (4 KiB aligned, boot_info.pure64_base). No stack is expected.
 */
#pragma once
#include <stdint.h>

#define PAYLOAD_MAGIC 0x344D4250 /* "PBM4" */

/* First bytes of the payload file. The real-mode stage begins with it (jump,
 * then these fields), tools/payload.c fills it in. Sizes in bytes; offsets
 * from the payload's start, each a multiple of 512. */
struct payload_header {
    uint8_t jump[4];           /* to the real-mode stage's code */
    uint32_t magic;            /* PAYLOAD_MAGIC */
    uint32_t total_bytes;      /* the whole payload, a multiple of 512 */
    uint32_t pure64_offset;    /* = size of the real-mode stage */
    uint32_t pure64_bytes;     /* in the file */
    uint32_t pure64_memory;    /* with its zeroed data and stack, in RAM */
    uint32_t kernel_offset;    /* kernel, os and whatever follows */
    uint32_t kernel_bytes;
};

enum boot_way { BOOT_WAY_BIOS = 'B', BOOT_WAY_UEFI = 'U' };

enum video_kind {
    VIDEO_NONE = 0,  /* no screen: COM1 only */
    VIDEO_TEXT = 1,  /* 80x25 colour text at 0xB8000 */
    VIDEO_FRAME = 2, /* linear frame buffer, 32 bits a pixel */
};

/* All addresses physical, all below 4 GiB but the frame buffer and the RSDP. */
struct boot_info {
    uint64_t t0;                /* TSC: first 32-bit code, or after EBS */
    uint64_t rsdp;              /* ACPI 2.0 RSDP before 1.0; 0: search */
    uint64_t memory_map;        /* E820 records of 32 bytes, or UEFI's map */
    uint32_t memory_map_bytes;
    uint32_t descriptor_bytes;  /* of one record: 32, or what UEFI returned */
    uint64_t frame_buffer;      /* VIDEO_FRAME only */
    uint32_t frame_width;       /* pixels */
    uint32_t frame_height;      /* pixels */
    uint32_t frame_pitch;       /* pixels from one line to the next */
    uint32_t red_mask;          /* where red is in a pixel, 0 if unknown */
    uint32_t video;             /* enum video_kind */
    uint32_t way;               /* enum boot_way */
    uint32_t boot_drive;        /* BIOS drive number (DL); 0 under UEFI */
    uint32_t command_line;      /* text of options.h, or 0 */
    uint32_t pure64_base;       /* where pure64 stands */
    uint32_t pure64_memory;     /* bytes it occupies from there */
    uint32_t kernel_source;     /* where kernel and os stand now; pure64
                                   moves them unless it is LAYOUT_KERNEL */
    uint32_t kernel_bytes;
    uint32_t options;           /* enum options_state (options.h) */
};
