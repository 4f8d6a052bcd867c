/* test_fat_power.c - power cuts: a FAT volume after each write, whole or
 * torn, of random changes.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Each state the disk goes through is copied, looked at by fsck.fat, mounted
 * (which repairs it), compared with what must have survived, and looked at
 * again. FAT_OPERATIONS, FAT_SEED as in test_fat_random.c; FAT_FSCK=n: only
 * every n-th state is shown to fsck.fat.
 */
// sources: test/host/fat_model.c os/fs/fat_*.c os/fs/code_page.c os/fs/error.c
#include "check.h"
#include "fat_model.h"
#include "fat_neighbour.h"

#define OPERATIONS 3000u
#define FSCK_EVERY 20u

static const struct kind {
    const char *name, *options; /* of mkfs.fat */
    unsigned kib, device_bytes;
} kinds[] = {
    { "fat12-1", "-F 12 -S 512 -s 1", 380, 512 },
    { "fat12-full", "-F 12 -S 512 -s 1 -f 1", 70, 512 },
    { "fat12-large", "-F 12 -S 512 -s 1", 2048, 512 },
    { "fat12-4k", "-F 12 -S 4096 -s 1 -r 128", 800, 4096 },
    { "fat16-1", "-F 16 -S 512 -s 1", 2200, 512 },
    { "fat16-4k", "-F 16 -S 4096 -s 1", 17000, 4096 },
    { "fat32-1", "-F 32 -S 512 -s 1", 300, 512 },
    { "fat32-4", "-F 32 -S 512 -s 4", 2000, 512 },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

struct write {
    uint64_t sector;
    size_t count;
    uint8_t *bytes;
};

#define WRITES_MAX 4096
struct log {
    struct write list[WRITES_MAX];
    unsigned count;
};

static char folder[] = "/tmp/test_fat_power.XXXXXX";
static const struct kind *kind;
static struct fat_volume *volume, *other;
static struct fat_memory *memory, *other_memory;
static struct fat_neighbour neighbour;
static struct model model;
static struct memory_device disk, cut_disk;
static uint8_t *before_bytes;       /* the disk before this operation */
static struct log disk_log, cut_log;/* since; and of the repair */
static unsigned states, checked_states, fsck_every;
static int failed;

static void remember(struct log *to, uint64_t sector, size_t count,
                     const uint8_t *bytes)
{
    struct write *write = &to->list[to->count];

    if (to->count == WRITES_MAX)
        abort();
    write->sector = sector;
    write->count = count;
    write->bytes = bytes ? malloc(count * disk.sector_bytes) : 0;
    if (bytes)
        memcpy(write->bytes, bytes, count * disk.sector_bytes);
    to->count++;
}

static void on_write(struct memory_device *device, uint64_t sector,
                     size_t count, const uint8_t *bytes)
{
    (void)device;
    remember(&disk_log, sector, count, bytes);
}

static void on_cut_write(struct memory_device *device, uint64_t sector,
                         size_t count, const uint8_t *bytes)
{
    (void)device;
    (void)bytes;
    remember(&cut_log, sector, count, 0);
}

static void copy(uint8_t *to, const uint8_t *from, uint64_t sector,
                 size_t count)
{
    memcpy(to + sector * disk.sector_bytes, from + sector * disk.sector_bytes,
           count * disk.sector_bytes);
}

static void apply(uint8_t *to, const struct write *write, size_t count)
{
    memcpy(to + write->sector * disk.sector_bytes, write->bytes,
           count * disk.sector_bytes);
}

/* What fsck.fat may say of a volume that was in use. Names of files follow
 * some of these lines, or stand before them. */
static const char *const allowed[] = {
    "fsck.fat ", "Warning: Filesystem is FAT32", "but has only", "This may",
    "Dirty bit is set", "Automatically removing dirty bit",
    "FATs differ", "Using first FAT",
    "Free cluster summary wrong", "Auto-correcting",
    "Reclaimed ", "Reclaiming unconnected clusters",
    "File size is ", "Truncating file to ", "cluster chain length",
    "Orphaned long file name part", "Auto-deleting",
    "Wrong checksum for long file name", "differences between boot sector",
    "mostly harmless", "65:0", "Not automatically fixing",
    "Leaving filesystem unchanged", "0x41", "files, ", "/", "",
    "Removing dirty bit", "Long filename fragment",
};
static const char *const allowed_in_rename[] = {
    "and", "share clusters", "Truncating second to", "Truncating first to",
    "Duplicate directory entry", "First  Size", "Second Size",
    "Invalid '..' entry", "Auto-renaming", "Renamed to",
};

static int is_allowed(const char *line, const char *const *list,
                      size_t count)
{
    while (*line == ' ')
        line++;
    for (size_t i = 0; i < count; i++)
        if (*list[i] ? strstr(line, list[i]) != 0 : !*line)
            return 1;
    return 0;
}

static int check_report_of(const char *path, const char *what)
{
    char line[2048];
    FILE *report = fopen(path, "r");
    int wrong = 0;

    while (report && fgets(line, sizeof line, report)) {
        line[strcspn(line, "\n")] = 0;
        if (is_allowed(line, allowed, sizeof allowed / sizeof *allowed) ||
            (!strcmp(what, "rename") &&
             is_allowed(line, allowed_in_rename,
                        sizeof allowed_in_rename /
                            sizeof *allowed_in_rename)))
            continue;
        fprintf(stderr, "fsck.fat, %s: %s\n", what, line);
        wrong = 1;
    }
    if (report)
        fclose(report);
    return wrong;
}

static int fsck(const char *what)
{
    char command[512];

    snprintf(command, sizeof command, "fsck.fat -n %s/cut >%s/fsck.txt 2>&1",
             folder, folder);
    if (!system(command))
        return 0;
    snprintf(command, sizeof command, "%s/fsck.txt", folder);
    return what ? check_report_of(command, what) : 1;
}

static int look(const char *what)
{
    int with_fsck = ++states % fsck_every == 0;

    checked_states += (unsigned)with_fsck;
    if (with_fsck && fsck(what))
        return 1;
    other->repair_memory = 0;
    if (fat_mount(other, &cut_disk.device, 0, cut_disk.sectors))
        return 2;
    if (other->refuse_changes)
        return 3;
    if (model_compare_cut(&model, other))
        return 4;
    return with_fsck && fsck(0) ? 5 : 0;
}

/* The disk after `count` sectors of a write. */
static void check_state(unsigned number, size_t count, const char *what)
{
    const struct write *write = &disk_log.list[number];
    int error;

    if (failed)
        return;
    apply(cut_disk.bytes, write, count);
    cut_log.count = 0;
    error = look(what);
    if (error) {
        char command[256];
        printf("%s: operation %u, %s, write %u of %u, %zu of %zu sectors "
               "(from %lu): %d, %s\n", kind->name, model.operations, what,
               number, disk_log.count, count, write->count, write->sector, error,
               other->refuse_changes ? fs_error_text(other->refuse_changes)
                                     : "");
        failed = 1;
        snprintf(command, sizeof command, "cp %s/cut /tmp/fat-power.img",
                 folder);
        if (getenv("FAT_KEEP") && system(command))
            printf("not kept\n");
    }
    for (unsigned i = 0; i < cut_log.count; i++)
        copy(cut_disk.bytes, before_bytes, cut_log.list[i].sector,
             cut_log.list[i].count);
    copy(cut_disk.bytes, before_bytes, write->sector, write->count);
}

/* Clusters are used again as soon as can be; on FAT12 many files end where
 * an entry of the table lies across two sectors. */
static void choose_next_free(void)
{
    switch (random32() % 4) {
    case 0:
        volume->next_free = 2;
        break;
    case 1:
        volume->next_free = 340 + random32() % 2 * 341;
        break;
    }
}

static void check_operation(struct model *checked, const char *what)
{
    (void)checked;
    choose_next_free();
    for (unsigned i = 0; i < disk_log.count; i++) {
        struct write *write = &disk_log.list[i];

        if (!i)
            check_state(i, 0, what);
        if (write->count <= 4)
            for (size_t part = 1; part < write->count; part++)
                check_state(i, part, what);
        else
            for (unsigned n = 0; n < 3; n++)
                check_state(i, 1 + random32() % (write->count - 1), what);
        check_state(i, write->count, what);
        apply(before_bytes, write, write->count);
        apply(cut_disk.bytes, write, write->count);
        free(write->bytes);
    }
    disk_log.count = 0;
}

static uint8_t *make_images(uint64_t *size)
{
    char path[512];

    snprintf(path, sizeof path,
             "cd %s && rm -f disk cut && mkfs.fat -C %s disk %u >/dev/null "
             "2>&1 && cp disk cut", folder, kind->options, kind->kib);
    run(path);
    snprintf(path, sizeof path, "%s/cut", folder);
    cut_disk.bytes = memory_device_map_file(path, MAP_SHARED, size);
    before_bytes = malloc(*size);
    memcpy(before_bytes, cut_disk.bytes, *size);
    snprintf(path, sizeof path, "%s/disk", folder);
    return memory_device_map(path, size);
}

static void check_kind(unsigned operations)
{
    uint64_t size;
    uint8_t *bytes = make_images(&size), *cut_bytes = cut_disk.bytes;

    memory_device_init(&disk, bytes, size, kind->device_bytes);
    memory_device_init(&cut_disk, cut_bytes, size, kind->device_bytes);
    memory_device_allow_writes(&disk);
    memory_device_allow_writes(&cut_disk);
    disk.on_write = on_write;
    cut_disk.on_write = on_cut_write;
    failed = 0;
    states = checked_states = 0;
    CHECK(!fat_mount(volume, &disk.device, 0, disk.sectors));
    model_init(&model, volume, &disk);
    model.file_size_max = 20000;
    model.node_max = 24;
    model.after = check_operation;
    CHECK(!fat_neighbour_open(&neighbour, folder, memory));
    for (unsigned i = 0; i < operations && !failed; i++)
        if (fat_neighbour_use(&neighbour) || model_step(&model))
            failed = 1;
    CHECK(failed || !fat_neighbour_close(&neighbour));
    if (!failed && (model_close(&model) || fat_sync(volume)))
        failed = 1;
    check_operation(&model, "sync");
    if (getenv("FAT_VERBOSE"))
        printf("%s: %u states, %u by fsck.fat, %u times full\n", kind->name,
               states, checked_states, model.full);
    CHECK(!failed);
    CHECK(states > operations / 2);
    CHECK(!disk.bad_writes && !cut_disk.bad_writes && !cut_disk.bad_reads);
    munmap(bytes, size);
    munmap(cut_bytes, size);
    free(before_bytes);
    model_free(&model);
}

static unsigned number_from(const char *name, unsigned value)
{
    const char *text = getenv(name);

    return text ? (unsigned)strtoul(text, 0, 10) : value;
}

int main(int argc, char **argv)
{
    unsigned operations = number_from("FAT_OPERATIONS", OPERATIONS);
    unsigned seed = number_from("FAT_SEED", 1);
    char command[128];

    fsck_every = number_from("FAT_FSCK", FSCK_EVERY);
    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    volume = calloc(1, sizeof *volume);
    other = calloc(1, sizeof *other);
    memory = calloc(1, sizeof *memory);
    other_memory = calloc(1, sizeof *other_memory);
    if (!volume || !other || !memory || !other_memory || !mkdtemp(folder))
        return 1;
    volume->memory = memory;
    other->memory = other_memory;
    for (unsigned i = 0; i < KINDS; i++) {
        kind = &kinds[i];
        if (argc > 1 && strcmp(argv[1], kind->name))
            continue;
        random_state = seed * 7919 + i;
        check_kind(operations / KINDS);
    }
    snprintf(command, sizeof command, "rm -r %s", folder);
    run(command);
    free(volume);
    free(other);
    free(memory);
    free(other_memory);
    return check_report("test_fat_power");
}
