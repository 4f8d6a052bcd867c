/* test_fat_fuzz.c - the FAT code on damaged volumes: kept inputs, then random
 * ones for a while. test/fuzz/fuzz.sh searches longer and better.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * FAT_SECONDS=n in the environment: how long.
 */
// sources: test/fuzz/fat_target.c os/fs/fat_*.c os/fs/code_page.c os/fs/error.c
#include "../fuzz/fat_target.h"
#include "check.h"
#include "memory_device.h"
#include <dirent.h>
#include <time.h>

#define SECONDS 60u
#define INPUT_MAX 400u

static void run_kept(void)
{
    static const char folder[] = "test/fuzz/seeds";
    DIR *list = opendir(folder);
    struct dirent *entry;
    unsigned count = 0;

    while (list && (entry = readdir(list))) {
        char path[512];
        uint8_t input[INPUT_MAX];
        FILE *file;

        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        file = entry->d_name[0] == '.' ? 0 : fopen(path, "rb");
        if (!file)
            continue;
        fat_target_run(input, fread(input, 1, sizeof input, file));
        fclose(file);
        count++;
    }
    if (list)
        closedir(list);
    CHECK(count > 4);
}

/* Most inputs have few changes: more would only say that it is no volume. */
static void run_random(unsigned seconds)
{
    time_t end = time(0) + seconds;
    uint32_t seed = 12345;

    while (time(0) < end) {
        uint8_t input[INPUT_MAX];
        size_t size;

        random_state = seed;
        size = 1 + 3 * (1 + random32() % (random32() % 4 ? 6 : 130));
        for (size_t i = 0; i < size; i++)
            input[i] = (uint8_t)random32();
        seed = random32();
        alarm(60); /* a hang */
        fat_target_run(input, size);
    }
    alarm(0);
}

int main(void)
{
    const char *seconds = getenv("FAT_SECONDS");

    fat_target_init();
    run_kept();
    run_random(seconds ? (unsigned)strtoul(seconds, 0, 10) : SECONDS);
    printf("%lu volumes, %lu mounted\n", fat_target_runs, fat_target_mounted);
    CHECK(fat_target_runs > 500 && fat_target_mounted > fat_target_runs / 4);
    return check_report("test_fat_fuzz");
}
