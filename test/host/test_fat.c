/* test_fat.c - the FAT reader against volumes made by mkfs.fat and mtools.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/fs/fat_*.c os/fs/code_page.c os/fs/error.c
#include "check.h"
#include "fs/fat.h"
#include "memory_device.h"

#define LONG_255                                                       \
    "a name of two hundred fifty-five characters 0123456789 0123456789 " \
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 " \
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 " \
    "0123456789 0123456789 0123456789 0123456789 0123456789.x"
#define DEEP "one/two three/four/five/six/seven/eight/nine"

static const struct sample {
    const char *path;
    uint32_t size;
} samples[] = {
    { "empty.txt", 0 },
    { "HELLO.APP", 1 },
    { "small.app", 511 },
    { "sector.bin", 512 },
    { "over.bin", 513 },
    { "Mixed Case.Txt", 4095 },
    { "page.bin", 4096 },
    { "name with spaces and.several.dots.txt", 4097 },
    { "Gr\xC3\xBC\xC3\x9F" "e \xCE\xA9 \xD0\xBC\xD0\xB8\xD1\x80 "
      "\xE6\x97\xA5\xE6\x9C\xAC.txt", 777 },
    { LONG_255, 20 },
    { DEEP "/deep file.bin", 3000 },
    { DEEP "/other.bin", 33333 },
    { "large.bin", 300007 },
};

#define SAMPLES (sizeof samples / sizeof samples[0])

static const struct volume_kind {
    const char *name;
    unsigned kib, bits, sector_bytes, sectors_per_cluster;
    unsigned device_bytes;
} kinds[] = {
    { "fat12-1.img", 1440, 12, 512, 1, 512 },
    { "fat12-8.img", 8192, 12, 512, 8, 512 },
    { "fat12-4k.img", 8192, 12, 4096, 1, 4096 },
    { "fat16-1.img", 16384, 16, 512, 1, 512 },
    { "fat16-4.img", 32768, 16, 512, 4, 512 },
    { "fat16-64.img", 262144, 16, 512, 64, 512 },
    { "fat16-4k.img", 65536, 16, 4096, 2, 512 },
    { "fat32-1.img", 40960, 32, 512, 1, 512 },
    { "fat32-8.img", 282624, 32, 512, 8, 512 },
    { "fat32-1k.img", 81920, 32, 1024, 1, 512 },
    { "fat32-4k.img", 282624, 32, 4096, 1, 4096 },
};

#define KINDS (sizeof kinds / sizeof kinds[0])

static char folder[] = "/tmp/test_fat.XXXXXX";
static struct fat_volume *volume; /* on the heap: overruns are noticed */
static struct fat_memory *memory;
static uint8_t *buffer, *expected;
#define BUFFER_SIZE 700000

/* The same bytes for the same place in the list. */
static void fill_expected(unsigned sample)
{
    random_state = 1000003u * (sample + 1);
    for (uint32_t i = 0; i < samples[sample].size; i++)
        expected[i] = (uint8_t)random32();
}

static void write_samples(void)
{
    char path[4096];

    snprintf(path, sizeof path, "mkdir -p '%s/content/" DEEP "' '%s/content/"
             "nothing'", folder, folder);
    run(path);
    for (unsigned i = 0; i < SAMPLES; i++) {
        FILE *file;
        fill_expected(i);
        snprintf(path, sizeof path, "%s/content/%s", folder, samples[i].path);
        file = fopen(path, "wb");
        if (!file || fwrite(expected, 1, samples[i].size, file) !=
                         samples[i].size || fclose(file)) {
            perror(path);
            exit(1);
        }
    }
}

static int open_path(const char *path, struct fat_file *file)
{
    struct fat_entry entry;
    int error = fat_find(volume, path, &entry);

    return error ? error : fat_file_open(volume, &entry, file);
}

