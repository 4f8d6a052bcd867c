/* fat_target.c - one run of the FAT code on a damaged volume.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "fat_target.h"
#include "fs/fat.h"
#include "memory_device.h"

#define GUARD 8u             /* sectors before and behind the volume */
#define REQUESTS_MAX 300000u /* of one run */
#define PLACES_MAX 40000u

static const struct kind {
    const char *options; /* of mkfs.fat */
    unsigned kib;
} kinds[] = {
    { "-F 12 -S 512 -s 1", 100 },  { "-F 12 -S 512 -s 2 -r 32 -f 1", 300 },
    { "-F 16 -S 512 -s 1", 2200 }, { "-F 32 -S 512 -s 1", 100 },
    { "-F 32 -S 512 -s 4", 500 },  { "-F 12 -S 4096 -s 1 -r 128", 200 },
};
#define KINDS (sizeof kinds / sizeof *kinds)

struct base {
    uint8_t *bytes, *pristine;
    uint64_t size;
    uint32_t *places;        /* bytes worth damaging */
    unsigned place_count;
};

static struct base bases[KINDS], *base;
static struct fat_volume *volume;
static struct fat_memory *memory; /* on the heap: overruns are noticed */
static struct memory_device disk;
static uint8_t contents[20000];
unsigned long fat_target_runs, fat_target_mounted;

static void restore(uint64_t sector, uint64_t count)
{
    memcpy(base->bytes + sector * 512, base->pristine + sector * 512,
           count * 512);
}

#define WRITTEN_MAX 65536u
static struct {
    uint64_t sector;
    size_t count;
} written[WRITTEN_MAX];
static unsigned written_count;

static void on_write(struct memory_device *device, uint64_t sector,
                     size_t count, const uint8_t *bytes)
{
    uint64_t end = volume->start +
                   (uint64_t)volume->sectors * volume->sector_ratio;

    (void)bytes;
    if (sector < volume->start || count > end - sector ||
        device->reads + device->writes > REQUESTS_MAX ||
        written_count == WRITTEN_MAX) {
        fprintf(stderr, "write %zu at %lu, %u requests\n", count, sector,
                device->reads + device->writes);
        abort();
    }
    written[written_count].sector = sector;
    written[written_count++].count = count;
}

static int write_file(const char *path, size_t size)
{
    struct fat_entry entry;
    struct fat_file file;
    size_t done;
    int error = fat_find(volume, path, &entry);

    if (error == FS_ENOTFOUND)
        error = fat_create(volume, path, 0, &entry);
    if (!error)
        error = fat_file_open(volume, &entry, &file);
    if (error)
        return error;
    fat_file_seek(&file, file.size / 2);
    error = fat_file_write(&file, contents, size, &done);
    if (!error && random32() % 2)
        error = fat_file_truncate(&file, random32() % 30000);
    fat_file_flush(&file);
    return error;
}

/* Healthy contents: folders, fragments, long names. */
static void fill(void)
{
    struct fat_entry entry;

    fat_create(volume, "folder", FAT_ATTRIBUTE_FOLDER, &entry);
    fat_create(volume, "folder/a second one", FAT_ATTRIBUTE_FOLDER, &entry);
    for (unsigned i = 0; i < 6; i++) {
        char path[64];
        snprintf(path, sizeof path, "folder/file number %u", i);
        write_file(path, 700 * i);
        snprintf(path, sizeof path, "f%u", i);
        write_file(path, 900 * i);
        snprintf(path, sizeof path, "folder/file number %u", i / 2);
        write_file(path, 2000);
    }
    fat_rename(volume, "f1", "folder/a second one/moved");
    fat_remove(volume, "f2");
    fat_sync(volume);
}

static void find_places(struct base *made)
{
    made->places = malloc(PLACES_MAX * sizeof *made->places);
    for (uint64_t i = GUARD * 512; i < made->size - GUARD * 512; i++) {
        uint64_t line = i & ~31ull;
        int used = 0;
        for (unsigned n = 0; n < 32; n++)
            used |= made->bytes[line + n];
        if (used && made->place_count < PLACES_MAX)
            made->places[made->place_count++] = (uint32_t)i;
    }
}

