/* commands_files.c - the commands about names, folders and volumes.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "commands.h"
#include "fs/error.h"
#include "print.h"
#include <pure64/string.h>

/* ---- ls */

static void print_entry(const struct baremetal *os,
                        const struct fat_entry *entry, int is_long)
{
    if (is_long) {
        struct baremetal_date date;

        file_date_unpack(entry->date, entry->time, &date);
        print(os, "%u-%02u-%02u %02u:%02u  ", date.year, date.month, date.day,
              date.hour, date.minute);
    }
    if (entry->attributes & FAT_ATTRIBUTE_FOLDER)
        print(os, "  <folder>  ");
    else
        print(os, "%10u  ", entry->size);
}

static void print_name(const struct baremetal *os,
                       const struct fat_entry *entry)
{
    print(os, "%s%s\n", entry->name,
          entry->attributes & FAT_ATTRIBUTE_FOLDER ? "/" : "");
}

static int list_folder(struct shell *shell, const char *path, int is_long)
{
    uint64_t cursor = 0, bytes = 0;
    unsigned count = 0;
    int found;

    while ((found = files_list(&files, path, &cursor)) > 0 &&
           !output_stopped()) {
        print_entry(shell->os, &files.entry, is_long);
        print_name(shell->os, &files.entry);
        bytes += files.entry.size;
        count++;
    }
    if (found)
        return found < 0 ? found : 0;
    if (!count)
        print(shell->os, "the folder is empty\n");
    else if (is_long)
        print(shell->os, "%u entr%s, %lu bytes\n", count,
              count == 1 ? "y" : "ies", bytes);
    return 0;
}

/* A file by the path that was typed, with its own name at the end. */
static void list_file(struct shell *shell, const char *path, int is_long)
{
    size_t length = strlen(path);

    while (length && !strchr("/\\:", path[length - 1]))
        length--;
    print_entry(shell->os, &files.entry, is_long);
    shell->os->write(path, length);
    print_name(shell->os, &files.entry);
}

static void list(struct shell *shell, const char *path, int is_long)
{
    int error = files_find(&files, path);

    if (!error && files.entry.attributes & FAT_ATTRIBUTE_FOLDER)
        error = list_folder(shell, path, is_long);
    else if (!error)
        list_file(shell, path, is_long);
    if (error)
        shell_complain_file(path[0] ? path : "ls", error);
}

/* Of several, files come first, then folders with their names above. */
static void list_several(struct shell *shell, int argc, char **argv,
                         int is_long)
{
    for (int i = 1; i < argc && !output_stopped(); i++) {
        int error = files_find(&files, argv[i]);

        if (error)
            shell_complain_file(argv[i], error);
        else if (!(files.entry.attributes & FAT_ATTRIBUTE_FOLDER))
            list_file(shell, argv[i], is_long);
    }
    for (int i = 1; i < argc && !output_stopped(); i++) {
        if (files_find(&files, argv[i]) ||
            !(files.entry.attributes & FAT_ATTRIBUTE_FOLDER))
            continue;
        print(shell->os, "%s:\n", argv[i]);
        list(shell, argv[i], is_long);
    }
}

void command_ls(struct shell *shell, int argc, char **argv)
{
    int is_long = command_options(&argc, &argv, "l", 0);

    if (is_long < 0)
        return;
    if (argc > 2)
        list_several(shell, argc, argv, is_long);
    else
        list(shell, argc == 2 ? argv[1] : "", is_long);
}

/* ---- folders and names */

void command_cd(struct shell *shell, int argc, char **argv)
{
    int error;

    if (argc < 2) {
        command_pwd(shell, argc, argv);
        return;
    }
    error = files_change_folder(&files, argv[1]);
    if (error)
        shell_complain_file(argv[1], error);
}

void command_pwd(struct shell *shell, int argc, char **argv)
{
    char path[FILES_PATH + 16];
    int error = files_current(&files, path, sizeof path);

    (void)argc;
    if (error)
        shell_complain_file(argv[0], error);
    else
        print(shell->os, "%s\n", path);
}