static void check_sample(unsigned index)
{
    const struct sample *sample = &samples[index];
    struct fat_file file;
    size_t done = 0;
    int error = open_path(sample->path, &file);

    fill_expected(index);
    CHECK(!error);
    if (error)
        return;
    CHECK(file.size == sample->size);
    memset(buffer, 0xA5, BUFFER_SIZE);
    CHECK(!fat_file_read(&file, buffer, BUFFER_SIZE, &done));
    CHECK(done == sample->size && !memcmp(buffer, expected, done));
    CHECK(buffer[done] == 0xA5);
    /* Again in pieces, from random places. */
    for (unsigned i = 0; i < 40 && sample->size; i++) {
        uint32_t at = random32() % (sample->size + 1);
        size_t size = random32() % 9000, left = sample->size - at;
        memset(buffer, 0xA5, size + 1);
        CHECK(!fat_file_seek(&file, at));
        CHECK(!fat_file_read(&file, buffer, size, &done));
        CHECK(done == (size < left ? size : left));
        CHECK(!memcmp(buffer, expected + at, done) && buffer[done] == 0xA5);
    }
    CHECK(fat_file_seek(&file, sample->size + 1) == FS_ERANGE);
}

/* What mtools copied into the gaps: the start of large.bin. */
static void check_fragmented(struct memory_device *disk)
{
    uint32_t size = volume->cluster_bytes * 20 + 7;
    uint32_t large = samples[SAMPLES - 1].size;
    struct fat_file file;
    size_t done = 0;

    CHECK(!open_path("fragmented.bin", &file));
    if (size > large)
        size = large; /* head took what there was */
    CHECK(file.size == size);
    fill_expected(SAMPLES - 1);
    CHECK(!fat_file_read(&file, buffer, BUFFER_SIZE, &done));
    CHECK(done == size && !memcmp(buffer, expected, done));
    /* Adjacent clusters come in one request. */
    CHECK(!open_path("large.bin", &file));
    disk->largest = 0;
    CHECK(!fat_file_read(&file, buffer, BUFFER_SIZE, &done));
    CHECK(disk->largest * disk->sector_bytes >= 100000);
}

static void check_listing(void)
{
    unsigned seen[SAMPLES] = { 0 };
    struct fat_folder list;
    struct fat_entry entry;
    unsigned folders = 0;
    int found;

    CHECK(!fat_find(volume, "/", &entry));
    CHECK(!fat_folder_open(volume, &entry, &list));
    while ((found = fat_folder_next(&list, &entry)) > 0) {
        folders += (entry.attributes & FAT_ATTRIBUTE_FOLDER) != 0;
        for (unsigned i = 0; i < SAMPLES; i++)
            if (!strcmp(entry.name, samples[i].path)) {
                seen[i]++;
                CHECK(entry.size == samples[i].size);
            }
    }
    CHECK(!found);
    CHECK(folders == 2);
    for (unsigned i = 0; i < SAMPLES; i++)
        CHECK(seen[i] == !strchr(samples[i].path, '/'));
}

static void check_paths(void)
{
    struct fat_file file;
    struct fat_entry entry;

    CHECK(!open_path("hello.app", &file) && file.size == 1);
    CHECK(!open_path("/Small.APP", &file) && file.size == 511);
    CHECK(!open_path("\\ONE\\Two Three\\four\\five/six/seven/../seven/./"
                     "eight/nine/DEEP FILE.BIN", &file) && file.size == 3000);
    CHECK(!open_path("one/../one/two three/../../sector.bin", &file));
    CHECK(!open_path("./../sector.bin", &file) && file.size == 512);
    CHECK(!open_path("GR\xC3\x9C\xC3\x9F" "E \xCF\x89 \xD0\x9C\xD0\x98"
                     "\xD0\xA0 \xE6\x97\xA5\xE6\x9C\xAC.TXT", &file));
    CHECK(!open_path("namewi~1.txt", &file) && file.size == 4097);
    CHECK(open_path("hello", &file) == FS_ENOTFOUND);
    CHECK(open_path("hello.ap", &file) == FS_ENOTFOUND);
    CHECK(open_path("hello.appx", &file) == FS_ENOTFOUND);
    CHECK(open_path("gap01.bin", &file) == FS_ENOTFOUND);
    CHECK(open_path("none/hello.app", &file) == FS_ENOTFOUND);
    CHECK(open_path("hello.app/x", &file) == FS_ENOTFOLDER);
    CHECK(open_path("hello.app/", &file) == FS_ENOTFOLDER);
    CHECK(open_path("one", &file) == FS_EISFOLDER);
    CHECK(open_path("/", &file) == FS_EISFOLDER);
    CHECK(open_path("LABEL", &file) == FS_ENOTFOUND);
    CHECK(!fat_find(volume, "", &entry) && !strcmp(entry.name, "/"));
    CHECK(!fat_find(volume, "one/..", &entry) && !strcmp(entry.name, "/"));
    memset(buffer, 'x', 3000);
    buffer[3000] = 0;
    CHECK(open_path((char *)buffer, &file) == FS_ENAME);
}

