/* file_calls.h - the file calls of programs, and who may use files when.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Whoever uses `files` while a program runs does it between file_calls_enter
 * and file_calls_leave. Between them Ctrl-C is put off and no callback runs,
 * so that nothing is cut off in the midst of a change to a disk, but by an
 * exception on another CPU.
 */
#pragma once
#include "files.h"
#include <kernel/lock.h>

extern struct files files;

/* Any CPU; 0 if this CPU is in there already. Waits for others. */
int file_calls_enter(void);
void file_calls_leave(void);

/* 1 while this CPU is between the two; the other asks for the boot CPU, in few
 * instructions: its callbacks wait for that. */
int file_calls_held(void);
extern struct lock file_calls_lock;
static inline int file_calls_boot_held(void)
{
    return __atomic_load_n(&file_calls_lock.holder, __ATOMIC_RELAXED) == 1;
}

/* Ctrl-C: 1 if some CPU is between the two, whose file_calls_leave will then
 * stop the program. Any CPU, also in an interrupt handler. */
int file_calls_put_off_stop(void);

/* struct baremetal's exit: not in the midst of what another CPU does with
 * files. Any CPU. */
void file_calls_exit(int status) __attribute__((noreturn));

/* At start; and when os was entered again, and whatever was under way is
 * lost. Boot CPU. */
void file_calls_start(void);
void file_calls_reset(void);

/* Around a program. file_calls_end closes its files. The other CPUs have been
 * stopped. Boot CPU. */
void file_calls_begin(void);
int file_calls_end(void);

/* The other CPUs have been stopped, the program goes on. Boot CPU. */
void file_calls_cpus_stopped(void);

/* struct baremetal's. */
int file_open(const char *path, unsigned flags);
int file_close(int file);
int64_t file_read(int file, void *buffer, size_t size);
int64_t file_write(int file, const void *buffer, size_t size);
int file_seek(int file, uint64_t position);
int file_tell(int file, uint64_t *position, uint64_t *size);
int file_truncate(int file, uint64_t size);
int file_flush(int file);
int file_sync(void);
int file_info(const char *path, struct baremetal_file *info);
int file_rename(const char *from, const char *to);
int file_remove(const char *path);
int folder_make(const char *path);
int folder_read(const char *path, uint64_t *cursor,
                struct baremetal_file *info);
int folder_current(char *path, size_t size);
int folder_change(const char *path);

/* FAT's packing: FATSpec, "Date and Time Formats". */
void file_date_unpack(uint16_t date, uint16_t time,
                      struct baremetal_date *to);
