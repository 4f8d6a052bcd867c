/* file-check.c - do the file calls do what baremetal.h says?
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     file-check [FOLDER]   all calls, in a new folder there (disk1:/); prints
 *                           "file-check: all is well", or what is wrong
 *     file-check spin       all CPUs write files, until they are stopped
 *     file-check fault      leaves a file open with data, and a null pointer
 *     file-check leave      returns while other CPUs write
 *
 * The exit status is the number of things that are wrong.
 */
#include "../../programs/text.h"

#define LARGE (3u * 1024 * 1024 + 77)
#define CPUS_MAX 16
#define SMALL 5000
#define ALL_FLAGS (BAREMETAL_FILE_WRITE | BAREMETAL_FILE_CREATE | \
                   BAREMETAL_FILE_TRUNCATE)

static const struct baremetal *os;
static unsigned wrong;
static struct baremetal_file info;
static uint8_t *large;

static void complain(const char *what, int64_t got)
{
    struct text line = { 0 };

    __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
    text_add(&line, "file-check: wrong: ");
    text_add(&line, what);
    text_add(&line, got < 0 ? " gave -" : " gave ");
    text_number(&line, (uint64_t)(got < 0 ? -got : got), 0);
    text_print(&line, os);
}

#define GIVES(call, wanted)                       \
    do {                                          \
        int64_t got = (call);                     \
        if (got != (int64_t)(wanted))             \
            complain(#call, got);                 \
    } while (0)

/* ---- one CPU */

static void check_flags(void)
{
    GIVES(os->file_open("new", BAREMETAL_FILE_READ), BAREMETAL_ENOENT);
    GIVES(os->file_open("new", 0), BAREMETAL_EINVAL);
    GIVES(os->file_open("new", 1u << 20), BAREMETAL_EINVAL);
    GIVES(os->file_open("new", BAREMETAL_FILE_READ | BAREMETAL_FILE_CREATE),
          BAREMETAL_EINVAL);
    GIVES(os->file_open("new", BAREMETAL_FILE_WRITE), BAREMETAL_ENOENT);
    GIVES(os->file_open("new", BAREMETAL_FILE_WRITE | BAREMETAL_FILE_NEW), 0);
    GIVES(os->file_open("new", BAREMETAL_FILE_READ), BAREMETAL_EBUSY);
    GIVES(os->file_remove("new"), BAREMETAL_EBUSY);
    GIVES(os->file_rename("new", "newer"), BAREMETAL_EBUSY);
    GIVES(os->file_read(0, &info, 1), BAREMETAL_EBADF);
    GIVES(os->file_write(0, "abcdef", 6), 6);
    GIVES(os->file_close(0), 0);
    GIVES(os->file_close(0), BAREMETAL_EBADF);
    GIVES(os->file_open("new", BAREMETAL_FILE_WRITE | BAREMETAL_FILE_NEW),
          BAREMETAL_EEXIST);
    GIVES(os->file_open("NEW", BAREMETAL_FILE_READ), 0);
    GIVES(os->file_open("new", BAREMETAL_FILE_READ), 1);
    GIVES(os->file_write(0, "x", 1), BAREMETAL_EBADF);
    GIVES(os->file_close(0), 0);
    GIVES(os->file_close(1), 0);
    GIVES(os->file_close(-1), BAREMETAL_EBADF);
    GIVES(os->file_close(32), BAREMETAL_EBADF);
}

static void check_positions(void)
{
    uint64_t position, size;
    char text[8];

    GIVES(os->file_open("new", BAREMETAL_FILE_READ | BAREMETAL_FILE_WRITE |
                               BAREMETAL_FILE_APPEND), 0);
    GIVES(os->file_write(0, "ghi", 3), 3);
    GIVES(os->file_seek(0, 4), 0);
    GIVES(os->file_read(0, text, 8), 5);
    GIVES(text[0], 'e');
    GIVES(os->file_read(0, text, 8), 0);
    GIVES(os->file_seek(0, 10), BAREMETAL_EINVAL);
    GIVES(os->file_tell(0, &position, &size), 0);
    GIVES(position, 9);
    GIVES(size, 9);
    GIVES(os->file_truncate(0, 5), 0);
    GIVES(os->file_truncate(0, 8), 0);
    GIVES(os->file_truncate(0, 1ull << 32), BAREMETAL_ENOSPC);
    GIVES(os->file_seek(0, 0), 0);
    GIVES(os->file_read(0, text, 8), 8);
    GIVES(text[4], 'e');
    GIVES(text[5], 0);
    GIVES(os->file_flush(0), 0);
    GIVES(os->file_close(0), 0);
    GIVES(os->file_info("new", &info), 0);
    GIVES(info.size, 8);
    GIVES(info.attributes, BAREMETAL_FILE_ARCHIVE);
    GIVES(info.changed.year > 2020, 1);
}

static void check_names(void)
{
    GIVES(os->folder_make("folder"), 0);
    GIVES(os->folder_make("folder"), BAREMETAL_EEXIST);
    GIVES(os->file_rename("new", "folder/A long name, for once"), 0);
    GIVES(os->file_info("new", &info), BAREMETAL_ENOENT);
    GIVES(os->file_remove("folder"), BAREMETAL_ENOTEMPTY);
    GIVES(os->file_rename("folder", "folder/self"), BAREMETAL_EINVAL);
    GIVES(os->file_info("folder/a LONG name, for once/", &info),
          BAREMETAL_ENOTDIR);
    GIVES(os->file_open("folder", BAREMETAL_FILE_READ), BAREMETAL_EISDIR);
    GIVES(os->file_open("folder/a*b", ALL_FLAGS), BAREMETAL_ENAME);
    GIVES(os->file_info("disk99:/", &info), BAREMETAL_ENOENT);
    GIVES(os->folder_change("folder"), 0);
    GIVES(os->file_info("A long name, for once", &info), 0);
    GIVES(info.name[0], 'A');
    GIVES(os->file_remove("A long name, for once"), 0);
    GIVES(os->folder_change(".."), 0);
    GIVES(os->file_remove("folder"), 0);
}

static void check_buffers(void)
{
    int file = os->file_open("buffers", ALL_FLAGS);
    const void *system_code = os;
    struct baremetal_memory memory;
    char *end;

    os->memory(&memory);
    end = (char *)memory.base + memory.size;
    GIVES(os->file_write(file, end - 5, 5), 5);
    GIVES(os->file_write(file, memory.base, SIZE_MAX), BAREMETAL_EFAULT);
    GIVES(os->file_write(file, end - 5, SIZE_MAX), BAREMETAL_EFAULT);
    GIVES(os->file_seek(file, 0), 0);
    GIVES(os->file_write(file, (void *)0x123456789000, 5), BAREMETAL_EFAULT);
    GIVES(os->file_write(file, system_code, 64), 64);
    GIVES(os->file_close(file), 0);
    GIVES(os->file_open("buffers", BAREMETAL_FILE_READ), file);
    GIVES(os->file_read(file, end - 5, 5), 5);
    GIVES(os->file_read(file, (void *)(uintptr_t)system_code, 64),
          BAREMETAL_EFAULT);
    GIVES(os->file_read(file, 0, 64), BAREMETAL_EFAULT);
    GIVES(os->file_close(file), 0);
    GIVES(os->file_open(0, BAREMETAL_FILE_READ), BAREMETAL_EFAULT);
    GIVES(os->file_info("buffers", (void *)(uintptr_t)system_code),
          BAREMETAL_EFAULT);
    GIVES(os->file_remove("buffers"), 0);
}

static uint8_t byte_of(uint32_t at)
{
    return (uint8_t)(at * 2654435761u >> 24);
}

/* In pieces of odd sizes, from odd addresses. */
static void check_large(void)
{
    int file = os->file_open("large", ALL_FLAGS);
    uint32_t at = 0;

    for (uint32_t i = 0; i < LARGE; i++)
        large[i] = byte_of(i);
    for (uint32_t piece = 1; at < LARGE; at += piece, piece = piece * 3 + 1) {
        if (piece > LARGE - at)
            piece = LARGE - at;
        GIVES(os->file_write(file, large + at, piece), piece);
    }
    GIVES(os->file_close(file), 0);
    for (uint32_t i = 0; i < LARGE; i++)
        large[i] = 0;
    file = os->file_open("large", BAREMETAL_FILE_READ);
    GIVES(os->file_read(file, large, LARGE + 5), LARGE);
    for (at = 0; at < LARGE && large[at] == byte_of(at); at++)
        ;
    GIVES(at, LARGE);
    GIVES(os->file_close(file), 0);
    GIVES(os->file_remove("large"), 0);
}

static void name_of(char *name, unsigned number)
{
    name[0] = 'f';
    name[1] = (char)('0' + number / 10);
    name[2] = (char)('0' + number % 10);
    name[3] = 0;
}

static void check_many(void)
{
    char name[4];
    uint64_t cursor = 0;
    unsigned count = 0;

    for (unsigned i = 0; i < 32; i++) {
        name_of(name, i);
        GIVES(os->file_open(name, ALL_FLAGS), i);
    }
    GIVES(os->file_open("one-more", ALL_FLAGS), BAREMETAL_EMFILE);
    while (os->folder_read(".", &cursor, &info) > 0)
        count++;
    GIVES(count, 32);
    for (int i = 0; i < 32; i++) {
        name_of(name, (unsigned)i);
        GIVES(os->file_close(i), 0);
        GIVES(os->file_remove(name), 0);
    }
}

/* ---- all CPUs */

static volatile unsigned endless;

static void write_and_read(void *argument)
{
    unsigned cpu = os->cpu_number();
    uint8_t *bytes = (uint8_t *)argument + cpu * SMALL;
    char name[4];
    int file;

    name_of(name, cpu);
    do {
        file = os->file_open(name, ALL_FLAGS | BAREMETAL_FILE_READ);
        if (file < 0)
            complain("file_open on another CPU", file);
        for (unsigned i = 0; i < SMALL; i++)
            bytes[i] = (uint8_t)(i + cpu);
        for (unsigned i = 0; i < SMALL; i += SMALL / 10)
            GIVES(os->file_write(file, bytes + i, SMALL / 10), SMALL / 10);
        for (unsigned i = 0; i < SMALL; i++)
            bytes[i] = 0;
        GIVES(os->file_seek(file, 0), 0);
        GIVES(os->file_read(file, bytes, SMALL), SMALL);
        for (unsigned i = 0; i < SMALL; i++)
            if (bytes[i] != (uint8_t)(i + cpu)) {
                complain("a byte that another CPU read", i);
                break;
            }
        GIVES(os->file_close(file), 0);
    } while (endless);
    GIVES(os->file_remove(name), 0);
}

static unsigned start_cpus(void)
{
    unsigned cpu;

    for (cpu = 1; cpu < os->cpu_count() && cpu < CPUS_MAX; cpu++)
        while (os->cpu_run(cpu, write_and_read, large) == BAREMETAL_EBUSY)
            ;
    return cpu;
}

static void check_cpus(void)
{
    start_cpus();
    write_and_read(large);
    os->cpu_wait_all();
}

/* ---- */

static void print(const char *what)
{
    struct text line = { 0 };

    text_add(&line, what);
    text_print(&line, os);
}

static int check_all(const char *folder)
{
    static char before[BAREMETAL_PATH_MAX];
    uint64_t cursor = 0;

    GIVES(os->folder_current(before, sizeof before), 0);
    GIVES(os->folder_change(folder), 0);
    GIVES(os->folder_make("file-check"), 0);
    GIVES(os->folder_change("file-check"), 0);
    check_flags();
    check_positions();
    check_names();
    check_buffers();
    check_large();
    check_many();
    check_cpus();
    GIVES(os->folder_read("", &cursor, &info), 0);
    GIVES(os->folder_change(".."), 0);
    GIVES(os->file_remove("file-check"), 0);
    GIVES(os->file_sync(), 0);
    GIVES(os->error_text(BAREMETAL_ENOSPC)[0], 'n');
    if (!wrong)
        print("file-check: all is well");
    return (int)wrong;
}

static int is_word(const char *word, const char *other)
{
    while (*word && *word == *other)
        word++, other++;
    return *word == *other;
}

static int leave_fault(void)
{
    int file = os->file_open("left.txt", ALL_FLAGS);

    GIVES(os->file_write(file, "left behind\n", 12), 12);
    *(volatile int *)0 = 0;
    return 0;
}

int main(int argc, char **argv, const struct baremetal *interface)
{
    const char *what = argc > 1 ? argv[1] : "/";

    os = interface;
    if (os->memory_allocate(LARGE + 5, 0, (void **)&large))
        return 1;
    if (is_word(what, "fault"))
        return leave_fault();
    if (!is_word(what, "spin") && !is_word(what, "leave"))
        return check_all(what);
    endless = 1;
    start_cpus();
    if (is_word(what, "leave")) {
        os->delay_us(100000);
        print("file-check: leaving");
        os->exit(0);
    }
    print("file-check: writing");
    write_and_read(large);
    return 0;
}