static void check_failing_device(struct memory_device *disk)
{
    struct fat_file file;
    size_t done;
    int error, failures = 0;

    for (unsigned n = 1; n < 60; n++) {
        disk->reads = 0;
        disk->fail_at = n;
        error = fat_mount(volume, &disk->device, 0, disk->sectors);
        if (!error)
            error = open_path(DEEP "/other.bin", &file);
        if (!error)
            error = fat_file_read(&file, buffer, BUFFER_SIZE, &done);
        CHECK(error == (disk->reads >= n ? FS_EIO : 0));
        failures += error != 0;
        disk->fail_at = 0;
        if (error && n > 1) /* the volume is usable again at once */
            CHECK(!open_path(DEEP "/other.bin", &file));
    }
    CHECK(failures > 8);
}

static const char *make_image(const struct volume_kind *kind)
{
    static char path[256];
    char command[512];

    snprintf(command, sizeof command,
             "sh test/host/make_images.sh %s %s %u %u %u %u", folder,
             kind->name, kind->kib, kind->bits, kind->sector_bytes,
             kind->sectors_per_cluster);
    run(command);
    snprintf(path, sizeof path, "%s/%s", folder, kind->name);
    return path;
}

/* ---- damaged volumes */

struct budget {
    unsigned entries;
};

/* Lists a folder and all below, reads all files; every single operation
 * must end within a number of reads that follows from FAT's own limits. */
static void walk(struct memory_device *disk, const struct fat_entry *start,
                 unsigned depth, struct budget *budget)
{
    unsigned clusters_max = 65536 * 32 / volume->cluster_bytes + 1;
    struct fat_folder list;
    struct fat_entry *entry = malloc(sizeof *entry);
    int found = fat_folder_open(volume, start, &list);

    while (!found && budget->entries && depth < 12) {
        unsigned before = disk->reads;
        struct fat_file file;
        size_t done;
        found = fat_folder_next(&list, entry);
        CHECK(disk->reads - before <= 65536 * 32 / 512 + 2 * clusters_max);
        if (found <= 0)
            break;
        found = 0;
        budget->entries--;
        CHECK(strlen(entry->name) < FAT_NAME_SIZE);
        if (entry->attributes & FAT_ATTRIBUTE_FOLDER) {
            if (strcmp(entry->name, ".") && strcmp(entry->name, ".."))
                walk(disk, entry, depth + 1, budget);
        } else if (!fat_file_open(volume, entry, &file)) {
            before = disk->reads;
            fat_file_read(&file, buffer, BUFFER_SIZE, &done);
            CHECK(done <= file.size && done <= BUFFER_SIZE);
            CHECK(disk->reads - before <=
                  8 * (BUFFER_SIZE / volume->cluster_bytes + 2));
        }
    }
    CHECK(found <= 0 && found >= FS_ERROR_LAST);
    free(entry);
}

/* Where a flipped byte hurts: boot sector, table, folders. */
static uint64_t random_place(uint64_t size)
{
    uint64_t data = (uint64_t)volume->data_start * volume->sector_bytes;
    uint64_t area;

    switch (random32() % 4) {
    case 0:
        area = 90;
        break;
    case 1:
        return (uint64_t)volume->table_start * volume->sector_bytes +
               random32() % 4096;
    case 2:
        return data - 16384 % data + random32() % 24000;
    default:
        area = data + 80000;
    }
    return random32() % (area < size ? area : size);
}

