/* test_fat_write.c - what changing a FAT volume does, case by case.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/fs/fat_*.c os/fs/code_page.c os/fs/error.c
#include "check.h"
#include "fs/fat.h"
#include "fs/little_endian.h"
#include "memory_device.h"

static char folder[] = "/tmp/test_fat_write.XXXXXX";
static struct fat_volume *volume; /* on the heap: overruns are noticed */
static struct fat_memory *memory;
static struct memory_device disk;
static char image[256];
static uint64_t image_size;

static void open_image(const char *options, unsigned kib)
{
    char command[1024];
    uint8_t *bytes;

    snprintf(image, sizeof image, "%s/image", folder);
    snprintf(command, sizeof command,
             "rm -f %s; mkfs.fat -C %s %s %u >/dev/null 2>&1", image, options,
             image, kib);
    run(command);
    bytes = memory_device_map_file(image, MAP_SHARED, &image_size);
    memory_device_init(&disk, bytes, image_size, 512);
    memory_device_allow_writes(&disk);
    memset(volume, 0, sizeof *volume);
    volume->memory = memory;
    CHECK(!fat_mount(volume, &disk.device, 0, disk.sectors));
    CHECK(!volume->refuse_changes && !volume->repaired);
}

static int fsck(void)
{
    char command[1024];

    snprintf(command, sizeof command,
             "fsck.fat -n %s >%s/fsck.txt 2>&1 || { cat %s/fsck.txt; exit 1; }",
             image, folder, folder);
    return system(command);
}

static int mount_again(void)
{
    void (*now)(uint16_t *date, uint16_t *time) = volume->now;
    int error;

    memset(volume, 0, sizeof *volume);
    volume->memory = memory;
    volume->now = now;
    error = fat_mount(volume, &disk.device, 0, disk.sectors);
    return error ? error : volume->refuse_changes;
}

static void close_image(int check)
{
    if (check) {
        CHECK(!fat_sync(volume));
        CHECK(!fsck());
        CHECK(!mount_again() && !volume->repaired);
    }
    CHECK(!disk.bad_reads && !disk.bad_writes);
    munmap(disk.bytes, image_size);
}

static int create(const char *path, uint8_t attributes)
{
    struct fat_entry entry;

    return fat_create(volume, path, attributes, &entry);
}

/* A file of that many bytes, all `value`, flushed. */
static int put_file(const char *path, uint32_t size, uint8_t value)
{
    uint8_t *bytes = malloc(size + 1);
    struct fat_entry entry;
    struct fat_file file;
    size_t done;
    int error = fat_create(volume, path, 0, &entry);

    memset(bytes, value, size + 1);
    if (!error)
        error = fat_file_open(volume, &entry, &file);
    if (!error)
        error = fat_file_write(&file, bytes, size, &done);
    if (!error && done != size)
        error = 1;
    if (!error)
        error = fat_file_flush(&file);
    free(bytes);
    return error;
}

/* 0 if the file has that many bytes, all `value`. */
static int check_file(const char *path, uint32_t size, uint8_t value)
{
    uint8_t *bytes = malloc(size + 1);
    struct fat_entry entry;
    struct fat_file file;
    size_t done = 0;
    int error = fat_find(volume, path, &entry);

    if (!error && entry.size != size)
        error = 1;
    if (!error)
        error = fat_file_open(volume, &entry, &file);
    if (!error)
        error = fat_file_read(&file, bytes, size, &done);
    for (uint32_t i = 0; i < size && !error; i++)
        error = bytes[i] != value;
    free(bytes);
    return error ? error : done != size;
}

static uint8_t *raw_entry(const struct fat_entry *entry)
{
    return disk.bytes + (uint64_t)entry->sector * volume->sector_bytes +
           entry->offset;
}

/* ---- names */

static void check_alias(const char *name, const char *short_name,
                        unsigned pieces)
{
    struct fat_entry entry;
    int error = fat_create(volume, name, 0, &entry);

    CHECK(!error && !strcmp(entry.name, name));
    if (error || strcmp(entry.short_name, short_name) ||
        entry.pieces != pieces) {
        printf("'%s': %d '%s' %u\n", name, error, entry.short_name,
               entry.pieces);
        CHECK(0);
    }
    CHECK(!fat_find(volume, short_name, &entry) && !strcmp(entry.name, name));
}

