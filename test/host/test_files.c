/* test_files.c - paths, volumes and the table of open files.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Three disks in memory: 0 holds nothing, 1 a FAT32 without partitions, 2 a
 * FAT12 and a FAT16 partition.
 */
// sources: os/files.c os/files_path.c os/files_error.c os/storage.c os/print.c pure64/format.c os/fs/*.c
#include "check.h"
#include "files.h"
#include "fs/error.h"
#include "system.h"
#include <stdlib.h>
#include <string.h>

#define SECTOR 512
#define DISKS 3
#define MIB (1u << 20)

static struct {
    uint8_t *bytes;
    size_t size;
    unsigned writes;
    int error, write_error;
} disks[DISKS];

static char printed[4096];
static size_t printed_length;

static void host_write(const char *text, size_t length)
{
    if (printed_length + length >= sizeof printed)
        printed_length = 0;
    memcpy(printed + printed_length, text, length);
    printed_length += length;
    printed[printed_length] = 0;
}

static int host_info(unsigned disk, struct baremetal_disk *info)
{
    if (disk >= DISKS)
        return BAREMETAL_ENODEV;
    memset(info, 0, sizeof *info);
    memcpy(info->name, "mem0", 5);
    info->name[3] = (char)('0' + disk);
    info->sectors = disks[disk].size / SECTOR;
    info->sector_size = SECTOR;
    return 0;
}

static int host_transfer(unsigned disk, uint64_t sector, size_t count,
                         void *to, const void *from)
{
    uint8_t *place = disks[disk].bytes + sector * SECTOR;

    if (disks[disk].error || (from && disks[disk].write_error))
        return disks[disk].error | disks[disk].write_error;
    if (sector + count > disks[disk].size / SECTOR)
        return BAREMETAL_EINVAL;
    if (to)
        memcpy(to, place, count * SECTOR);
    else
        memcpy(place, from, count * SECTOR);
    disks[disk].writes += !to;
    return 0;
}

static int host_read(unsigned disk, uint64_t sector, size_t count,
                     void *buffer)
{
    return host_transfer(disk, sector, count, buffer, 0);
}

static int host_write_disk(unsigned disk, uint64_t sector, size_t count,
                           const void *buffer)
{
    return host_transfer(disk, sector, count, 0, buffer);
}

static int host_flush(unsigned disk)
{
    return disks[disk].error;
}

static int host_date(struct baremetal_date *date)
{
    *date = (struct baremetal_date){ 2031, 5, 17, 13, 45, 58, 6 };
    return 0;
}

static const struct baremetal os = {
    .write = host_write,
    .disk_info = host_info,
    .disk_read = host_read,
    .disk_write = host_write_disk,
    .disk_flush = host_flush,
    .date = host_date,
};
const struct os_system os_system = { &os, 0 };

static struct files *f;

#define RW (BAREMETAL_FILE_READ | BAREMETAL_FILE_WRITE)
#define MAKE (RW | BAREMETAL_FILE_CREATE)

static void load_disk(unsigned disk, const char *path)
{
    FILE *file = fopen(path, "rb");

    if (!file || fseek(file, 0, SEEK_END)) {
        perror(path);
        exit(1);
    }
    disks[disk].size = (size_t)ftell(file);
    rewind(file);
    disks[disk].bytes = malloc(disks[disk].size);
    if (fread(disks[disk].bytes, 1, disks[disk].size, file) !=
        disks[disk].size)
        exit(1);
    fclose(file);
}

static void make_disks(void)
{
    static char folder[] = "/tmp/test-files-XXXXXX";
    char command[2000], path[100];

    if (!mkdtemp(folder))
        exit(1);
    snprintf(command, sizeof command,
             "set -e; cd %s; PATH=$PATH:/usr/sbin:/sbin\n"
             "truncate -s 1M 0; truncate -s 40M 1; truncate -s 36M 2\n"
             "mkfs.fat -F 32 -s 1 1 >/dev/null\n"
             "printf 'label: dos\\nstart=2048,size=8192,type=1\\n"
             "start=10240,size=51200,type=6\\n"
             "start=63488,size=2048,type=1\\n"
             "start=67584,size=2048,type=1\\n' | sfdisk --quiet 2\n"
             "mkfs.fat -F 12 --offset 2048 2 4096 >/dev/null\n"
             "mkfs.fat -F 16 --offset 10240 2 25600 >/dev/null\n"
             "mkfs.fat -F 12 --offset 63488 2 1024 >/dev/null\n"
             "mkfs.fat -F 12 --offset 67584 2 1024 >/dev/null\n", folder);
    if (system(command))
        exit(1);
    for (unsigned disk = 0; disk < DISKS; disk++) {
        snprintf(path, sizeof path, "%s/%u", folder, disk);
        load_disk(disk, path);
    }
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command))
        exit(1);
}