static void check_damaged(const struct volume_kind *kind, unsigned rounds)
{
    uint64_t size;
    uint8_t *bytes = memory_device_map(make_image(kind), &size);
    struct memory_device disk;
    unsigned mounted = 0;

    memory_device_init(&disk, bytes, size, kind->device_bytes);
    CHECK(!fat_mount(volume, &disk.device, 0, disk.sectors));
    random_state = 99 + kind->bits;
    for (unsigned round = 0; round < rounds; round++) {
        uint64_t places[24];
        uint8_t saved[24];
        unsigned flips = 1 + random32() % 24;
        struct fat_volume healthy_place = *volume;
        struct budget budget = { 200 };
        int error;

        for (unsigned i = 0; i < flips; i++) {
            uint32_t how = random32();
            places[i] = random_place(size) % size;
            saved[i] = bytes[places[i]];
            bytes[places[i]] = how & 1   ? (uint8_t)(how >> 8)
                               : how & 2 ? 0xFF
                                         : saved[i] ^ (1u << (how >> 8) % 8);
        }
        error = fat_mount(volume, &disk.device, 0, disk.sectors);
        CHECK(error <= 0 && error >= FS_ERROR_LAST);
        if (!error) {
            struct fat_entry root;
            mounted++;
            CHECK(!fat_find(volume, "/", &root));
            walk(&disk, &root, 0, &budget);
        }
        *volume = healthy_place;
        while (flips--)
            bytes[places[flips]] = saved[flips];
    }
    CHECK(mounted > rounds / 20 && mounted < rounds);
    CHECK(disk.bad_reads == 0); /* ranges were checked before the device */
    munmap(bytes, size);
}

static void check_kind(const struct volume_kind *kind)
{
    uint64_t size;
    uint8_t *bytes = memory_device_map(make_image(kind), &size);
    struct memory_device disk;
    int error;

    memory_device_init(&disk, bytes, size, kind->device_bytes);
    error = fat_mount(volume, &disk.device, 0, disk.sectors);
    CHECK(!error);
    if (error) {
        printf("%s: %s\n", kind->name, fs_error_text(error));
        return;
    }
    CHECK((unsigned)volume->type == kind->bits);
    for (unsigned i = 0; i < SAMPLES; i++)
        check_sample(i);
    check_listing();
    check_paths();
    check_fragmented(&disk);
    check_failing_device(&disk);
    CHECK(disk.bad_reads == 0);
    munmap(bytes, size);
}

/* ---- boot sectors made by hand */

static void put16(uint8_t *to, unsigned value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *to, uint32_t value)
{
    put16(to, value & 0xFFFF);
    put16(to + 2, value >> 16);
}

/* One sector a cluster, one table, that many clusters. */
static int mount_made(uint8_t *disk_bytes, struct memory_device *disk,
                      uint32_t clusters, int fat32_layout)
{
    uint32_t table = (clusters + 2) * 4 / 512 + 1;
    uint32_t root = fat32_layout ? 0 : 1;

    memset(disk_bytes, 0, 4096);
    disk_bytes[0] = 0xEB;
    put16(disk_bytes + 11, 512);
    disk_bytes[13] = 1;
    put16(disk_bytes + 14, 1);
    disk_bytes[16] = 1;
    put16(disk_bytes + 17, root * 16);
    put32(disk_bytes + 32, 1 + table + root + clusters);
    disk_bytes[21] = 0xF8;
    put16(disk_bytes + 22, fat32_layout ? 0 : table);
    put32(disk_bytes + 36, fat32_layout ? table : 0);
    put32(disk_bytes + 44, 2);
    memset(disk_bytes + 512, 0xFF, 8);
    put16(disk_bytes + 510, 0xAA55);
    return fat_mount(volume, &disk->device, 0, disk->sectors);
}