static void check_names(void)
{
    static const char *const bad[] = {
        "a*b", "a?b", "a:b", "a<b", "a>b", "a|b", "a\"b", "a\x01", "a\x7F",
        "dot.", "space ", "...", "\xC3", "\xC3\xC3", "\xC0\x80", "\xED\xA0\x80",
        "\xF4\x90\x80\x80", "\xE0\x80\xAF", "\xFF", "\xC2\x85", "a\xEF\xBF\xBF",
    };
    char longest[300];
    struct fat_entry entry;

    open_image("-F 16 -S 512 -s 1", 4000);
    check_alias("NAME.TXT", "NAME.TXT", 0);
    check_alias("lower.txt", "lower.txt", 0);
    check_alias("UPPER.txt", "UPPER.txt", 0);
    check_alias("Mixed.txt", "MIXED.TXT", 1);
    check_alias("Long name.text", "LONGNA~1.TEX", 2);
    check_alias("Long name 2.text", "LONGNA~2.TEX", 2);
    check_alias("longnames", "LONGNA~1", 1);
    check_alias(".hidden", "HIDDEN~1", 1);
    check_alias("two.dots.c", "TWODOT~1.C", 1);
    check_alias("a+b", "A_B~1", 1);
    check_alias("\xC3\x84rger", "_RGER~1", 1);
    check_alias("\xF0\x9F\x98\x80", "__~1", 1);
    check_alias("thirteen code", "THIRTE~1", 1);
    check_alias("fourteen codes", "FOURTE~1", 2);
    check_alias("~1", "~1", 0);
    check_alias("A1234567~9.x y", "A12345~1.XY", 2);
    CHECK(create("NAME.txt", 0) == FS_EEXISTS);
    CHECK(create("longna~1.TEX", 0) == FS_EEXISTS);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(create(bad[i], 0) == FS_ENAME);
    for (unsigned i = 0; i < 4; i++)
        CHECK(create((const char *[]){ "", "/", ".", ".." }[i], 0) == FS_ENAME);
    CHECK(create("none/x", 0) == FS_ENOTFOUND);
    CHECK(create("NAME.TXT/x", 0) == FS_ENOTFOLDER);
    memset(longest, 'n', sizeof longest);
    longest[256] = 0;
    CHECK(create(longest, 0) == FS_ENAME);
    longest[255] = 0;
    CHECK(!fat_create(volume, longest, 0, &entry) && entry.pieces == 20);
    CHECK(!strcmp(entry.name, longest));
    /* Case is all that changes, and what is stored for it. */
    CHECK(!fat_rename(volume, "lower.txt", "Lower.TXT"));
    CHECK(!fat_find(volume, "lower.txt", &entry) &&
          !strcmp(entry.name, "Lower.TXT"));
    CHECK(!fat_rename(volume, "upper.txt", "upper.TXT"));
    CHECK(!fat_find(volume, "UPPER.TXT", &entry) &&
          !strcmp(entry.name, "upper.TXT") && !entry.pieces);
    close_image(1);
}

/* More names alike than one look at the folder can number. */
static void check_many_aliases(void)
{
    struct fat_entry entry;
    char name[64];

    open_image("-F 32 -S 512 -s 8", 40000);
    CHECK(!create("many", FAT_ATTRIBUTE_FOLDER));
    for (unsigned i = 1; i <= 2300; i++) {
        snprintf(name, sizeof name, "many/alike but for %u", i);
        if (create(name, 0))
            break;
    }
    CHECK(!fat_find(volume, "many/alike but for 2300", &entry));
    CHECK(!strcmp(entry.short_name, "ALI~2300"));
    CHECK(!fat_remove(volume, "many/alike but for 7"));
    CHECK(!fat_create(volume, "many/alike again", 0, &entry));
    CHECK(!strcmp(entry.short_name, "ALIKEB~7") ||
          !strcmp(entry.short_name, "ALIKEA~1"));
    CHECK(fat_remove(volume, "many") == FS_ENOTEMPTY);
    close_image(1);
}

/* ---- times, attributes, errors */

static uint16_t clock_date = 0x5821, clock_time = 0x1234;

static void now(uint16_t *date, uint16_t *time)
{
    *date = clock_date;
    *time = clock_time;
}

