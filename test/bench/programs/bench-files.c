/* bench-files.c - large files, and the same amount raw, from one disk.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     bench-files WHAT MIB PASSES
 *
 * WHAT is raw-read or raw-write (the last MIB of the
 * disk DISK, which are no part of a volume), read or overwrite (the file
 * FILES_OLD), or new (the file FILES_NEW, which is removed before if it is
 * there) or remove (that one). MIB 0 stands for one sector: what else there is
 * to do is the same as for many MiB.
 *
 * Prints for each pass "rate WHAT bytes nanoseconds" and "ticks WHAT bytes
 * ticks": those of the TSC in the calls that move the contents, without what
 * was spent waiting for disks.
 */
#include <baremetal.h>
#include "../../../programs/text.h"
#include "../../../pure64/include/pure64/sysinfo.h"
#include "files.h"
#include "measure.h"

#define DISK 1u
#define VOLUME "disk1:/"
#define SECTOR 512u

static const struct baremetal *os;
static struct text line;
static char *buffer;
static uint64_t spent; /* ticks */

static int failed(const char *what, int64_t error)
{
    text_add(&line, "failed: ");
    text_add(&line, what);
    text_add(&line, ": ");
    text_add(&line, os->error_text((int)error));
    text_print(&line, os);
    return 1;
}

static int equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static uint64_t working_ticks(void)
{
    return measure_tsc() - SYSINFO_EXTENSION->disk_wait;
}

/* 0, or the first error. */
static int64_t raw(uint64_t mib, int write)
{
    struct baremetal_disk info;
    uint64_t each = FILES_PART / SECTOR, sector;
    int error = os->disk_info(DISK, &info);

    if (!error && (info.sector_size != SECTOR || info.sectors < mib * each))
        error = BAREMETAL_EINVAL;
    sector = info.sectors - mib * each;
    spent = working_ticks();
    for (uint64_t i = 0; i < mib && !error; i++, sector += each)
        error = write ? os->disk_write(DISK, sector, each, buffer)
                      : os->disk_read(DISK, sector, each, buffer);
    spent = working_ticks() - spent;
    return error || !write ? error : os->disk_flush(DISK);
}

static int64_t transfer(int file, uint64_t mib, int write)
{
    size_t size = mib ? FILES_PART : SECTOR;

    spent = working_ticks();
    for (uint64_t i = 0; i < (mib ? mib : 1); i++) {
        int64_t done = write ? os->file_write(file, buffer, size)
                             : os->file_read(file, buffer, size);

        if (done != (int64_t)size)
            return done < 0 ? done : BAREMETAL_EIO;
    }
    spent = working_ticks() - spent;
    return write ? os->file_flush(file) : 0;
}

static int64_t in_file(const char *path, unsigned flags, uint64_t mib)
{
    int file = os->file_open(path, flags);
    int64_t error = file;

    if (file < 0)
        return file;
    error = transfer(file, mib, (flags & BAREMETAL_FILE_WRITE) != 0);
    os->file_close(file);
    return error;
}

static int64_t pass(const char *what, uint64_t mib)
{
    if (equal(what, "raw-read"))
        return raw(mib, 0);
    if (equal(what, "raw-write"))
        return raw(mib, 1);
    if (equal(what, "read"))
        return in_file(VOLUME FILES_OLD, BAREMETAL_FILE_READ, mib);
    if (equal(what, "overwrite"))
        return in_file(VOLUME FILES_OLD, BAREMETAL_FILE_WRITE, mib);
    if (equal(what, "new"))
        return in_file(VOLUME FILES_NEW,
                       BAREMETAL_FILE_WRITE | BAREMETAL_FILE_NEW, mib);
    if (equal(what, "remove"))
        return os->file_remove(VOLUME FILES_NEW);
    return BAREMETAL_EINVAL;
}

static void print_value(const char *kind, const char *what, uint64_t bytes,
                        uint64_t value)
{
    text_add(&line, kind);
    text_add(&line, " ");
    text_add(&line, what);
    text_add(&line, " ");
    text_number(&line, bytes, 0);
    text_add(&line, " ");
    text_number(&line, value, 0);
    text_print(&line, os);
}

static int measure(const char *what, uint64_t mib)
{
    uint64_t begin, end;
    int64_t error;

    if (equal(what, "new"))
        os->file_remove(VOLUME FILES_NEW);
    os->time_ns(&begin);
    error = pass(what, mib);
    os->time_ns(&end);
    if (error)
        return failed(what, error);
    print_value("rate", what, mib * FILES_PART, end - begin);
    print_value("ticks", what, mib * FILES_PART, spent);
    return 0;
}

int main(int argc, char **argv, const struct baremetal *system)
{
    uint64_t mib, passes;
    void *memory;
    int error;

    os = system;
    if (argc != 4)
        return failed("bench-files WHAT MIB PASSES", BAREMETAL_EINVAL);
    mib = text_to_number(argv[2]);
    passes = text_to_number(argv[3]);
    error = os->memory_allocate(FILES_PART, 4096, &memory);
    if (error)
        return failed("memory", error);
    buffer = memory;
    for (uint64_t i = 0; i < passes; i++)
        if (measure(argv[1], mib))
            return 1;
    return 0;
}
