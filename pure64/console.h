/* console.h - text to COM1 and to the screen.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Text mode starts at the BIOS's cursor, a frame buffer at its top left; the
 * screen is not cleared, the mode set did that. Boot CPU only.
 */
#pragma once
#include <pure64/boot_info.h>
#include <stdint.h>

/* COM1 to 115200 8N1 with FIFO, its interrupts off; finds the cursor.
 * Before the IDT is written over the BIOS data area. `console=serial` and
 * `console=screen` in the boot options (text or 0) leave the other out, unless
 * the one named is not there. */
void console_init(const struct boot_info *boot, const char *options);

/* From now on to both, whatever the options say: for errors. */
void console_use_both(void);

/* Format directives: see format.h. "\n" ends a line. Never waits for long: a
 * COM1 that is absent or stuck is left out. Boot CPU. */
void console_print(const char *text, ...)
    __attribute__((format(printf, 1, 2)));
void console_put(void *context, char c); /* for format(); context unused */

/* Puts the font at LAYOUT_FONT, and says so in the extension. */
void console_copy_font(void);

/* The cell behind the last character, counted from 0. */
uint16_t console_column(void);
uint16_t console_row(void);