static void check_type_limits(void)
{
    static uint8_t disk_bytes[40960];
    struct memory_device disk;

    memory_device_init(&disk, disk_bytes, sizeof disk_bytes, 512);
    disk.sectors = 1000000; /* only the first ones are read */
    CHECK(!mount_made(disk_bytes, &disk, 4084, 0) && volume->type == FAT_12);
    CHECK(!mount_made(disk_bytes, &disk, 4085, 0) && volume->type == FAT_16);
    CHECK(!mount_made(disk_bytes, &disk, 65524, 0) && volume->type == FAT_16);
    CHECK(!mount_made(disk_bytes, &disk, 65525, 1) && volume->type == FAT_32);
    CHECK(mount_made(disk_bytes, &disk, 65525, 0) == FS_EBPB);
    CHECK(!mount_made(disk_bytes, &disk, 65524, 1) && volume->type == FAT_32);
    CHECK(!mount_made(disk_bytes, &disk, 4084, 1) && volume->type == FAT_32);
    disk.sectors = 4000;
    CHECK(mount_made(disk_bytes, &disk, 4084, 0) == FS_ESIZE);
    disk.sectors = 1000000;
    mount_made(disk_bytes, &disk, 65525, 1);
    put16(disk_bytes + 42, 1);
    CHECK(fat_mount(volume, &disk.device, 0, 1000000) == FS_EVERSION);
    put16(disk_bytes + 510, 0);
    CHECK(fat_mount(volume, &disk.device, 0, 1000000) == FS_ENOTFAT);
    memset(disk_bytes, 0, 512);
    CHECK(fat_mount(volume, &disk.device, 0, 1000000) == FS_ENOTFAT);
    CHECK(fat_mount(volume, &disk.device, 1000000, 1) == FS_ERANGE);
    mount_made(disk_bytes, &disk, 4084, 0);
    disk.sector_bytes = 4096;
    disk.sectors = 1;
    CHECK(fat_mount(volume, &disk.device, 0, 1) == FS_ESECTOR);
}

/* A long name whose checksum is not that of the entry behind it: dropped. */
static void check_orphan_name(void)
{
    static const char name[] = "name with spaces and.several.dots.txt";
    uint64_t size;
    uint8_t *bytes = memory_device_map(make_image(&kinds[0]), &size);
    struct memory_device disk;
    struct fat_file file;
    struct fat_entry entry;
    uint64_t at;

    memory_device_init(&disk, bytes, size, 512);
    CHECK(!fat_mount(volume, &disk.device, 0, disk.sectors));
    CHECK(!fat_find(volume, name, &entry));
    at = (uint64_t)entry.sector * 512 + entry.offset;
    bytes[at - 32 + 13] ^= 1; /* checksum of the piece before the entry */
    memory->folder.volume = 0;
    CHECK(open_path(name, &file) == FS_ENOTFOUND);
    CHECK(!fat_find(volume, "NAMEWI~1.TXT", &entry) && entry.size == 4097);
    CHECK(!strcmp(entry.name, "NAMEWI~1.TXT"));
    bytes[at - 32 + 13] ^= 1;
    bytes[at - 64] ^= 1; /* a piece out of order */
    memory->folder.volume = 0;
    CHECK(open_path(name, &file) == FS_ENOTFOUND);
    bytes[at - 64] ^= 1;
    bytes[at] = 'X'; /* all pieces agree, but with another short name */
    memory->folder.volume = 0;
    CHECK(open_path(name, &file) == FS_ENOTFOUND);
    CHECK(!fat_find(volume, "XAMEWI~1.TXT", &entry));
    bytes[at] = 'N';
    bytes[at + 12] = 0x18; /* all small, as Windows NT marks it */
    bytes[at - 32 + 13] ^= 1;
    memory->folder.volume = 0;
    CHECK(!fat_find(volume, "NAMEWI~1.TXT", &entry));
    CHECK(!strcmp(entry.name, "namewi~1.txt"));
    munmap(bytes, size);
}

/* Reads large.bin whole after its second cluster was given that table entry
 * and its directory entry that size. */