/* Writes a small file, or says why not. */
static int put(const char *path, const char *text)
{
    size_t done;
    int file = files_open(f, path, MAKE | BAREMETAL_FILE_TRUNCATE,
                          FILES_SYSTEM);
    int error;

    if (file < 0)
        return file;
    error = files_write(f, file, text, strlen(text), &done);
    CHECK(error || done == strlen(text));
    return error ? error : files_close(f, file);
}

static int holds(const char *path, const char *text)
{
    char buffer[100];
    size_t done;
    int file = files_open(f, path, BAREMETAL_FILE_READ, FILES_SYSTEM);

    if (file < 0 || files_read(f, file, buffer, sizeof buffer, &done))
        return 0;
    files_close(f, file);
    return done == strlen(text) && !memcmp(buffer, text, done);
}

static const char *current(void)
{
    static char text[FILES_PATH + 20];

    return files_current(f, text, sizeof text) ? "error" : text;
}

static const char *resolved(const char *path)
{
    static char text[FILES_PATH + 20];
    int error = files_resolve(f, path, &f->place);

    if (error)
        snprintf(text, sizeof text, "%d", error);
    else
        snprintf(text, sizeof text, "%u.%u%s%s",
                 f->place.volume->disk.number, f->place.volume->partition,
                 f->place.path, f->place.is_folder ? " folder" : "");
    return text;
}

#define RESOLVES(path, text) CHECK(!strcmp(resolved(path), text))

static void check_paths(void)
{
    char path[2 * FILES_PATH];

    RESOLVES("", "1.0/ folder");
    RESOLVES("/", "1.0/ folder");
    RESOLVES("a", "1.0/a");
    RESOLVES("a//b\\c/", "1.0/a/b/c folder");
    RESOLVES("./a/../b/.", "1.0/b folder");
    RESOLVES("../../x", "1.0/x");
    RESOLVES("a/..", "1.0/ folder");
    RESOLVES("...", "1.0/...");
    RESOLVES("disk1:a", "1.0/a");
    RESOLVES("DISK2:/a", "2.1/a");
    RESOLVES("disk2p1:a", "2.1/a");
    RESOLVES("disk2p2:\\a", "2.2/a");
    RESOLVES("disk2p5:", "-61");
    RESOLVES("disk2p0:", "-61");
    RESOLVES("disk2p4294967297:", "-61");
    RESOLVES("disk0:", "-61");
    RESOLVES("disk3:", "-60");
    RESOLVES("disk4294967296:", "-60");
    RESOLVES("disk:", "-60");
    RESOLVES("disk1x:", "-60");
    RESOLVES("c:", "-60");
    RESOLVES("a/b:c", "1.0/a/b:c");
    memset(path, 'x', sizeof path);
    path[FILES_PATH - 2] = 0;
    CHECK(!files_resolve(f, path, &f->place));
    path[FILES_PATH - 2] = 'x';
    path[FILES_PATH - 1] = 0;
    CHECK(files_resolve(f, path, &f->place) == FILES_EPATH);
}

static void check_folder(void)
{
    CHECK(!strcmp(current(), "disk1:/"));
    CHECK(!files_make_folder(f, "/one"));
    CHECK(!files_make_folder(f, "/one/two"));
    CHECK(files_make_folder(f, "/one") == FS_EEXISTS);
    CHECK(files_make_folder(f, "/x/y") == FS_ENOTFOUND);
    CHECK(files_change_folder(f, "nowhere") == FS_ENOTFOUND);
    CHECK(!files_change_folder(f, "one"));
    CHECK(!strcmp(current(), "disk1:/one"));
    CHECK(!files_change_folder(f, "two/"));
    CHECK(!put("text", "there"));
    CHECK(holds("/one/two/text", "there"));
    CHECK(files_change_folder(f, "text") == FS_ENOTFOLDER);
    RESOLVES("x", "1.0/one/two/x");
    RESOLVES("../x", "1.0/one/x");
    files_save_folder(f);
    CHECK(!files_change_folder(f, "disk2p2:"));
    CHECK(!strcmp(current(), "disk2p2:/"));
    RESOLVES("x", "2.2/x");
    CHECK(!files_change_folder(f, "disk2:"));
    CHECK(!strcmp(current(), "disk2:/"));
    RESOLVES("/x", "2.1/x");
    files_restore_folder(f);
    CHECK(!strcmp(current(), "disk1:/one/two"));
    CHECK(!files_change_folder(f, "/"));
    CHECK(!f->current.is_set);
}

