/* commands_config.c - the command config: the options, and bringing those of
 * config.txt to where they are read before os runs.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "commands.h"
#include "config.h"
#include "fs/error.h"
#include "keyboard_layout.h"
#include "print.h"
#include "text.h"
#include <pure64/boot_info.h>
#include <pure64/string.h>

#define UEFI_PROGRAM "EFI/BOOT/BOOTX64.EFI"
#define UEFI_OPTIONS "EFI/BOOT/baremetal.cfg"

#define SECTOR_BYTES 512 /* of disks that a BIOS starts from */
/* The payload is looked for below; partitions start at 1 MiB. */
#define GAP_SECTORS 65536

/* ---- the list */

static const char *shown(unsigned option, const char *word)
{
    if (options_table[option].kind == OPTIONS_WORD)
        return word[0] ? "yes" : "-";
    return word[0] ? options_value(word) : "-";
}

static void list(const struct baremetal *os)
{
    struct options_set config;
    int is_there = config_read(&config, 0);

    print(os, "%-9s %-14s %-14s %s\n", "option", "in effect",
          is_there ? CONFIG_NAME : "no " CONFIG_NAME, "meaning");
    for (unsigned i = 0; i < OPTIONS; i++) {
        const struct option *option = &options_table[i];
        const char *now = shown(i, options_in_effect.word[i]);

        if (i == OPTION_KEYBOARD)
            now = keyboard_layout_name();
        print(os, "%-9s %-14s %-14s %s\n", option->name, now,
              shown(i, config.word[i]), option->summary);
        print(os, "%-39s (%s)\n", "", option->values);
    }
}

/* ---- config apply: what is written, and where */

/* What stood in the place before, to follow "before: ". */
static const char *described(const struct boot_options *block)
{
    switch (options_check(block)) {
    case OPTIONS_VALID:
        return block->text[0] ? block->text : "no options";
    case OPTIONS_DAMAGED:
        return "damaged";
    default:
        return "nothing";
    }
}

static void report(const struct baremetal *os, const char *place,
                   const struct boot_options *now,
                   const struct boot_options *before)
{
    print(os, "%s: %s", place, described(now));
    print(os, "; before: %s\n", described(before));
}

/* Where the first partition starts; 0 if there is none, or it is not known. */
static uint64_t gap_end(struct storage_volume *volume)
{
    struct partition_table *table = &files.storage.table;
    uint8_t sector[SECTOR_BYTES]; /* as long as one of this disk */
    uint64_t end = GAP_SECTORS;

    if (partition_read(&volume->disk.device, sector, table) || !table->count)
        return 0;
    for (unsigned i = 0; i < table->count; i++)
        if (table->list[i].start < end)
            end = table->list[i].start;
    return end;
}

/* The sector of the block right before the payload, 0 if there is none; with
 * what it holds. */
static uint64_t find_block(struct storage_volume *volume,
                           struct boot_options *before)
{
    struct fs_device *device = &volume->disk.device;
    uint32_t sector[SECTOR_BYTES / 4];
    uint64_t sectors, end;
    uint32_t sector_bytes;

    if (device->size(device, &sectors, &sector_bytes) ||
        sector_bytes != SECTOR_BYTES)
        return 0;
    end = gap_end(volume);
    for (uint64_t at = 1; at + 1 < end; at++) {
        if (device->read(device, at, 1, before))
            return 0;
        if (before->magic == OPTIONS_MAGIC &&
            !device->read(device, at + 1, 1, sector) &&
            sector[offsetof(struct payload_header, magic) / 4] ==
                PAYLOAD_MAGIC)
            return at;
    }
    return 0;
}

/* Written, flushed, and read again: nobody may look before the next start. */
static int write_block(struct storage_volume *volume, uint64_t sector,
                       const struct boot_options *block)
{
    struct fs_device *device = &volume->disk.device;
    struct boot_options check;
    int error = device->write(device, sector, 1, block);

    if (!error)
        error = device->flush(device);
    if (!error)
        error = device->read(device, sector, 1, &check);
    if (!error && memcmp(&check, block, sizeof check))
        error = FS_EIO;
    return error;
}