/* Makes the folders that the last one is to be in, where there are none;
 * 0 or an error. */
static int make_parents(char *path)
{
    int error = 0;

    for (size_t i = 1; path[i] && !error; i++) {
        char separator = path[i];

        if ((separator != '/' && separator != '\\') || path[i - 1] == ':')
            continue;
        path[i] = 0;
        if (files_find(&files, path))
            error = files_make_folder(&files, path);
        path[i] = separator;
    }
    return error;
}

static int is_folder(const char *path)
{
    return !files_find(&files, path) &&
           files.entry.attributes & FAT_ATTRIBUTE_FOLDER;
}

void command_mkdir(struct shell *shell, int argc, char **argv)
{
    int parents = command_options(&argc, &argv, "p", 1);

    (void)shell;
    for (int i = 1; i < argc && parents >= 0; i++) {
        int error = parents ? make_parents(argv[i]) : 0;

        if (!error)
            error = files_make_folder(&files, argv[i]);
        if (parents && error == FS_EEXISTS && is_folder(argv[i]))
            error = 0;
        if (error)
            shell_complain_file(argv[i], error);
    }
}

void command_sync(struct shell *shell, int argc, char **argv)
{
    int error = files_sync(&files);

    (void)shell;
    (void)argc;
    if (error)
        shell_complain_file(argv[0], error);
}

/* ---- df */

/* In units of at most four digits, with a decimal where there is one. */
static void print_size(const struct baremetal *os, uint64_t bytes)
{
    static const char units[] = "KMGT";
    unsigned unit = 0;
    uint64_t tenths = bytes * 10 / 1024;

    for (; tenths >= 10240 && units[unit + 1]; unit++)
        tenths /= 1024;
    print(os, " %6lu.%lu %ciB", tenths / 10, tenths % 10, units[unit]);
}

static void print_volume(const struct baremetal *os,
                         struct storage_volume *volume)
{
    struct baremetal_disk info = { .name = "" };
    uint64_t free_bytes, total_bytes;
    int error = fat_space(&volume->fat, &free_bytes, &total_bytes);

    os->disk_info(volume->disk.number, &info);
    if (volume->is_first)
        print(os, "disk%u:    ", volume->disk.number);
    else
        print(os, "disk%up%u:  ", volume->disk.number, volume->partition);
    print(os, "%-8s FAT%u", info.name, volume->fat.type);
    if (error) {
        print(os, "  %s\n", files_error_text(error));
        return;
    }
    print_size(os, total_bytes);
    print_size(os, total_bytes - free_bytes);
    print_size(os, free_bytes);
    if (volume->fat.refuse_changes)
        print(os, "  not written to: %s",
              files_error_text(volume->fat.refuse_changes));
    print(os, "\n");
}

/* All partitions but the one that was the first. */
static unsigned print_partitions(const struct baremetal *os, unsigned disk)
{
    struct storage_volume *volume;
    unsigned count = 0;

    for (unsigned i = 1; i <= STORAGE_PARTITIONS; i++) {
        int error = storage_mount(&files.storage, disk, i, &volume);

        if (error == STORAGE_ENOVOLUME)
            break;
        if (error || volume->is_first)
            continue;
        print_volume(os, volume);
        count++;
    }
    return count;
}

void command_df(struct shell *shell, int argc, char **argv)
{
    struct storage_volume *volume;
    unsigned count = 0;
    int error;

    (void)argc;
    (void)argv;
    print(shell->os, "volume    disk     type        size        used"
                     "        free\n");
    for (unsigned disk = 0; !output_stopped(); disk++) {
        error = storage_mount(&files.storage, disk, 0, &volume);
        if (error == STORAGE_ENODISK)
            break;
        if (error)
            continue;
        print_volume(shell->os, volume);
        count += 1 + print_partitions(shell->os, disk);
    }
    if (!count)
        storage_explain(&files.storage);
}