static void check_times(void)
{
    struct fat_entry entry;
    struct fat_file file;
    size_t done;

    open_image("-F 12 -S 512 -s 1", 400);
    CHECK(!fat_create(volume, "early", 0, &entry));
    CHECK(entry.date == 0x0021 && !entry.time);
    volume->now = now;
    CHECK(!fat_create(volume, "file", 0, &entry));
    CHECK(entry.date == 0x5821 && entry.time == 0x1234);
    CHECK(entry.attributes == FAT_ATTRIBUTE_ARCHIVE);
    raw_entry(&entry)[11] = 0; /* as a backup leaves it */
    memory->folder.volume = 0;
    clock_date++;
    clock_time = 0x4321;
    CHECK(!fat_find(volume, "file", &entry) && !entry.attributes);
    CHECK(!fat_file_open(volume, &entry, &file));
    CHECK(!fat_file_write(&file, "x", 1, &done) && done == 1);
    CHECK(fat_remove(volume, "file") == FS_EBUSY);
    CHECK(fat_rename(volume, "file", "other") == FS_EBUSY);
    CHECK(!fat_file_flush(&file) && !fat_find(volume, "file", &entry));
    CHECK(entry.date == 0x5822 && entry.time == 0x4321);
    CHECK(entry.created_date == 0x5821 && entry.created_time == 0x1234);
    CHECK(entry.accessed_date == 0x5822);
    CHECK(entry.attributes == FAT_ATTRIBUTE_ARCHIVE && entry.size == 1);
    CHECK(!fat_create(volume, "kept", FAT_ATTRIBUTE_READ_ONLY, &entry));
    CHECK(!fat_file_open(volume, &entry, &file));
    CHECK(fat_file_write(&file, "x", 1, &done) == FS_EREADONLY && !done);
    CHECK(fat_file_truncate(&file, 5) == FS_EREADONLY);
    CHECK(fat_remove(volume, "kept") == FS_EREADONLY);
    /* Its place is another's now: nothing of that is changed. */
    CHECK(!fat_find(volume, "early", &entry));
    CHECK(!fat_file_open(volume, &entry, &file));
    CHECK(!fat_rename(volume, "early", "moved"));
    CHECK(!fat_file_write(&file, "x", 1, &done) &&
          fat_file_flush(&file) == FS_ENOTFOUND);
    CHECK(!fat_sync(volume) && volume->in_use && !mount_again() &&
          volume->repaired);
    close_image(1);
}

static void check_folders(void)
{
    struct fat_entry entry;

    open_image("-F 12 -S 512 -s 1 -r 16", 400);
    CHECK(!create("one", FAT_ATTRIBUTE_FOLDER));
    CHECK(!create("one/two/", FAT_ATTRIBUTE_FOLDER));
    CHECK(!create("one/two/three", FAT_ATTRIBUTE_FOLDER));
    CHECK(create("ONE", FAT_ATTRIBUTE_FOLDER) == FS_EEXISTS);
    CHECK(fat_rename(volume, "one", "one/two/three/x") == FS_EINSIDE);
    CHECK(fat_rename(volume, "one", "one/x") == FS_EINSIDE);
    CHECK(fat_rename(volume, "one/two", "one/two/x") == FS_EINSIDE);
    CHECK(fat_remove(volume, "one/two") == FS_ENOTEMPTY);
    CHECK(fat_remove(volume, "/") == FS_ENAME);
    CHECK(fat_remove(volume, "one/.") == FS_ENAME);
    CHECK(fat_rename(volume, "one/..", "x") == FS_ENAME);
    CHECK(fat_rename(volume, "nothing", "x") == FS_ENOTFOUND);
    CHECK(!fat_rename(volume, "one/two/three", "Top Level"));
    CHECK(!fat_find(volume, "Top Level/..", &entry) && !entry.first_cluster);
    CHECK(!fat_rename(volume, "top level", "one/two/below"));
    CHECK(!fat_find(volume, "one/two/below/../../two", &entry));
    CHECK(!put_file("one/file", 2000, 'f'));
    CHECK(fat_rename(volume, "one/file", "one/two") == FS_EEXISTS);
    CHECK(!fat_rename(volume, "one/file", "one/two/below/file.x"));
    CHECK(!check_file("one/two/below/file.x", 2000, 'f'));
    /* The root folder of FAT12 cannot grow. */
    for (int i = 0; i < 16; i++) {
        char name[16];
        sprintf(name, "F%d", i);
        if (i < 15)
            CHECK(!create(name, 0));
        else
            CHECK(create(name, 0) == FS_EFOLDERFULL);
    }
    CHECK(create("long name", 0) == FS_EFOLDERFULL);
    CHECK(!fat_remove(volume, "F5") &&
          create("long name", 0) == FS_EFOLDERFULL);
    CHECK(!fat_remove(volume, "F6") && !create("long name", 0));
    close_image(1);
}