static const char *const of_disk_2[STORAGE_VOLUMES] = {
    "disk2:a", "disk2p2:a", "disk2p3:a", "disk2p4:a",
};

/* One volume is never mounted twice, whatever it is called. */
static void check_volumes(void)
{
    struct storage_volume *first, *same;

    CHECK(!files_forget(f));
    CHECK(!files_volume(f, "disk2p1:", &first));
    CHECK(!first->is_first);
    CHECK(!files_volume(f, "disk2:", &same));
    CHECK(first == same && first->is_first);
    CHECK(!files_forget(f));
    CHECK(!files_volume(f, "disk2:", &first));
    CHECK(!files_volume(f, "disk2p1:", &same) && first == same);
    CHECK(!files_volume(f, "disk1:", &same) && first != same);
    CHECK(files_is_first(f, same) && !files_is_first(f, first));
    /* What has an open file stays; there is no fifth place then. */
    for (int i = 0; i < STORAGE_VOLUMES; i++)
        CHECK(files_open(f, of_disk_2[i], MAKE, FILES_SYSTEM) == i);
    CHECK(files_find(f, "disk1:/") == STORAGE_EVOLUMES);
    CHECK(!files_close(f, 1));
    CHECK(!files_find(f, "disk1:/"));
    CHECK(!files_forget(f));
    CHECK(files_tell(f, 0, 0, 0) == 0);
    CHECK(!files_close_all(f, FILES_SYSTEM));
    for (unsigned i = 0; i < STORAGE_VOLUMES; i++)
        CHECK(!files_remove(f, of_disk_2[i]));
}

static uint8_t byte_of(unsigned file, unsigned position)
{
    return (uint8_t)(file * 64 + position / 7);
}

/* On all volumes at the same time, in pieces: they share memory. */
static void check_many_volumes(void)
{
    enum { PIECE = 700, PIECES = 100 };
    uint8_t bytes[PIECE];
    size_t done;

    for (int i = 0; i < STORAGE_VOLUMES; i++)
        CHECK(files_open(f, of_disk_2[i], MAKE, FILES_SYSTEM) == i);
    for (unsigned n = 0; n < PIECES; n++)
        for (int i = 0; i < STORAGE_VOLUMES; i++) {
            for (unsigned at = 0; at < PIECE; at++)
                bytes[at] = byte_of((unsigned)i, n * PIECE + at);
            CHECK(!files_write(f, i, bytes, PIECE, &done) && done == PIECE);
            if (n % 16 == 0)
                CHECK(!files_flush(f, (i + 1) % STORAGE_VOLUMES));
        }
    CHECK(!files_close_all(f, FILES_SYSTEM) && !files_forget(f));
    for (int i = 0; i < STORAGE_VOLUMES; i++)
        CHECK(files_open(f, of_disk_2[i], RW, FILES_SYSTEM) == i);
    for (unsigned n = 0; n < PIECES; n++)
        for (int i = 0; i < STORAGE_VOLUMES; i++) {
            CHECK(!files_read(f, i, bytes, PIECE, &done) && done == PIECE);
            for (unsigned at = 0; at < PIECE; at++)
                CHECK(bytes[at] == byte_of((unsigned)i, n * PIECE + at));
        }
    CHECK(!files_close_all(f, FILES_SYSTEM));
    for (unsigned i = 0; i < STORAGE_VOLUMES; i++)
        CHECK(!files_remove(f, of_disk_2[i]));
    CHECK(!files_forget(f));
}

/* What cannot be written to one volume is no trouble of another. */
static void check_failing_volume(void)
{
    uint8_t bytes[9000] = { 1 };
    size_t done;

    CHECK(files_open(f, "disk2p2:a", MAKE, FILES_SYSTEM) == 0);
    CHECK(files_open(f, "disk1:a", MAKE, FILES_SYSTEM) == 1);
    CHECK(!files_write(f, 0, bytes, sizeof bytes, &done));
    disks[2].error = BAREMETAL_EIO;
    CHECK(!files_write(f, 1, bytes, sizeof bytes, &done));
    CHECK(!files_flush(f, 1));
    CHECK(files_flush(f, 0) == FS_EIO);
    CHECK(!files_close(f, 1));
    files_close(f, 0);
    disks[2].error = 0;
    files_forget(f);
    CHECK(!files_find(f, "disk2p2:/"));
    CHECK(!f->place.volume->fat.refuse_changes);
    CHECK(!files_remove(f, "disk1:a") && !files_remove(f, "disk2p2:a"));
    CHECK(!files_forget(f));
}

