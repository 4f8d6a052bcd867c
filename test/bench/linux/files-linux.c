/* files-linux.c - what Linux makes of the files bench-files.c measures.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     files-linux WHAT MIB PASSES DISK FOLDER
 *
 * Static; prints the lines that bench-files prints. DISK is a device, FOLDER
 * where its volume is mounted. With O_DIRECT, which copies nothing; but vfat
 * knows it only within a file, so what is added to one goes through Linux's
 * page cache, and fsync writes it.
 *
 * Linux manual pages: open(2), fsync(2).
 */
#define _GNU_SOURCE
#include "../programs/files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static char *buffer;

static void check(int good, const char *what)
{
    if (!good) {
        printf("failed: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void transfer(int file, uint64_t mib, int write_it)
{
    for (uint64_t i = 0; i < mib; i++)
        check((write_it ? write(file, buffer, FILES_PART)
                        : read(file, buffer, FILES_PART)) == FILES_PART,
              write_it ? "write" : "read");
    if (write_it)
        check(!fsync(file), "fsync");
}

static void pass(const char *what, uint64_t mib, const char *disk,
                 const char *folder)
{
    int is_raw = !strncmp(what, "raw", 3), is_new = !strcmp(what, "new");
    int write_it = is_new || strstr(what, "write") != 0, file;
    char path[200];
    uint64_t begin;

    snprintf(path, sizeof path, "%s/%s", folder,
             is_new ? FILES_NEW : FILES_OLD);
    if (is_new)
        unlink(path); /* if there is one from the pass before */
    begin = now_ns();
    file = open(is_raw ? disk : path,
                (write_it ? O_RDWR : O_RDONLY) | O_DIRECT |
                    (is_new ? O_CREAT | O_EXCL : 0), 0600);
    check(file >= 0, is_raw ? disk : path);
    if (is_raw)
        check(lseek(file, -(off_t)(mib * FILES_PART), SEEK_END) >= 0, "seek");
    transfer(file, mib, write_it);
    check(!close(file), "close");
    printf("rate %s %lu %lu\n", what, mib * FILES_PART, now_ns() - begin);
}

int main(int argc, char **argv)
{
    buffer = mmap(0, FILES_PART, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    check(buffer != MAP_FAILED, "memory");
    errno = EINVAL;
    check(argc == 6, "files-linux WHAT MIB PASSES DISK FOLDER");
    for (int i = 0; i < atoi(argv[3]); i++)
        pass(argv[1], strtoull(argv[2], 0, 10), argv[4], argv[5]);
    return 0;
}