static void check_full(void)
{
    static uint8_t bytes[300000];
    uint64_t left, total;
    struct fat_entry entry;
    struct fat_file file;
    size_t done;

    open_image("-F 12 -S 512 -s 1", 200);
    CHECK(!fat_space(volume, &left, &total) && left == total);
    CHECK(!fat_create(volume, "file", 0, &entry));
    CHECK(!fat_file_open(volume, &entry, &file));
    CHECK(fat_file_write(&file, bytes, sizeof bytes, &done) == FS_EFULL);
    CHECK(done == total);
    CHECK(!fat_space(volume, &left, &total) && !left);
    CHECK(create("folder", FAT_ATTRIBUTE_FOLDER) == FS_EFULL);
    CHECK(!create("empty", 0)); /* needs no cluster */
    CHECK(!fat_file_truncate(&file, 1000));
    CHECK(!fat_space(volume, &left, &total) && left == total - 1024);
    CHECK(fat_file_truncate(&file, 400000) == FS_EFULL && file.size == 1000);
    CHECK(!fat_space(volume, &left, &total) && left == total - 1024);
    CHECK(!fat_file_flush(&file));
    close_image(1);
}

/* ---- the mark of a volume in use, read-only and dying devices */

static void check_marks(void)
{
    static const struct {
        const char *options;
        unsigned kib, state, clean_bit_at;
    } kinds[] = {
        { "-F 12 -S 512 -s 1", 400, 37, 0 },
        { "-F 16 -S 512 -s 1", 4000, 37, 3 },
        { "-F 32 -S 512 -s 1", 4000, 65, 7 },
    };

    for (unsigned i = 0; i < 3; i++) {
        uint8_t *table, *state;
        open_image(kinds[i].options, kinds[i].kib);
        state = disk.bytes + kinds[i].state;
        table = disk.bytes + volume->table_start * 512;
        CHECK(!*state && !fat_sync(volume) && !disk.writes);
        CHECK(!create("x", 0) && *state == 1);
        CHECK(!fat_sync(volume) && !*state);
        CHECK(!put_file("y", 3000, 'y') && *state == 1);
        CHECK(!mount_again() && volume->repaired && !*state);
        CHECK(!check_file("y", 3000, 'y'));
        CHECK(!mount_again() && !volume->repaired);
        if (kinds[i].clean_bit_at) {
            table[kinds[i].clean_bit_at] &= kinds[i].clean_bit_at == 3 ? 0x7F
                                                                       : 0xF7;
            CHECK(!mount_again() && volume->repaired);
            CHECK(table[kinds[i].clean_bit_at] & 8);
        }
        *state |= 1;
        disk.device.write = 0; /* found, but left as it is */
        CHECK(mount_again() == FS_EREADONLY && *state == 1);
        CHECK(!check_file("y", 3000, 'y'));
        CHECK(create("z", 0) == FS_EREADONLY);
        CHECK(!fat_sync(volume));
        memory_device_allow_writes(&disk);
        CHECK(!mount_again());
        close_image(1);
    }
}

/* The n-th write and all after it fail: an error each time, and what was
 * flushed is there. */
static void check_dying(void)
{
    unsigned errors = 0;

    for (unsigned n = 1; n < 40; n++) {
        int error;
        open_image("-F 16 -S 512 -s 1", 4000);
        CHECK(!put_file("old", 70000, 'o') && !fat_sync(volume));
        disk.writes = 0;
        disk.fail_write_at = n;
        error = put_file("a new file", 50000, 'n');
        if (!error)
            error = create("a folder", FAT_ATTRIBUTE_FOLDER);
        if (!error)
            error = fat_rename(volume, "old", "a folder/new name of old");
        if (!error)
            error = fat_remove(volume, "a new file");
        if (!error)
            error = fat_sync(volume);
        CHECK(error == (disk.writes >= n ? FS_EIO : 0));
        errors += error != 0;
        if (error) /* reading goes on */
            CHECK(!check_file("old", 70000, 'o') ||
                  !check_file("a folder/new name of old", 70000, 'o'));
        disk.fail_write_at = 0;
        CHECK(!mount_again());
        CHECK(!check_file("old", 70000, 'o') ||
              !check_file("a folder/new name of old", 70000, 'o'));
        close_image(1);
    }
    CHECK(errors > 12 && errors < 39);
}

