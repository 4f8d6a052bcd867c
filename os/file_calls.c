/* file_calls.c - the file calls of programs, and who may use files when.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "file_calls.h"
#include "commands.h"
#include "fs/error.h"
#include "system.h"
#include <kernel/memory.h>
#include <kernel/program.h>
#include <pure64/cpu.h>
#include <pure64/string.h>

/* The most that is read or written while others wait, and Ctrl-C with them:
 * what raw access is measured with, and a fraction of a second for a stick. */
#define STEP_BYTES (1u << 20)

struct files files;

/* Guards `files` and all below it while a program runs. */
struct lock file_calls_lock;

static struct {
    uint8_t runs;    /* a program does */
    uint8_t stop;    /* Ctrl-C came while the lock was held */
    uint8_t ending;  /* with the lock: nobody begins anything any more */
    volatile uint8_t works; /* with the lock: somebody is in the midst of it */
} program;

/* ---- the lock */

int file_calls_held(void)
{
    return os_system.kernel->lock_held(&file_calls_lock);
}

int file_calls_enter(void)
{
    if (file_calls_held())
        return 0;
    os_system.kernel->lock_take(&file_calls_lock);
    if (program.ending) {
        os_system.kernel->lock_release(&file_calls_lock);
        for (;;) {
            cpu_pause();
            os_system.kernel->stop_check();
        }
    }
    program.works = 1;
    return 1;
}

/* Of the one that leaves and the one that finds the lock taken, one sees what
 * the other did: both write, then read, with a full barrier between. */
void file_calls_leave(void)
{
    program.works = 0;
    program.ending |= program.stop;
    os_system.kernel->lock_release(&file_calls_lock);
    if (__atomic_exchange_n(&program.stop, 0, __ATOMIC_SEQ_CST))
        program_ask(PROGRAM_STOPPED);
    os_system.kernel->stop_check(); /* callbacks, too */
}

int file_calls_put_off_stop(void)
{
    if (!program.runs || !__atomic_load_n(&file_calls_lock.holder, __ATOMIC_SEQ_CST))
        return 0;
    __atomic_store_n(&program.stop, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&file_calls_lock.holder, __ATOMIC_SEQ_CST))
        return 1;
    return !__atomic_exchange_n(&program.stop, 0, __ATOMIC_SEQ_CST);
}

void file_calls_exit(int status)
{
    if (program.runs && file_calls_enter()) {
        program.ending = 1;
        program.works = 0;
        os_system.kernel->lock_release(&file_calls_lock);
    }
    program_exit(status);
}

/* Who held the lock is not there any more; if it was cut off in the midst of
 * something, nobody knows how far it came. */
static void break_lock(void)
{
    file_calls_lock.holder = 0;
    if (program.works)
        files_drop(&files);
    program.works = 0;
}

/* Below the memory that commands take (commands_copy.c), if there is as much:
 * volumes that have to be repaired are so in one pass, and commands copy large
 * files in few requests. */
static void lend_memory(int is_free)
{
    struct baremetal_memory memory;

    os_system.os->memory(&memory);
    files.storage.spare = 0;
    files.storage.spare_size = 0;
    if (!is_free || memory.size < 4 * STEP_BYTES)
        return;
    files.storage.spare =
        (uint8_t *)memory.base + memory.size - COMMAND_SCRATCH_BYTES -
        2 * STEP_BYTES;
    files.storage.spare_size = STEP_BYTES;
}

void file_calls_start(void)
{
    files_init(&files, os_system.os);
    lend_memory(1);
}

void file_calls_reset(void)
{
    program.runs = program.stop = program.ending = program.works = 0;
    file_calls_lock.holder = 0;
    memset(&files, 0, sizeof files);
    file_calls_start();
}

void file_calls_begin(void)
{
    lend_memory(0);
    files_save_folder(&files);
    program.stop = program.ending = 0;
    program.runs = 1;
}

int file_calls_end(void)
{
    int error;

    program.runs = program.stop = program.ending = 0;
    break_lock();
    error = files_close_all(&files, FILES_PROGRAM);
    files_restore_folder(&files);
    lend_memory(1);
    return error;
}

void file_calls_cpus_stopped(void)
{
    if (file_calls_lock.holder && !file_calls_held())
        break_lock();
}

/* ---- what programs give */

static int is_within(uint64_t start, size_t size, uint64_t base,
                     uint64_t length)
{
    return start - base <= length && size <= length - (start - base);
}

/* Program memory is mapped as a whole at its two addresses (layout.h). To go
 * through its pages one by one would take longer than to find the clusters. */
static int is_program_memory(const void *buffer, size_t size)
{
    uint64_t low = LAYOUT_LOW_RAM_END - LAYOUT_LOW_RAM;
    uint64_t start = (uint64_t)buffer;
    struct baremetal_memory memory;

    os_system.os->memory(&memory);
    if (low > memory.size)
        low = memory.size;
    return is_within(start, size, (uint64_t)memory.base, memory.size) ||
           is_within(start, size, LAYOUT_LOW_RAM, low);
}

static int is_mapped(const void *buffer, size_t size, enum memory_access access)
{
    const uint8_t *next = buffer;

    if (is_program_memory(buffer, size))
        return 1;
    while (size) {
        uint64_t physical;
        size_t length = os_system.kernel->memory_run(next, size, access,
                                                     &physical);

        if (!length)
            return 0;
        next += length;
        size -= length;
    }
    return 1;
}

/* A path or name up to its NUL, byte by byte only at the edge of a page. */
static int is_text(const char *text)
{
    for (unsigned length = 0; length < FILES_PATH; length++) {
        if ((!length || (uintptr_t)(text + length) % PAGE_SIZE == 0) &&
            !is_mapped(text + length, 1, MEMORY_READ))
            return FILES_EFAULT;
        if (!text[length])
            return 0;
    }
    return FILES_EPATH;
}