static void make_base(struct base *made, const struct kind *kind)
{
    char file[] = "/tmp/fat_target.XXXXXX", command[512];
    uint64_t size;
    uint8_t *image;

    close(mkstemp(file));
    snprintf(command, sizeof command,
             "rm %s; PATH=$PATH:/usr/sbin:/sbin mkfs.fat -i 12345678 -C %s "
             "%s %u >/dev/null 2>&1", file, kind->options, file, kind->kib);
    run(command);
    image = memory_device_map(file, &size);
    unlink(file);
    made->size = size + 2 * GUARD * 512;
    made->bytes = calloc(1, made->size);
    memcpy(made->bytes + GUARD * 512, image, size);
    munmap(image, size);
}

static void use(struct base *used)
{
    base = used;
    memory_device_init(&disk, base->bytes, base->size, 512);
    memory_device_allow_writes(&disk);
    disk.on_write = on_write;
}

void fat_target_init(void)
{
    volume = calloc(1, sizeof *volume);
    memory = calloc(1, sizeof *memory);
    volume->memory = memory;
    for (unsigned i = 0; i < KINDS; i++) {
        make_base(&bases[i], &kinds[i]);
        use(&bases[i]);
        random_state = 7 + i;
        written_count = 0;
        if (fat_mount(volume, &disk.device, GUARD, disk.sectors - 2 * GUARD))
            abort();
        fill();
        find_places(base);
        base->pristine = malloc(base->size);
        memcpy(base->pristine, base->bytes, base->size);
    }
}

static unsigned budget;

static void walk(const struct fat_entry *start, unsigned depth)
{
    struct fat_entry *entry = malloc(sizeof *entry);
    struct fat_folder list;
    int found = fat_folder_open(volume, start, &list);

    while (!found && budget && depth < 10) {
        struct fat_file file;
        size_t done;

        found = fat_folder_next(&list, entry);
        if (found <= 0)
            break;
        found = 0;
        budget--;
        if (entry->attributes & FAT_ATTRIBUTE_FOLDER)
            walk(entry, depth + 1);
        else if (!fat_file_open(volume, entry, &file))
            fat_file_read(&file, contents, sizeof contents, &done);
    }
    free(entry);
}

static void change(void)
{
    static const char *const paths[] = {
        "f0", "f1", "f3", "f5", "folder", "folder/a second one",
        "folder/file number 3", "folder/file number 5", "new",
        "folder/a new long name", "folder/a second one/moved", "folder/..",
    };
    const char *path = paths[random32() % 12], *other = paths[random32() % 12];
    struct fat_entry entry;

    switch (random32() % 6) {
    case 0:
        fat_create(volume, path,
                   random32() % 2 ? FAT_ATTRIBUTE_FOLDER : 0, &entry);
        break;
    case 1:
        fat_remove(volume, path);
        break;
    case 2:
        fat_rename(volume, path, other);
        break;
    default:
        write_file(path, random32() % sizeof contents);
    }
}

void fat_target_run(const uint8_t *data, size_t size)
{
    uint64_t left, total;
    struct fat_entry root;

    if (!size)
        return;
    use(&bases[(data[0] & 0x7F) % KINDS]);
    random_state = 2463534242u;
    written_count = 0;
    for (size_t i = 1; i + 2 < size; i += 3) {
        uint32_t place = base->places[(data[i] | data[i + 1] << 8) %
                                      base->place_count];
        base->bytes[place] = data[i + 2];
        random_state ^= (uint32_t)data[i + 2] << i % 24;
    }
    random_state |= 1;
    if (data[0] & 0x80) { /* to be repaired: the marks are there */
        base->bytes[GUARD * 512 + 37] |= 1;
        base->bytes[GUARD * 512 + 65] |= 1;
    }
    fat_target_runs++;
    if (!fat_mount(volume, &disk.device, GUARD, disk.sectors - 2 * GUARD)) {
        fat_target_mounted++;
        budget = 200;
        if (!fat_find(volume, "", &root))
            walk(&root, 0);
        for (unsigned i = 0; i < 12; i++)
            change();
        fat_space(volume, &left, &total);
        fat_sync(volume);
        budget = 200;
        walk(&root, 0);
    }
    if (disk.bad_reads || disk.bad_writes ||
        disk.reads + disk.writes > REQUESTS_MAX)
        abort();
    for (size_t i = 1; i + 2 < size; i += 3) {
        uint32_t place = base->places[(data[i] | data[i + 1] << 8) %
                                      base->place_count];
        restore(place / 512, 1);
    }
    restore(GUARD, 1);
    while (written_count--)
        restore(written[written_count].sector, written[written_count].count);
}