/* ---- damage that is not repaired, and half-written links that are */

static void set16(uint32_t cluster, unsigned value)
{
    for (unsigned copy = 0; copy < 2; copy++)
        store16(disk.bytes +
                    (volume->table_start + copy * volume->table_sectors) *
                        512 + cluster * 2, (uint16_t)value);
}

/* The last cluster's neighbour is none. */
static void check_last_cluster(void)
{
    uint32_t last = volume->clusters + 1;
    struct fat_entry entry;
    struct fat_file file;
    uint8_t bytes[1536];
    size_t done;

    volume->next_free = last - 1;
    CHECK(!put_file("last", 1024, 'l') && !fat_find(volume, "last", &entry));
    set16(last, last + 1);
    memory->table.volume = 0; /* flushed: nothing is lost */
    entry.size = sizeof bytes;
    CHECK(!fat_file_open(volume, &entry, &file));
    CHECK(fat_file_read(&file, bytes, sizeof bytes, &done) == FS_ECHAIN);
    set16(last, 0xFFFF);
    memory->table.volume = 0;
    CHECK(!fat_remove(volume, "last"));
}

/* Chains as no power cut leaves them: the volume can be read, and is not
 * changed. */
static void check_damage(void)
{
    struct fat_entry a, b, f;
    uint8_t *saved = malloc(4000 * 1024);

    for (unsigned i = 0; i < 6; i++) {
        static const int expected[] = {
            FS_ECROSS, FS_ECHAIN, FS_ECHAIN, FS_ECROSS, FS_ECROSS, FS_EFOLDER,
        };
        open_image("-F 16 -S 512 -s 1", 4000);
        check_last_cluster();
        CHECK(!create("d", FAT_ATTRIBUTE_FOLDER));
        CHECK(!put_file("a", 5000, 'a') && !put_file("b", 5000, 'b'));
        CHECK(!put_file("d/f", 500, 'f') && !fat_find(volume, "d", &f));
        CHECK(!fat_find(volume, "a", &a) && !fat_find(volume, "b", &b));
        if (i == 0)
            set16(b.first_cluster + 3, a.first_cluster + 5);
        if (i == 1)
            set16(b.first_cluster + 3, 0xFFF0);
        if (i == 2)
            set16(b.first_cluster + 3, 1);
        if (i == 3)
            set16(b.first_cluster + 3, b.first_cluster);
        if (i == 4) {
            store16(raw_entry(&b) + 26, (uint16_t)a.first_cluster);
            store32(raw_entry(&b) + 28, 4000);
        }
        if (i == 5)
            disk.bytes[(volume->data_start + f.first_cluster - 2) * 512] = 'x';
        memcpy(saved, disk.bytes, image_size);
        CHECK(mount_again() == expected[i]);
        CHECK(!check_file("a", 5000, 'a'));
        CHECK(create("new", 0) == expected[i]);
        CHECK(fat_remove(volume, "a") == expected[i]);
        CHECK(fat_rename(volume, "a", "c") == expected[i]);
        CHECK(put_file("new", 100, 'n') == expected[i]);
        CHECK(fat_sync(volume) == expected[i]);
        CHECK(!memcmp(saved, disk.bytes, image_size));
        close_image(0);
    }
    free(saved);
}

