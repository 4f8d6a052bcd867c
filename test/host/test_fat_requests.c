/* test_fat_requests.c - how many requests large transfers take, for every size
 * of clusters.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The measure is raw access in pieces of 1 MiB. FAT_VERBOSE in the environment:
 * prints what was counted.
 */
// sources: os/fs/fat_*.c os/fs/code_page.c os/fs/error.c
#include "check.h"
#include "fs/fat.h"
#include "memory_device.h"

#define PART 0x100000u
#define SECTORS_MAX 128u /* a cluster: 64 KiB */
#define LENT (1u << 20)

static char folder[] = "/tmp/test_fat_requests.XXXXXX";
static char image[64];
static struct fat_volume *volume;
static struct fat_memory *memory;
static struct memory_device disk;
static uint64_t image_size;
static uint8_t *part;

/* Almost nothing of the image is ever written: it has holes. */
static void open_image(const char *options, unsigned sectors_per_cluster,
                       unsigned mib)
{
    char command[512];
    uint8_t *bytes;

    snprintf(image, sizeof image, "%s/image", folder);
    snprintf(command, sizeof command,
             "rm -f %s; mkfs.fat -C %s -s %u %s %u >/dev/null 2>&1", image,
             options, sectors_per_cluster, image, mib << 10);
    run(command);
    bytes = memory_device_map_file(image, MAP_SHARED, &image_size);
    memory_device_init(&disk, bytes, image_size, 512);
    memory_device_allow_writes(&disk);
    memset(volume, 0, sizeof *volume);
    volume->memory = memory;
    CHECK(!fat_mount(volume, &disk.device, 0, disk.sectors));
}

static void close_image(int check)
{
    char command[512];

    CHECK(!fat_sync(volume) && !disk.bad_reads && !disk.bad_writes);
    fat_forget(volume);
    munmap(disk.bytes, image_size);
    snprintf(command, sizeof command, "fsck.fat -n %s >%s/fsck.txt || "
             "{ cat %s/fsck.txt; exit 1; }", image, folder, folder);
    CHECK(!check || !system(command));
    unlink(image);
}

/* Of what files hold only the first sector of each piece is kept: the image
 * stays small, and the test quick. */
static int drop_data(struct fs_device *device, uint64_t sector, size_t count,
                     const void *buffer)
{
    int error;

    if (buffer != part)
        return memory_device_write(device, sector, count, buffer);
    error = memory_device_write(device, sector, 1, buffer);
    disk.largest_write = count;
    return error;
}

static int skip_data(struct fs_device *device, uint64_t sector, size_t count,
                     void *buffer)
{
    if (buffer != part)
        return memory_device_read(device, sector, count, buffer);
    disk.largest = count;
    return memory_device_read(device, sector, 1, buffer);
}

static void count_from_here(void)
{
    disk.reads = disk.writes = 0;
    disk.device.write = drop_data;
    disk.device.read = skip_data;
}

/* Requests that were needed beyond those of raw access, in hundredths of a
 * percent. */
static unsigned excess(const char *what, unsigned mib)
{
    unsigned all = disk.reads + disk.writes, more = (all - mib) * 10000 / mib;

    if (getenv("FAT_VERBOSE"))
        printf("%s, %u bytes a cluster, %u MiB: %u reads, %u writes, %u.%02u %%"
               " more\n", what, volume->cluster_bytes, mib, disk.reads,
               disk.writes, more / 100, more % 100);
    CHECK(all >= mib);
    return more;
}

static void transfer(struct fat_file *file, unsigned mib, int write)
{
    size_t done = 0;
    int error = fat_file_seek(file, 0);

    for (unsigned i = 0; i < mib && !error; i++) {
        memset(part, 0, sizeof i);
        if (write)
            memcpy(part, &i, sizeof i);
        error = write ? fat_file_write(file, part, PART, &done)
                      : fat_file_read(file, part, PART, &done);
        CHECK(done == PART && !memcmp(part, &i, sizeof i));
    }
    CHECK(!error);
}

static int open_file(const char *name, struct fat_file *file)
{
    struct fat_entry entry;
    int error = fat_find(volume, name, &entry);

    return error ? error : fat_file_open(volume, &entry, file);
}

/* The file begins somewhere in a sector of the table. */
static void make_file(const char *name, struct fat_file *file)
{
    struct fat_entry entry;
    size_t done;

    CHECK(!fat_create(volume, "before", 0, &entry));
    CHECK(!fat_file_open(volume, &entry, file));
    CHECK(!fat_file_write(file, part, 5 * 512, &done));
    CHECK(!fat_file_flush(file));
    CHECK(!fat_create(volume, name, 0, &entry));
    CHECK(!fat_file_open(volume, &entry, file));
}

struct excess {
    unsigned fresh, again, reading; /* a new file, the same once more, ... */
};

static struct excess measure(unsigned mib)
{
    struct excess found;
    struct fat_file file;

    make_file("large", &file);
    count_from_here();
    transfer(&file, mib, 1);
    CHECK(!fat_file_flush(&file));
    CHECK(disk.largest_write == PART / 512);
    found.fresh = excess("new file", mib);
    CHECK(!open_file("large", &file));
    count_from_here();
    transfer(&file, mib, 1);
    CHECK(!fat_file_flush(&file));
    found.again = excess("overwriting", mib);
    CHECK(!open_file("large", &file));
    memory->table.volume = 0; /* flushed: nothing is lost */
    count_from_here();
    transfer(&file, mib, 0);
    CHECK(!disk.writes && disk.largest == PART / 512);
    found.reading = excess("reading", mib);
    return found;
}

/* From 4 KiB on reading and overwriting take at most 2 % more: the table is
 * only read, once. A new file's is read and both copies are written, and it
 * begins in a window that was there before. */
