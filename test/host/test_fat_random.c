/* test_fat_random.c - random changes of FAT volumes of all kinds against a
 * model, checked by fsck.fat and read back by mtools.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * FAT_OPERATIONS=n in the environment: how many; FAT_SEED: other ones.
 */
// sources: test/host/fat_model.c os/fs/fat_*.c os/fs/code_page.c os/fs/error.c
#include "check.h"
#include "fat_model.h"
#include "fat_neighbour.h"

#define OPERATIONS 100000u
#define OPERATIONS_A_ROUND 400u

/* mtools takes a FAT32 volume of less than 65,525 clusters for another. */
static const struct kind {
    const char *name, *options; /* of mkfs.fat */
    unsigned kib, device_bytes;
    int without_mtools;
} kinds[] = {
    { "fat12-1", "-F 12 -S 512 -s 1", 400, 512, 0 },
    { "fat12-8", "-F 12 -S 512 -s 8 -f 1", 900, 512, 0 },
    { "fat12-root", "-F 12 -S 512 -s 2 -r 32 -R 7", 800, 512, 0 },
    { "fat12-4k", "-F 12 -S 4096 -s 1", 800, 4096, 0 },
    { "fat12-large", "-F 12 -S 512 -s 1", 2048, 512, 0 },
    { "fat16-1", "-F 16 -S 512 -s 1", 2200, 512, 0 },
    { "fat16-4", "-F 16 -S 512 -s 4", 9000, 512, 0 },
    { "fat16-64", "-F 16 -S 512 -s 64", 140000, 512, 0 },
    { "fat16-4k", "-F 16 -S 4096 -s 2", 40000, 4096, 0 },
    { "fat32-full", "-F 32 -S 512 -s 1", 700, 512, 1 },
    { "fat32-1", "-F 32 -S 512 -s 1", 34000, 512, 0 },
    { "fat32-2", "-F 32 -S 512 -s 2 -f 1", 70000, 512, 0 },
    { "fat32-8", "-F 32 -S 512 -s 8", 270000, 512, 0 },
    { "fat32-64", "-F 32 -S 512 -s 64", 40000, 512, 1 },
    { "fat32-4k", "-F 32 -S 4096 -s 1", 270000, 4096, 0 },
    { "fat32-1k", "-F 32 -S 1024 -s 4", 10000, 512, 1 },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static char folder[] = "/tmp/test_fat_random.XXXXXX";
static struct fat_volume *volume; /* on the heap: overruns are noticed */
static struct fat_memory *memory;
static struct fat_neighbour neighbour;
static struct model model;

static int shell(const char *format, const char *name)
{
    char command[1024];

    snprintf(command, sizeof command, format, folder, name);
    return system(command);
}

static int mount(struct memory_device *disk)
{
    memset(volume, 0xA5, sizeof *volume);
    volume->memory = memory;
    volume->now = 0;
    volume->repair_memory = 0;
    return fat_mount(volume, &disk->device, 0, disk->sectors);
}

/* Everything is on the disk: a checker finds nothing, and after a new mount
 * all is there. */
static int check_round(struct memory_device *disk, const struct kind *kind)
{
    uint64_t before, after, total;
    int error;

    if (model_close(&model) || fat_sync(volume))
        return 1;
    fat_space(volume, &before, &total);
    if (shell("cd %s; fsck.fat -n %s >fsck.txt || { cat fsck.txt; exit 1; }",
              kind->name))
        return 2;
    error = mount(disk);
    if (error || volume->repaired || volume->refuse_changes)
        return 3;
    volume->free_known = 0;
    if (fat_space(volume, &after, &total) || before != after)
        return 4;
    return model_compare(&model, volume) ? 5 : 0;
}

/* mtools reads the volume; the files are the model's. */
static int check_mtools(const struct kind *kind)
{
    char path[MODEL_PATH_SIZE + 64];
    unsigned count = 0;

    if (shell("cd %s; rm -rf out; mkdir out; LC_ALL=C.UTF-8 MTOOLSRC=/dev/null "
              "MTOOLS_SKIP_CHECK=1 mcopy -Q -n -s -i %s '::*' out "
              ">mcopy.txt 2>&1 || grep -q 'File.*not found' mcopy.txt "
              "|| { cat mcopy.txt; exit 1; }", kind->name))
        return 1;
    for (int i = 1; i < MODEL_NODES; i++) {
        const struct model_node *node = &model.nodes[i];
        uint64_t size = 0;
        uint8_t *bytes;
        int length;

        count += node->used != 0;
        if (!node->used)
            continue;
        length = sprintf(path, "%s/out", folder);
        model_path(&model, i, path + length);
        if (node->is_folder || !node->size) {
            if (access(path, F_OK))
                return 2;
            continue;
        }
        bytes = memory_device_map(path, &size);
        if (size != node->size || memcmp(bytes, node->bytes, size))
            return 3;
        munmap(bytes, size);
    }
    snprintf(path, sizeof path, "test $(find %s/out -mindepth 1 | wc -l) = %u",
             folder, count);
    return system(path) ? 4 : 0;
}

static void check_kind(const struct kind *kind, unsigned operations)
{
    char path[256];
    struct memory_device disk;
    uint64_t size;
    uint8_t *bytes;
    int error = 0;

    snprintf(path, sizeof path,
             "mkfs.fat -C %s %s/%s %u >/dev/null 2>&1", kind->options, folder,
             kind->name, kind->kib);
    run(path);
    snprintf(path, sizeof path, "%s/%s", folder, kind->name);
    bytes = memory_device_map_file(path, MAP_SHARED, &size);
    memory_device_init(&disk, bytes, size, kind->device_bytes);
    memory_device_allow_writes(&disk);
    CHECK(!mount(&disk));
    CHECK(!fat_neighbour_open(&neighbour, folder, memory));
    model_init(&model, volume, &disk);
    for (unsigned i = 1; i <= operations && !error; i++) {
        error = fat_neighbour_use(&neighbour);
        if (!error)
            error = model_step(&model);
        if (!error && (i % OPERATIONS_A_ROUND == 0 || i == operations))
            error = check_round(&disk, kind);
    }
    if (!error && !kind->without_mtools)
        error = 10 * check_mtools(kind);
    if (!error)
        error = fat_neighbour_close(&neighbour);
    if (error)
        printf("%s: operation %u: %d\n", kind->name, model.operations, error);
    CHECK(!error);
    CHECK(!disk.bad_reads && !disk.bad_writes);
    if (getenv("FAT_VERBOSE"))
        printf("%s: %u times full, %u writes\n", kind->name, model.full,
               disk.writes);
    munmap(bytes, size);
    unlink(path);
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

    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    volume = malloc(sizeof *volume);
    memory = calloc(1, sizeof *memory);
    if (!volume || !memory || !mkdtemp(folder))
        return 1;
    for (unsigned i = 0; i < KINDS; i++) {
        if (argc > 1 && strcmp(argv[1], kinds[i].name))
            continue;
        random_state = seed * 7919 + i;
        check_kind(&kinds[i], operations / KINDS + 1);
    }
    if (!check_failed)
        shell("rm -r %s%s", "");
    free(volume);
    free(memory);
    return check_report("test_fat_random");
}