/* On a volume marked as clean, a chain is looked at when it is used. */
static void check_damage_late(void)
{
    struct fat_entry b;
    struct fat_file file;
    size_t done;

    open_image("-F 16 -S 512 -s 1", 4000);
    CHECK(!put_file("b", 5000, 'b') && !fat_sync(volume));
    CHECK(!fat_find(volume, "b", &b));
    set16(b.first_cluster + 9, b.first_cluster);
    CHECK(!mount_again());
    CHECK(fat_remove(volume, "b") == FS_ECHAIN);
    CHECK(!fat_file_open(volume, &b, &file) && !fat_file_seek(&file, 5000));
    CHECK(!fat_file_write(&file, "x", 1, &done)); /* in the last cluster */
    CHECK(!fat_file_flush(&file));
    CHECK(!fat_find(volume, "b", &b) && !fat_file_open(volume, &b, &file));
    CHECK(!fat_file_seek(&file, 5001) &&
          fat_file_write(&file, disk.bytes, 3000, &done) == FS_ECHAIN);
    CHECK(fat_file_truncate(&file, 100) == FS_ECHAIN);
    set16(b.first_cluster + 9, 0xFFFF);
    set16(b.first_cluster + 5, 0);
    CHECK(!mount_again() && volume->repaired); /* free: that can be cut */
    CHECK(!check_file("b", 5 * 512, 'b'));
    close_image(1);
}

/* FAT12: entry 341 lies across two sectors, and one of them is old. */
static void check_half_links(void)
{
    for (unsigned target = 0; target < 3; target++) {
        /* Low bits of the new value, high ones of the end mark: 0xFxx, here
         * in another file, in this one, or in none. */
        unsigned links[] = { 0xF10, 0xF80, 0xFC0 };
        struct fat_entry entry;
        uint8_t *table;

        open_image("-F 12 -S 512 -s 1", 2048);
        volume->next_free = 341;
        table = disk.bytes + volume->table_start * 512;
        CHECK(!put_file("written", 512, 'w'));
        CHECK(!fat_find(volume, "written", &entry) &&
              entry.first_cluster == 341);
        volume->next_free = 0xF00;
        CHECK(!put_file("innocent", 512 * 0x40, 'i'));
        volume->next_free = 0xF80;
        CHECK(!put_file("x", 512 * 0x10, 'x'));
        CHECK(!fat_remove(volume, "x"));
        if (target == 1)
            CHECK(!put_file("of it", 512, 'w'));
        CHECK(!put_file("last", 100, 'l'));
        volume->next_free = 2;
        table[511] = (uint8_t)((table[511] & 0x0F) | (links[target] & 0xF) << 4);
        table[512] = (uint8_t)(links[target] >> 4);
        store32(raw_entry(&entry) + 28, target == 2 ? 512 : 1024);
        CHECK(!mount_again() && volume->repaired);
        CHECK(!check_file("written", 512, 'w'));
        CHECK(!check_file("innocent", 512 * 0x40, 'i'));
        CHECK(!check_file("last", 100, 'l'));
        close_image(1);
    }
}

/* A volume larger than the map that repairing has: files everywhere, one of
 * them under two names, and clusters that nothing uses. */
static void check_passes(void)
{
    static uint8_t map[20000];

    for (unsigned i = 0; i < 2; i++) {
        struct fat_entry one, two;
        struct fat_file file;
        uint64_t before, after, total;
        size_t done;

        open_image("-F 32 -S 512 -s 1", 50000);
        CHECK(!create("d", FAT_ATTRIBUTE_FOLDER));
        for (unsigned n = 0; n < 9; n++) {
            char name[32];
            volume->next_free = 2 + n * 10900;
            snprintf(name, sizeof name, "d/a file %u", n);
            CHECK(!put_file(name, 700000, (uint8_t)n));
        }
        CHECK(!fat_sync(volume) && !fat_space(volume, &before, &total));
        volume->next_free = 70000;
        CHECK(!fat_create(volume, "two", 0, &two));
        CHECK(!fat_create(volume, "lost", 0, &one));
        CHECK(!fat_file_open(volume, &one, &file));
        CHECK(!fat_file_write(&file, disk.bytes, 100000, &done));
        CHECK(!fat_find(volume, "d/a file 8", &one));
        /* Flushes the table, not the file: its clusters are lost. */
        volume->changed_files = 0;
        volume->unclean = 1;
        CHECK(!fat_sync(volume));
        memcpy(raw_entry(&two) + 11, raw_entry(&one) + 11, 21);
        memset(volume, 0, sizeof *volume);
        volume->memory = memory;
        if (i) {
            volume->repair_memory = map;
            volume->repair_memory_size = sizeof map;
        }
        CHECK(!fat_mount(volume, &disk.device, 0, disk.sectors));
        CHECK(volume->repaired && !volume->refuse_changes);
        CHECK(!fat_space(volume, &after, &total) && before == after);
        CHECK(fat_find(volume, "two", &two) != fat_find(volume, "d/a file 8",
                                                        &two));
        CHECK(!check_file("d/a file 0", 700000, 0));
        CHECK(!check_file("d/a file 7", 700000, 7));
        close_image(1);
    }
}