/* 0 with the lock held, or a BAREMETAL_E*. */
static int begin(void)
{
    return file_calls_enter() ? 0 : BAREMETAL_EBUSY;
}

static int begin_path(const char *path)
{
    int error = is_text(path);

    return error ? files_error_number(error) : begin();
}

static int begin_file(int file)
{
    int error = begin();

    if (error)
        return error;
    if (file >= 0 && file < FILES_MAX &&
        files.open[file].owner == FILES_PROGRAM)
        return 0;
    file_calls_leave();
    return BAREMETAL_EBADF;
}

/* The end of what one of those began. */
static int end(int result)
{
    file_calls_leave();
    return files_error_number(result);
}

void file_date_unpack(uint16_t date, uint16_t time, struct baremetal_date *to)
{
    static const uint8_t offsets[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
    unsigned month = date >> 5 & 0xF, year;

    to->year = (uint16_t)(1980 + (date >> 9));
    to->month = (uint8_t)month;
    to->day = date & 0x1F;
    to->hour = (uint8_t)(time >> 11);
    to->minute = time >> 5 & 0x3F;
    to->second = (uint8_t)((time & 0x1F) * 2);
    if (!month || month > 12) /* damaged; any value will do */
        month = 1;
    /* Sakamoto's way: days of the months before, leap days up to March. */
    year = to->year - (month < 3);
    to->weekday = (uint8_t)((year + year / 4 - year / 100 + year / 400 +
                             offsets[month - 1] + to->day) % 7);
}

static void fill_info(struct baremetal_file *info)
{
    const struct fat_entry *entry = &files.entry;

    _Static_assert(sizeof info->name >= sizeof entry->name, "any name fits");
    memcpy(info->name, entry->name, strlen(entry->name) + 1);
    info->size = entry->size;
    info->attributes = entry->attributes;
    file_date_unpack(entry->date, entry->time, &info->changed);
}

/* ---- files */

int file_open(const char *path, unsigned flags)
{
    int error = begin_path(path);

    return error ? error : end(files_open(&files, path, flags,
                                          FILES_PROGRAM));
}

int file_close(int file)
{
    int error = begin_file(file);

    return error ? error : end(files_close(&files, file));
}

/* In steps, so that others get a turn; what was done counts more than an
 * error. */
static int64_t transfer(int file, uint8_t *buffer, size_t size, int write)
{
    int64_t sum = 0;

    if (!is_mapped(buffer, size, write ? MEMORY_READ : MEMORY_WRITE))
        return BAREMETAL_EFAULT;
    for (;;) {
        size_t step = size < STEP_BYTES ? size : STEP_BYTES, done;
        int error = begin_file(file);

        if (error)
            return sum ? sum : error;
        error = end(write ? files_write(&files, file, buffer, step, &done)
                          : files_read(&files, file, buffer, step, &done));
        sum += (int64_t)done;
        buffer += done;
        size -= done;
        if (error || done < step || !size)
            return sum || !error ? sum : error;
    }
}

int64_t file_read(int file, void *buffer, size_t size)
{
    return transfer(file, buffer, size, 0);
}

int64_t file_write(int file, const void *buffer, size_t size)
{
    return transfer(file, (uint8_t *)buffer, size, 1);
}

int file_seek(int file, uint64_t position)
{
    int error = begin_file(file);

    return error ? error : end(files_seek(&files, file, position));
}

int file_tell(int file, uint64_t *position, uint64_t *size)
{
    uint32_t at = 0, length = 0;
    int error = begin_file(file);

    if (error)
        return error;
    error = end(files_tell(&files, file, &at, &length));
    if (!error && position)
        *position = at;
    if (!error && size)
        *size = length;
    return error;
}

int file_truncate(int file, uint64_t size)
{
    int error = begin_file(file);

    return error ? error : end(files_truncate(&files, file, size));
}

int file_flush(int file)
{
    int error = begin_file(file);

    return error ? error : end(files_flush(&files, file));
}

int file_sync(void)
{
    int error = begin();

    return error ? error : end(files_sync(&files));
}

/* ---- names and folders */

int file_info(const char *path, struct baremetal_file *info)
{
    int error = begin_path(path);

    if (error)
        return error;
    error = is_mapped(info, sizeof *info, MEMORY_WRITE)
                ? files_find(&files, path)
                : FILES_EFAULT;
    if (!error)
        fill_info(info);
    return end(error);
}

int file_rename(const char *from, const char *to)
{
    int error = is_text(to);

    error = error ? files_error_number(error) : begin_path(from);
    return error ? error : end(files_rename(&files, from, to));
}

int file_remove(const char *path)
{
    int error = begin_path(path);

    return error ? error : end(files_remove(&files, path));
}

int folder_make(const char *path)
{
    int error = begin_path(path);

    return error ? error : end(files_make_folder(&files, path));
}

int folder_read(const char *path, uint64_t *cursor,
                struct baremetal_file *info)
{
    int found = begin_path(path);

    if (found)
        return found;
    found = is_mapped(info, sizeof *info, MEMORY_WRITE)
                ? files_list(&files, path, cursor)
                : FILES_EFAULT;
    if (found > 0)
        fill_info(info);
    return end(found);
}

int folder_current(char *path, size_t size)
{
    int error = begin();

    if (error)
        return error;
    return end(is_mapped(path, size, MEMORY_WRITE)
                   ? files_current(&files, path, size)
                   : FILES_EFAULT);
}

int folder_change(const char *path)
{
    int error = begin_path(path);

    return error ? error : end(files_change_folder(&files, path));
}