/* Of the file "a" that check_open has made. */
static void check_sharing(void)
{
    size_t done;

    /* 2031-05-17 13:45:58 */
    CHECK(f->entry.date == (51 << 9 | 5 << 5 | 17));
    CHECK(f->entry.time == (13 << 11 | 45 << 5 | 29));
    /* Two readers, no writer. */
    CHECK(files_open(f, "a", BAREMETAL_FILE_READ, FILES_PROGRAM) == 0);
    CHECK(files_open(f, "a", BAREMETAL_FILE_READ, FILES_SYSTEM) == 1);
    CHECK(files_open(f, "a", RW, FILES_SYSTEM) == FILES_EOPEN);
    CHECK(files_write(f, 1, "x", 1, &done) == FILES_EBADF);
    CHECK(!files_close_all(f, FILES_PROGRAM));
    CHECK(files_tell(f, 0, 0, 0) == FILES_EBADF && !files_tell(f, 1, 0, 0));
    CHECK(!files_close_all(f, FILES_SYSTEM));
    CHECK(files_open(f, "a", MAKE | BAREMETAL_FILE_NEW, FILES_SYSTEM) ==
          FS_EEXISTS);
    CHECK(!files_remove(f, "a"));
}

static void check_open(void)
{
    uint32_t position, size;
    char text[10];
    size_t done;

    CHECK(files_open(f, "a", BAREMETAL_FILE_READ, FILES_PROGRAM) ==
          FS_ENOTFOUND);
    CHECK(files_open(f, "a", BAREMETAL_FILE_CREATE, FILES_PROGRAM) ==
          FILES_EINVAL);
    CHECK(files_open(f, "a/", MAKE, FILES_PROGRAM) == FS_ENOTFOUND);
    CHECK(files_open(f, "a", MAKE, FILES_PROGRAM) == 0);
    CHECK(!files_write(f, 0, "abcdef", 6, &done) && done == 6);
    CHECK(files_open(f, "A", BAREMETAL_FILE_READ, FILES_SYSTEM) ==
          FILES_EOPEN);
    CHECK(files_remove(f, "a") == FILES_EOPEN);
    CHECK(files_rename(f, "a", "b") == FILES_EOPEN);
    CHECK(!files_seek(f, 0, 2) && files_seek(f, 0, 7) == FILES_EINVAL);
    CHECK(files_seek(f, 0, 1ull << 32) == FILES_EINVAL);
    CHECK(!files_tell(f, 0, &position, &size) && position == 2 && size == 6);
    CHECK(!files_read(f, 0, text, 10, &done) && done == 4);
    CHECK(!files_truncate(f, 0, 3) &&
          files_truncate(f, 0, 1ull << 32) == FS_ETOOLARGE);
    CHECK(!files_flush(f, 0) && !files_close(f, 0));
    CHECK(files_close(f, 0) == FILES_EBADF);
    CHECK(files_read(f, FILES_MAX, text, 1, &done) == FILES_EBADF);
    CHECK(files_read(f, -1, text, 1, &done) == FILES_EBADF);
    CHECK(holds("a", "abc"));
    CHECK(!files_find(f, "a") && f->entry.size == 3);
    check_sharing();
}

static void check_table_full(void)
{
    char name[16];

    for (int i = 0; i < FILES_MAX; i++) {
        snprintf(name, sizeof name, "f%d", i);
        CHECK(files_open(f, name, MAKE, FILES_PROGRAM) == i);
    }
    CHECK(files_open(f, "more", MAKE, FILES_SYSTEM) == FILES_EMANY);
    CHECK(files_find(f, "more") == FS_ENOTFOUND);
    CHECK(!files_close_all(f, FILES_PROGRAM));
    for (int i = 0; i < FILES_MAX; i++) {
        snprintf(name, sizeof name, "f%d", i);
        CHECK(!files_remove(f, name));
    }
}

