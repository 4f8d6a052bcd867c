/* fault_file.h - the file of a program that went wrong, and crash.txt.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * All on the boot CPU, when the program has ended and its files are closed.
 */
#pragma once
#include "fault_frames.h"
#include "program_load.h"
#include "symbol.h"

/* A program that runs, or has just ended. */
struct fault_program {
    const char *name;
    int argc;
    char **argv;
    const struct program_image *image;
    /* Opens its file anew once it has ended; 0 if it is not there any more,
     * or another one. */
    int (*open)(const struct fault_program *program, struct fat_file *file);
};

/* RIP, the calls before, the last call of the system. */
#define FAULT_PLACES (FRAMES_MAX + 2)
#define FAULT_TEXT 0x3000
#define FAULT_HEAD 0x1000

struct fault_text {
    size_t length, size;
    char *text; /* what does not fit is dropped */
};

/* What a report needs at work: at the end of the program's memory, which
 * nobody uses any more. */
struct fault_area {
    struct symbol symbols[FAULT_PLACES];
    struct symbol_work work;
    int asked, is_open;    /* program->open was called; and there it is: */
    struct fat_file file;
    uint8_t bytes[0x8000];
    struct fault_text head, text; /* crash.txt, one behind the other */
    char head_bytes[FAULT_HEAD], text_bytes[FAULT_TEXT];
};

/* 0 if there is no room behind the program. */
struct fault_area *fault_area(const struct fault_program *program);

/* 1 if it is there: as area->file. */
int fault_file_open(const struct fault_program *program,
                    struct fault_area *area);

/* The file's CRC-32 (that of GPT and gzip); 0 if it cannot be read, or takes
 * too long to. */
int fault_file_crc(const struct fault_program *program,
                   struct fault_area *area, uint32_t *crc);

/* What its symbol and line tables say of area->symbols. */
void fault_file_symbols(const struct fault_program *program,
                        struct fault_area *area, unsigned count);

#define FAULT_FILE "crash.txt"

/* Writes the texts to crash.txt in the root of the first volume, in the place
 * of an earlier one. 0 or an error of files.h. */
int fault_file_write(const struct fault_area *area);
