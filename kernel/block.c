/* block.c - the list of disks; cuts what is asked of them into commands.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A request is in its device's list until all of it is issued, and done when
 * it is not in the list and none of its commands is under way. After an error
 * the rest of it is not issued.
 */
#include <kernel/block.h>
#include <kernel/cpu.h>
#include <kernel/lock.h>
#include <kernel/memory.h>
#include <kernel/program.h>
#include <pure64/cpu.h>

/* Nobody is busy with a disk for so long. */
#define HOLD_US 40000000

/* A device may take so many slices of time until it has done one of the
 * commands it has. Slices, because whatever stops this CPU, or keeps it from
 * calling, counts as one only. */
#define SLICE_US 1000000
#define SLICES 10

struct block_device *block_devices[BLOCK_DEVICES_MAX + 1];

/* Guards all disks: a CPU that holds it is not stopped. */
static struct lock lock;

int block_add(struct block_device *device)
{
    for (unsigned i = 0; i < BLOCK_DEVICES_MAX; i++) {
        if (block_devices[i])
            continue;
        device->patience = SLICES;
        block_devices[i] = device;
        return 1;
    }
    return 0;
}

void block_done(struct block_device *device, unsigned tag, int error)
{
    struct baremetal_disk_request *request;

    if (tag >= BLOCK_TAGS_MAX || !(device->busy >> tag & 1))
        return;
    device->busy &= ~(1u << tag);
    device->patience = SLICES;
    request = device->request[tag];
    request->error |= error; /* of two errors that makes one */
    if (--request->commands || request->left)
        return;
    device->pending--;
    request->status = request->error; /* the last: it may be gone then */
}

/* Makes the next command of a request, of which something is left: sectors
 * that are adjacent in RAM, or a single one that is in two pages. */
static void block_cut(const struct block_device *device,
                      struct baremetal_disk_request *request,
                      struct block_command *command)
{
    enum memory_access access = MEMORY_READ;
    uint32_t sector_size = device->info.sector_size;
    uint64_t position = request->count - request->left;
    const char *buffer = (char *)request->buffer + position * sector_size;
    uint64_t size = request->left * sector_size;
    uint32_t first;

    command->sector = request->sector + position;
    if (request->operation == BAREMETAL_DISK_READ)
        access = MEMORY_WRITE;
    if (size > device->bytes_max)
        size = device->bytes_max;
    first = (uint32_t)memory_run(buffer, size, access,
                                 &command->piece[0].address);
    command->pieces = 1;
    command->count = first / sector_size;
    command->piece[0].length = command->count * sector_size;
    if (!command->count) {
        command->count = 1;
        command->pieces = 2;
        command->piece[0].length = first;
        command->piece[1].length = sector_size - first;
        if (!first || !memory_run(buffer + first, 1, access,
                                  &command->piece[1].address))
            request->error = BAREMETAL_EFAULT;
    }
    request->left -= command->count;
}

/* Issues what there is room for. A driver that has done its command at once
 * gets the next one later, so that the lock is not held for all of them. */
static void block_fill(struct block_device *device)
{
    struct baremetal_disk_request *request;
    struct block_command command;
    uint32_t busy = device->busy;

    while ((request = device->first)) {
        unsigned tag = (unsigned)__builtin_ctzll(~(uint64_t)device->busy);

        if (tag >= device->tags)
            break;
        device->busy |= 1u << tag;
        device->request[tag] = request;
        request->commands++;
        request->error |= device->dead;
        command.tag = (uint8_t)tag;
        command.operation = (uint8_t)request->operation;
        command.sector = command.count = command.pieces = 0;
        if (request->left)
            block_cut(device, request, &command);
        if (request->error)
            request->left = 0;
        if (!request->left)
            device->first = request->next;
        /* From here on another CPU may see that the request is done. */
        if (request->error) {
            block_done(device, tag, 0);
            continue;
        }
        device->driver->issue(device, &command);
        if (!device->busy)
            break;
    }
    if (device->busy != busy)
        device->driver->kick(device);
}