/* Every name once, also where a folder has many clusters. */
static void check_list(void)
{
    char name[40], seen[200] = { 0 };
    uint64_t cursor = 0;
    int found, number;

    CHECK(!files_make_folder(f, "disk2p2:/many"));
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "disk2p2:/many/a long name %d", i);
        CHECK(!put(name, "x"));
    }
    while ((found = files_list(f, "disk2p2:/many", &cursor)) > 0) {
        number = -1;
        CHECK(sscanf(f->entry.name, "a long name %d", &number) == 1);
        if (number >= 0 && number < 200)
            CHECK(!seen[number]++);
    }
    CHECK(!found);
    for (int i = 0; i < 200; i++)
        CHECK(seen[i]);
    CHECK(files_list(f, "disk2p2:/many/a long name 3", &cursor) ==
          FS_ENOTFOLDER);
    for (uint64_t made_up = 1; made_up; made_up *= 3)
        if (made_up > 1ull << 62)
            break;
        else
            for (int i = 0; i < 50; i++) {
                cursor = made_up;
                CHECK(files_list(f, "disk2p2:/many", &cursor) <= 1);
            }
}

static void check_rename(void)
{
    CHECK(!put("from", "text"));
    CHECK(files_rename(f, "from", "disk2:/to") == FILES_EVOLUME);
    CHECK(files_rename(f, "from", "to/") == FS_ENOTFOLDER);
    CHECK(files_rename(f, "nowhere", "to") == FS_ENOTFOUND);
    CHECK(files_rename(f, "/", "to") == FILES_EINVAL);
    CHECK(files_rename(f, "from", "/") == FILES_EINVAL);
    CHECK(files_rename(f, "one", "one/two/three") == FS_EINSIDE);
    CHECK(!files_rename(f, "from", "one/to"));
    CHECK(holds("/one/to", "text"));
    CHECK(!files_rename(f, "one/", "ONE"));
    CHECK(holds("/one/to", "text"));
    CHECK(files_remove(f, "one") == FS_ENOTEMPTY);
    CHECK(files_remove(f, "/") == FILES_EINVAL);
    CHECK(!files_remove(f, "one/to"));
}

/* What is cut off is lost; what was closed before is not. */
static void check_drop(void)
{
    size_t done;

    CHECK(!put("kept", "kept"));
    CHECK(files_open(f, "lost", MAKE, FILES_PROGRAM) == 0);
    CHECK(files_open(f, "lost too", MAKE, FILES_SYSTEM) == 1);
    CHECK(!files_write(f, 0, "x", 1, &done));
    files_drop(f);
    CHECK(files_write(f, 0, "x", 1, &done) == FILES_ELOST && !done);
    CHECK(!files_close_all(f, FILES_PROGRAM) && !files_close(f, 1));
    printed_length = 0;
    CHECK(holds("kept", "kept"));
    CHECK(strstr(printed, "mem1: files were repaired"));
    CHECK(!files_remove(f, "kept"));
}

/* A volume that was not left cleanly, on a disk that cannot be written. */
static void check_read_only(void)
{
    CHECK(!put("kept", "kept"));
    CHECK(files_open(f, "lost", MAKE, FILES_PROGRAM) == 0);
    files_drop(f);
    CHECK(!files_close(f, 0));
    disks[1].write_error = BAREMETAL_EIO;
    CHECK(holds("kept", "kept"));
    CHECK(put("other", "x") == FS_EIO);
    CHECK(!files_sync(f) && !files_forget(f));
    disks[1].write_error = 0;
    CHECK(!files_remove(f, "kept"));
}

static void check_errors(void)
{
    size_t done;

    CHECK(files_open(f, "a", MAKE, FILES_SYSTEM) == 0);
    CHECK(!files_write(f, 0, "text", 4, &done));
    disks[1].error = BAREMETAL_ETIME;
    CHECK(files_close(f, 0) == FS_ETIME);
    CHECK(files_close(f, 0) == FILES_EBADF);
    CHECK(files_forget(f) < 0);
    CHECK(files_find(f, "disk1:/") == FS_ETIME);
    /* The first volume is on another disk now. */
    RESOLVES("a", "2.1/a");
    disks[1].error = 0;
    for (int error = 0; error >= -100; error--) {
        CHECK(files_error_text(error)[0] && files_number_text(error)[0]);
        CHECK(files_error_number(error) <= 0);
        CHECK(!error || strcmp(files_number_text(files_error_number(error)),
                               "unknown error"));
    }
    CHECK(files_error_number(5) == 5);
}

int main(void)
{
    f = calloc(1, sizeof *f);
    make_disks();
    files_init(f, &os);
    check_paths();
    check_folder();
    check_volumes();
    check_many_volumes();
    check_failing_volume();
    check_open();
    check_table_full();
    check_list();
    check_rename();
    check_drop();
    check_read_only();
    CHECK(!files_sync(f));
    CHECK(!disks[0].writes);
    check_errors();
    for (unsigned disk = 0; disk < DISKS; disk++)
        free(disks[disk].bytes);
    free(f);
    return check_report("test_files");
}
