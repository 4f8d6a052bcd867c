/* fuzz_fat.c - libFuzzer's entry to the FAT code: see fuzz.sh.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "fat_target.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fat_target_init();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fat_target_run(data, size);
    return 0;
}
