/* options.h - boot options: words that count before os runs, as cpus=2.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The boot command line is a text of words with spaces between them, `name`
 * or `name=value`; of several with one name the last counts. Names are those
 * of os/options.c, which says which values they take. Where there is a disk,
 * the text stands in a block of one sector: under BIOS in the sector right
 * before the payload, under UEFI in EFI/BOOT/baremetal.cfg on the volume that
 * BOOTX64.EFI came from. Boot stages read from it what they need themselves
 * (the video mode) as numbers.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_MAGIC 0x4F4D4250 /* "PBMO" */
#define OPTIONS_TEXT_SIZE 256    /* with its final NUL */
#define OPTIONS_WIDTH_MIN 320    /* of video=WIDTHxHEIGHT */
#define OPTIONS_HEIGHT_MIN 200
#define OPTIONS_SIZE_MAX 16384
#define OPTIONS_MEMORY_MIN (4u << 20) /* memory= of less is ignored */

enum options_video {
    OPTIONS_VIDEO_DEFAULT = 0, /* frame buffer nearest to 1024x768, else text */
    OPTIONS_VIDEO_SIZE = 1,    /* nearest to width x height, else text */
    OPTIONS_VIDEO_TEXT = 2,    /* 80x25 text; under UEFI as the default */
    OPTIONS_VIDEO_NONE = 3,    /* the screen is not used */
};

/* Little-endian, 512 bytes. */
struct boot_options {
    uint32_t magic;         /* OPTIONS_MAGIC */
    uint32_t checksum;      /* makes the sum of all 128 words of 32 bits 0 */
    uint16_t video;         /* enum options_video */
    uint16_t width, height; /* pixels, for OPTIONS_VIDEO_SIZE; else 0 */
    uint16_t reserved;      /* 0 */
    char text[OPTIONS_TEXT_SIZE]; /* the words, the rest zeros */
    uint8_t zeros[240];
};

/* What a boot stage found. */
enum options_state {
    OPTIONS_NONE = 0,    /* no such block */
    OPTIONS_VALID = 1,
    OPTIONS_DAMAGED = 2, /* there is one, but it was not used */
};

#define OPTIONS_ETEXT (-1)  /* the text is too long, or not ASCII */
#define OPTIONS_EVIDEO (-2) /* video= is not WIDTHxHEIGHT (320x200 to
                               16384x16384), text or none */

/* Value of the last word of that name: its length, and *value points to it
 * (not NUL-terminated); a word without "=" has length 0. -1: no such word. */
int options_find(const char *text, const char *name, const char **value);

/* The value as a number, with K, M or G (times 1024 each) behind it if
 * `suffix` is not 0: 1, or 0 if there is none or it is no number below 2^63. */
int options_number(const char *text, const char *name, int suffix,
                   uint64_t *number);

/* Fills the block, checksum included; runs of blanks become one. 0,
 * OPTIONS_ETEXT or OPTIONS_EVIDEO. */
int options_make(struct boot_options *block, const char *text);

/* By magic, checksum and the text's end. */
enum options_state options_check(const struct boot_options *block);

#ifndef __cplusplus
_Static_assert(sizeof(struct boot_options) == 512, "a sector");
_Static_assert(offsetof(struct boot_options, text) == 16, "published");
#endif