static void check_size(unsigned sectors, unsigned mib)
{
    unsigned limit = sectors < 8 ? 200 * 8 / sectors : 200;
    unsigned entry = 10000 / mib; /* the folder's: one write */
    unsigned loads = mib * 8 / sectors / 64 + 1 + 1;
    struct excess found;

    open_image("-F 32 -S 512", sectors, 2 * mib);
    found = measure(mib);
    CHECK(found.reading <= limit);
    CHECK(found.again <= limit + entry);
    CHECK(found.fresh <= 3 * 10000 * loads / mib + entry);
    close_image(mib == 64);
}

/* With memory as the commands lend it. */
static void check_lent(unsigned sectors)
{
    enum { MIB = 256 };
    uint32_t *lent = malloc(LENT);
    struct excess found;

    open_image("-F 32 -S 512", sectors, 2 * MIB);
    fat_memory_lend(memory, lent, LENT);
    found = measure(MIB);
    CHECK(found.reading <= 200 && found.again <= 200 && found.fresh <= 400);
    if (sectors >= 8)
        CHECK(found.reading <= 40 && found.fresh <= 200);
    fat_memory_lend(memory, 0, 0);
    free(lent);
    close_image(0);
}

/* Lent, and taken back, in the midst of writing. */
static void check_lent_midway(void)
{
    uint32_t *lent = malloc(LENT);
    struct fat_file file;
    size_t done;

    open_image("-F 32 -S 512", 8, 64);
    make_file("large", &file);
    for (unsigned i = 0; i < 24; i++) {
        memset(part, (int)i, PART);
        CHECK(!fat_file_write(&file, part, PART, &done) && done == PART);
        if (i % 8 == 3)
            fat_memory_lend(memory, lent, LENT);
        if (i % 8 == 7) {
            fat_memory_lend(memory, 0, 0);
            memset(lent, 0xA5, LENT);
        }
    }
    CHECK(!fat_file_flush(&file) && !open_file("large", &file));
    for (unsigned i = 0; i < 24; i++) {
        CHECK(!fat_file_read(&file, part, PART, &done) && done == PART);
        CHECK(part[0] == i && part[PART - 1] == i);
    }
    free(lent);
    memset(part, 0, PART);
    close_image(0);
}

/* From one file to another on the same volume, and on two volumes that share
 * the window. */
static void check_copying(struct fat_volume *to)
{
    enum { MIB = 128 };
    unsigned requests;
    struct fat_file from, file;
    struct fat_entry entry;
    size_t done;

    make_file("from", &from);
    disk.device.write = drop_data;
    transfer(&from, MIB, 1);
    CHECK(!fat_file_flush(&from) && !fat_file_seek(&from, 0));
    CHECK(!fat_create(to, "to", 0, &entry));
    CHECK(!fat_file_open(to, &entry, &file));
    count_from_here();
    requests = 0;
    for (unsigned i = 0; i < MIB; i++) {
        CHECK(!fat_file_read(&from, part, PART, &done) && done == PART);
        CHECK(!memcmp(part, &i, sizeof i));
        CHECK(!fat_file_write(&file, part, PART, &done) && done == PART);
    }
    CHECK(!fat_file_flush(&file));
    requests = disk.reads + disk.writes;
    if (getenv("FAT_VERBOSE"))
        printf("copying: %u requests for 2 * %u MiB\n", requests, MIB);
    CHECK(requests >= 2 * MIB && requests <= 2 * MIB + 20);
}

static void check_two(void)
{
    struct fat_volume *second = calloc(1, sizeof *second);
    struct fat_file file;

    open_image("-F 32 -S 512", 8, 600);
    check_copying(volume);
    close_image(0);
    /* Both on one device: an image of two. */
    open_image("-F 32 -S 512", 8, 300);
    {
        uint64_t size = image_size;
        uint8_t *both = mmap(0, 2 * size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                             0);
        uint8_t *one = disk.bytes;

        CHECK(both != MAP_FAILED);
        memcpy(both, one, 4 << 20);
        memcpy(both + size, one, 4 << 20);
        disk.bytes = both;
        disk.sectors *= 2;
        disk.end = disk.sectors;
        second->memory = memory;
        CHECK(!fat_mount(volume, &disk.device, 0, size / 512));
        CHECK(!fat_mount(second, &disk.device, size / 512, size / 512));
        check_copying(second);
        CHECK(!fat_sync(second) && !fat_sync(volume));
        CHECK(!fat_mount(second, &disk.device, size / 512, size / 512) &&
              !second->repaired);
        CHECK(!fat_mount(volume, &disk.device, 0, size / 512) &&
              !volume->repaired);
        fat_forget(second);
        CHECK(!open_file("from", &file) && file.size == 128 * PART);
        transfer(&file, 128, 0);
        munmap(both, 2 * size);
        disk.bytes = one;
        disk.sectors = disk.end = size / 512;
    }
    close_image(0);
    free(second);
}

int main(void)
{
    char command[64];

    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    volume = calloc(1, sizeof *volume);
    memory = calloc(1, sizeof *memory);
    part = malloc(PART);
    if (!volume || !memory || !part || !mkdtemp(folder))
        return 1;
    memset(part, 0, PART);
    for (unsigned sectors = 1; sectors <= SECTORS_MAX; sectors *= 2) {
        check_size(sectors, 64);
        check_size(sectors, 256);
    }
    check_lent(1);
    check_lent(8);
    check_lent_midway();
    check_two();
    snprintf(command, sizeof command, "rm -r %s", folder);
    run(command);
    free(part);
    free(volume);
    free(memory);
    return check_report("test_fat_requests");
}
