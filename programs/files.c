/* files.c - makes, reads, renames and removes a file, and lists a folder.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     files [FOLDER]
 *
 * Files are streams, as in any C program; folders are read by calls of the
 * system.
 */
#include <errno.h>
#include <os_interface.h>
#include <stdio.h>
#include <string.h>

#define NAME "files-example.txt"
#define OTHER_NAME "files-example.old"

static int write_lines(void)
{
    FILE *file = fopen(NAME, "w");

    if (!file)
        return -1;
    for (int i = 1; i <= 3; i++)
        fprintf(file, "line %d\n", i);
    return fclose(file); /* it may be here that the disk is full */
}

static int print_lines(void)
{
    FILE *file = fopen(NAME, "r");
    char line[100];

    if (!file)
        return -1;
    while (fgets(line, sizeof line, file))
        fputs(line, stdout);
    return fclose(file);
}

/* 0, or a negative BAREMETAL_E*. */
static int list(const char *folder)
{
    static struct baremetal_file info;
    uint64_t cursor = 0;
    int found;

    while ((found = os_interface->folder_read(folder, &cursor, &info)) > 0)
        printf("%10llu  %s%s\n", (unsigned long long)info.size, info.name,
               info.attributes & BAREMETAL_FILE_FOLDER ? "/" : "");
    return found;
}

int main(int argc, char **argv)
{
    int error;

    if (write_lines() || print_lines() || rename(NAME, OTHER_NAME)) {
        perror(NAME);
        return 1;
    }
    error = list(argc > 1 ? argv[1] : "");
    if (error)
        printf("%s: %s\n", argc > 1 ? argv[1] : "the current folder",
               strerror(-error));
    remove(OTHER_NAME);
    return error != 0;
}