static int read_large(uint8_t *bytes, const struct fat_entry *entry,
                      unsigned link, uint32_t size)
{
    uint8_t *table = bytes + (uint64_t)volume->table_start * 512;
    struct fat_file file;
    size_t done;
    int error;

    put16(table + 2 * (entry->first_cluster + 1), link);
    put32(bytes + (uint64_t)entry->sector * 512 + entry->offset + 28, size);
    memory->table.volume = memory->folder.volume = 0;
    error = open_path("large.bin", &file);
    return error ? error : fat_file_read(&file, buffer, BUFFER_SIZE, &done);
}

/* FAT16, one sector a cluster, each kind of damage with its own error. */
static void check_damage_kinds(void)
{
    uint64_t size;
    uint8_t *bytes = memory_device_map(make_image(&kinds[3]), &size);
    struct memory_device disk;
    struct fat_entry entry;
    struct fat_folder list;
    uint32_t large = samples[SAMPLES - 1].size;
    unsigned good, cluster;
    int found;

    memory_device_init(&disk, bytes, size, 512);
    CHECK(!fat_mount(volume, &disk.device, 0, disk.sectors));
    CHECK(!fat_find(volume, "large.bin", &entry));
    good = entry.first_cluster + 2;
    CHECK(!read_large(bytes, &entry, good, large));
    CHECK(read_large(bytes, &entry, 0, large) == FS_ECHAIN);
    CHECK(read_large(bytes, &entry, 1, large) == FS_ECHAIN);
    CHECK(read_large(bytes, &entry, 0xFFF7, large) == FS_ECHAIN);
    CHECK(read_large(bytes, &entry, volume->clusters + 2, large) ==
          FS_ECHAIN);
    CHECK(read_large(bytes, &entry, 0xFFF8, large) == FS_ESHORT);
    CHECK(read_large(bytes, &entry, 0xFFFF, large) == FS_ESHORT);
    CHECK(read_large(bytes, &entry, good, 0xFFFFFFFF) == FS_ECHAIN);
    CHECK(read_large(bytes, &entry, good, volume->clusters * 512) ==
          FS_ESHORT);
    CHECK(!read_large(bytes, &entry, good, large));

    /* A folder whose cluster follows itself, without an end mark. */
    CHECK(!fat_find(volume, "one", &entry));
    cluster = entry.first_cluster;
    put16(bytes + (uint64_t)volume->table_start * 512 + 2 * cluster, cluster);
    for (unsigned i = 64; i < 512; i += 32)
        memset(bytes + (volume->data_start + (cluster - 2ull)) * 512 + i, 'A',
               11);
    memory->table.volume = memory->folder.volume = 0;
    CHECK(!fat_folder_open(volume, &entry, &list));
    while ((found = fat_folder_next(&list, &entry)) > 0)
        ;
    CHECK(found == FS_EFOLDER);

    /* A table shorter than the clusters need: the rest does not exist. */
    put16(bytes + 22, 1);
    CHECK(!fat_mount(volume, &disk.device, 0, disk.sectors));
    CHECK(volume->clusters == 254);
    munmap(bytes, size);
}

int main(void)
{
    char command[64];

    volume = calloc(1, sizeof *volume);
    memory = calloc(1, sizeof *memory);
    volume->memory = memory;
    buffer = malloc(BUFFER_SIZE + 1);
    expected = malloc(BUFFER_SIZE);
    if (!volume || !buffer || !expected || !mkdtemp(folder))
        return 1;
    write_samples();
    check_type_limits();
    check_orphan_name();
    check_damage_kinds();
    for (unsigned i = 0; i < KINDS; i++)
        check_kind(&kinds[i]);
    check_damaged(&kinds[0], 2000);
    check_damaged(&kinds[3], 2000);
    check_damaged(&kinds[7], 2000);
    snprintf(command, sizeof command, "rm -r %s", folder);
    run(command);
    free(volume);
    free(memory);
    free(buffer);
    free(expected);
    return check_report("test_fat");
}