/* As some cameras leave it: old bytes behind a folder's end, clusters beyond
 * a file's size, no "clean" bits that anyone could rely on. */
static void check_odd_layout(void)
{
    struct fat_entry entry;
    struct fat_folder list;
    struct fat_file file;
    unsigned count = 0;
    uint8_t *root;
    size_t done;

    open_image("-F 16 -S 512 -s 1 -R 5 -r 64", 4000);
    CHECK(!put_file("DSC00001.JPG", 3000, 'j') && !fat_sync(volume));
    CHECK(!fat_find(volume, "dsc00001.jpg", &entry));
    root = raw_entry(&entry);
    store32(root + 28, 1000);
    CHECK(!root[32]);
    memset(root + 33, 0xAA, 31 + 512);
    CHECK(!mount_again() && !check_file("DSC00001.JPG", 1000, 'j'));
    CHECK(fat_find(volume, "\xAA", &entry) == FS_ENOTFOUND);
    CHECK(!create("a long name takes more places", 0));
    CHECK(!create("DSC00002.JPG", 0));
    CHECK(!fat_find(volume, "DSC00001.JPG", &entry));
    CHECK(!fat_file_open(volume, &entry, &file) && !fat_file_seek(&file, 1000));
    memset(disk.bytes + image_size - 2100, 'j', 2100);
    CHECK(!fat_file_write(&file, disk.bytes + image_size - 2100, 2100, &done));
    CHECK(!fat_file_flush(&file) && !check_file("DSC00001.JPG", 3100, 'j'));
    CHECK(!fat_sync(volume) && !mount_again());
    CHECK(!check_file("DSC00001.JPG", 3100, 'j') &&
          !fat_find(volume, "/", &entry) &&
          !fat_folder_open(volume, &entry, &list));
    while (fat_folder_next(&list, &entry) > 0)
        count++;
    CHECK(count == 3);
    close_image(0); /* fsck.fat does not stop at a folder's end */
}

/* ---- large numbers */

/* The contents of a file stay holes in the image. */
static int drop_data(struct fs_device *device, uint64_t sector, size_t count,
                     const void *buffer)
{
    return count > 0x10000
               ? 0
               : memory_device_write(device, sector, count, buffer);
}

static void check_four_gib(void)
{
    struct fat_entry entry;
    struct fat_file file;
    size_t done;

    open_image("-F 32 -S 512 -s 64", 5 * 1024 * 1024);
    CHECK(!fat_create(volume, "large", 0, &entry));
    CHECK(!fat_file_open(volume, &entry, &file));
    disk.device.write = drop_data;
    for (unsigned i = 0; i < 4; i++) {
        uint32_t size = i == 3 ? 0x40000000 - 1 : 0x40000000;
        CHECK(!fat_file_write(&file, disk.bytes, size, &done) &&
              done == size);
    }
    CHECK(file.size == FAT_FILE_SIZE_MAX);
    CHECK(fat_file_write(&file, "xy", 2, &done) == FS_ETOOLARGE && !done);
    CHECK(!fat_file_flush(&file) && !fat_find(volume, "large", &entry) &&
          entry.size == FAT_FILE_SIZE_MAX);
    CHECK(!fat_file_truncate(&file, 0x80000000u) && !fat_file_flush(&file));
    close_image(1);
}

int main(void)
{
    char command[64];

    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    volume = calloc(1, sizeof *volume);
    memory = calloc(1, sizeof *memory);
    if (!volume || !memory || !mkdtemp(folder))
        return 1;
    check_names();
    check_many_aliases();
    check_times();
    check_folders();
    check_full();
    check_marks();
    check_dying();
    check_damage();
    check_damage_late();
    check_half_links();
    check_passes();
    check_odd_layout();
    check_four_gib();
    snprintf(command, sizeof command, "rm -r %s", folder);
    run(command);
    free(volume);
    free(memory);
    return check_report("test_fat_write");
}
