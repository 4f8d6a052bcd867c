/* block.h - disks: what a driver offers, and what callers use.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Callers queue requests of any size. block.c cuts each into commands that
 * the device can take, looks up where their data is in RAM, and hands each to
 * the driver with a tag; the driver reports the tag when the command is done.
 * Nothing interrupts: whoever waits polls.
 */
#pragma once
#include <baremetal.h>
#include <kernel/time.h>

#define BLOCK_DEVICES_MAX 16
#define BLOCK_TAGS_MAX 32
#define BLOCK_PIECES_MAX 2

/* Physically contiguous memory. */
struct block_piece {
    uint64_t address;           /* physical */
    uint32_t length;            /* bytes */
};

struct block_command {
    uint64_t sector;            /* 0 for a flush, and so is count */
    uint32_t count;             /* sectors */
    uint8_t operation;          /* enum baremetal_disk_operation */
    uint8_t tag;                /* below device->tags, not in use */
    uint8_t pieces;             /* how many; 0 for a flush */
    /* Their lengths add up to the sectors'. All addresses are multiples of
     * 4, and only a command's start and end are not multiples of 4096. */
    struct block_piece piece[BLOCK_PIECES_MAX];
};

struct block_device;

/* All called with the lock of all disks held, by any CPU. Memory of a driver
 * comes from memory_take at start. */
struct block_driver {
    char name[sizeof ((struct baremetal_disk *)0)->name]; /* <= 6 letters */
    /* Prepares a command; the device need not start on it before kick. May
     * also do all of it and call block_done at once (PIO). */
    void (*issue)(struct block_device *device,
                  const struct block_command *command);
    /* Lets the device start on what was issued: one register access. */
    void (*kick)(struct block_device *device);
    /* Calls block_done for each command that is done. Looks at RAM where the
     * device reports there: a look costs a virtual machine no exit. Called
     * while commands are under way. */
    void (*poll)(struct block_device *device);
    /* A command was not done in time: takes all commands back from the
     * device and makes it ready again, or, if that fails, returns EIO: then
     * it is not used any more. block.c then ends all commands. */
    int (*reset)(struct block_device *device);
    /* kick, poll, reset: may be 0 if issue always calls block_done. */
};

/* A driver's own fields best stand before it, within 128 bytes: that takes
 * the shortest instructions. */
struct block_device {
    struct baremetal_disk info; /* what programs see; os fills in the name. The
                                   sector size is a power of 2, 512 to 4096 */
    const struct block_driver *driver;
    uint32_t bytes_max;         /* of one command, a multiple of 4096; set by
                                   the driver, and so are tags */
    uint32_t tags;              /* commands at a time, 1..BLOCK_TAGS_MAX */
    /* block.c's. */
    uint32_t busy;              /* bit set of tags */
    uint32_t pending;           /* requests that are not done */
    uint32_t patience;          /* slices of the time limit that are left */
    int32_t dead;               /* what reset returned: every request's error */
    struct time_limit limit;    /* of the slice */
    struct baremetal_disk_request *first, **last; /* not all issued yet */
    struct baremetal_disk_request *request[BLOCK_TAGS_MAX];
};

/* Makes a disk of it, which stays where it is. 0 if there are
 * BLOCK_DEVICES_MAX. Boot CPU, at start. */
int block_add(struct block_device *device);

/* For drivers: the command with that tag is done; 0 or BAREMETAL_E*. A tag
 * that is not in use, whatever its value, is ignored. */
void block_done(struct block_device *device, unsigned tag, int error);

/* By number, 0 behind the last. */
extern struct block_device *block_devices[];

/* See struct baremetal: disk_submit, disk_poll. Any CPU. */
int block_submit(unsigned disk, struct baremetal_disk_request *requests,
                 size_t count);
int block_poll(unsigned disk);

/* Waits, within the time limits of the devices, until no command is under
 * way, and drops requests that were not issued. Boot CPU, when a program has
 * ended and the other CPUs were stopped. */
void block_drain(void);

/* Waits in the same way until all requests are done, with their callers still
 * there. Boot CPU, while no CPU adds some: after cpu_close. */
void block_finish(void);

/* 1 while this CPU has the lock of all disks. */
int block_held(void);

/* Takes that lock. Any CPU. */
void block_lock(void);

/* The same to stop the other CPUs, but only as long as a driver may take: then
 * block_release breaks the lock of the CPU that was stopped with it. */
void block_hold(void);
void block_release(void);