/* What came of it, in one of two places. */
enum applied { NO_PLACE = 0, WRITTEN = 1, NOT_WRITTEN = 2 };

static enum applied apply_to_sector(struct shell *shell, struct storage_volume *volume,
                           const struct boot_options *block)
{
    struct boot_options before;
    uint64_t sector = find_block(volume, &before);
    struct baremetal_disk info;
    int error;

    if (!sector || shell->os->disk_info(volume->disk.number, &info))
        return NO_PLACE;
    error = write_block(volume, sector, block);
    print(shell->os, "%s, sector %lu: ", info.name, sector);
    if (error)
        print(shell->os, "not written: %s\n", files_error_text(error));
    else
        report(shell->os, "for BIOS", block, &before);
    return error ? NOT_WRITTEN : WRITTEN;
}

/* All zeros if there is no such file. */
static void read_file(const char *path, struct boot_options *block)
{
    int file = files_open(&files, path, BAREMETAL_FILE_READ, FILES_SYSTEM);
    size_t done;

    memset(block, 0, sizeof *block);
    if (file < 0)
        return;
    files_read(&files, file, block, sizeof *block, &done);
    files_close(&files, file);
}

static int write_file(const char *path, const struct boot_options *block)
{
    size_t done;
    int file = files_open(&files, path,
                          BAREMETAL_FILE_WRITE | BAREMETAL_FILE_CREATE,
                          FILES_SYSTEM);
    int error, close_error;

    if (file < 0)
        return file;
    error = files_write(&files, file, block, sizeof *block, &done);
    if (!error)
        error = files_truncate(&files, file, sizeof *block);
    close_error = files_close(&files, file);
    return error ? error : close_error;
}

/* Only on a volume that starts by UEFI. */
static enum applied apply_to_file(struct shell *shell, struct storage_volume *volume,
                         const struct boot_options *block)
{
    char path[CONFIG_PATH_SIZE];
    struct boot_options before;
    int error;

    if (config_path(UEFI_PROGRAM, path, &volume) || files_find(&files, path))
        return NO_PLACE;
    config_path(UEFI_OPTIONS, path, &volume);
    read_file(path, &before);
    error = write_file(path, block);
    if (!error)
        error = files_sync(&files);
    if (!error)
        error = volume->disk.device.flush(&volume->disk.device);
    print(shell->os, "%s: ", path);
    if (error)
        print(shell->os, "not written: %s\n", files_error_text(error));
    else
        report(shell->os, "for UEFI", block, &before);
    return error ? NOT_WRITTEN : WRITTEN;
}

static int make_block(struct boot_options *block)
{
    char text[OPTIONS_TEXT_SIZE];
    struct options_set config;

    if (!config_read(&config, 1))
        return 0;
    if (!options_text(&config, text) && !options_make(block, text))
        return 1;
    shell_complain(CONFIG_NAME ": its options before the start are longer "
                   "than %u characters\n", OPTIONS_TEXT_SIZE - 1);
    return 0;
}

static void apply(struct shell *shell)
{
    char path[CONFIG_PATH_SIZE];
    struct boot_options block;
    struct storage_volume *volume;
    unsigned applied;

    if (!make_block(&block)) {
        shell_complain("config: nothing was written\n");
        return;
    }
    if (config_path("", path, &volume))
        return;
    applied = apply_to_sector(shell, volume, &block);
    applied |= apply_to_file(shell, volume, &block);
    if (applied & WRITTEN)
        print(shell->os, "They count from the next start on.\n");
    if (!applied)
        shell_complain("config: nothing was written: this disk has neither "
                       "our payload before its first\npartition nor %s; the "
                       "system was not started from it\n", UEFI_PROGRAM);
}

void command_config(struct shell *shell, int argc, char **argv)
{
    if (argc == 1)
        list(shell->os);
    else if (text_equal(argv[1], "apply"))
        apply(shell);
    else
        shell_complain("%s: %s: only apply is known\n", argv[0], argv[1]);
}