/* Sees what is done, and issues more. The clock is read before the device:
 * whoever stops this CPU for long does not turn an answer that came meanwhile
 * into an error. */
static void block_serve(struct block_device *device)
{
    if (device->busy) {
        int passed = time_limit_passed(device->limit);

        device->driver->poll(device);
        if (passed) {
            device->limit = time_limit_us(SLICE_US);
            if (!device->patience--) {
                device->dead = device->driver->reset(device);
                for (unsigned tag = 0; tag < BLOCK_TAGS_MAX; tag++)
                    block_done(device, tag, BAREMETAL_ETIME);
            }
        }
    }
    block_fill(device);
}

static int block_valid(const struct block_device *device,
                       const struct baremetal_disk_request *request)
{
    uint64_t sectors = device->info.sectors - request->sector;

    return request->operation == BAREMETAL_DISK_FLUSH ||
           (request->operation <= BAREMETAL_DISK_WRITE &&
            (uintptr_t)request->buffer % 4 == 0 &&
            sectors <= device->info.sectors && request->count - 1 < sectors);
}

/* Other CPUs get no more turns once they are to be stopped: the boot CPU would
 * have to wait for its own as long as they want more. */
void block_lock(void)
{
    while ((cpu_number() && cpu_is_closed()) || !lock_try(&lock))
        cpu_pause();
}

/* Disk by number, with the lock taken, or 0 behind the last. */
static struct block_device *block_take(unsigned disk)
{
    if (disk >= BLOCK_DEVICES_MAX || !block_devices[disk])
        return 0;
    block_lock();
    return block_devices[disk];
}

int block_submit(unsigned disk, struct baremetal_disk_request *requests,
                 size_t count)
{
    struct block_device *device = block_take(disk);
    struct baremetal_disk_request *request = requests, *end = requests + count;
    int error = BAREMETAL_EINVAL;

    if (!device)
        return BAREMETAL_ENODEV;
    for (; request < end; request++)
        if (!block_valid(device, request))
            goto release;
    if (!device->first)
        device->last = &device->first;
    for (request = requests; request < end; request++) {
        request->left = request->operation == BAREMETAL_DISK_FLUSH
                            ? 0
                            : request->count;
        request->commands = 0;
        request->error = 0;
        request->status = BAREMETAL_DISK_PENDING;
        request->next = 0;
        *device->last = request;
        device->last = &request->next;
        device->pending++;
    }
    block_fill(device);
    error = 0;
release:
    block_release();
    return error;
}

int block_poll(unsigned disk)
{
    struct block_device *device = block_take(disk);
    int pending = BAREMETAL_ENODEV;

    if (device) {
        block_serve(device);
        pending = (int)device->pending;
        block_release();
    }
    return pending;
}

void block_finish(void)
{
    struct block_device *device;

    block_hold();
    for (unsigned n = 0; (device = block_devices[n]); n++)
        while (device->pending)
            block_serve(device);
    block_release();
}

void block_drain(void)
{
    /* Whose the program's commands are from now on: its own requests may be
     * damaged. What it says does not matter. */
    static struct baremetal_disk_request nobody;
    struct block_device *device;

    block_hold();
    for (unsigned n = 0; (device = block_devices[n]); n++) {
        device->first = 0;
        for (unsigned tag = 0; tag < BLOCK_TAGS_MAX; tag++)
            device->request[tag] = &nobody;
        while (device->busy)
            block_serve(device);
        device->pending = 0;
    }
    block_release();
}

int block_held(void)
{
    return lock_held(&lock);
}

void block_hold(void)
{
    struct time_limit limit = time_limit_us(HOLD_US);

    while (!lock_try(&lock) && !time_limit_passed(limit))
        ;
}

void block_release(void)
{
    lock_release(&lock);
    program_check(); /* the end of the program may have been put off */
}
