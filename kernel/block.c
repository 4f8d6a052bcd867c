/* block.c - the list of disks; checks and splits what is asked of them.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/block.h>
#include <baremetal.h>
#include <kernel/cpu.h>
#include <kernel/lock.h>
#include <kernel/memory.h>
#include <kernel/pci.h>
#include <kernel/program.h>
#include <kernel/time.h>
#include <pure64/cpu.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

/* No driver is busy with a request for so long. */
#define HOLD_US 40000000

static struct block_device block_devices[BLOCK_DEVICES_MAX];
static unsigned block_count;

/* Guards all disks while one works: a CPU that holds it is not stopped. */
static struct lock lock;

struct block_device *block_new(const struct block_driver *driver)
{
    struct block_device *device = &block_devices[block_count];

    if (block_count == BLOCK_DEVICES_MAX)
        return 0;
    memset(device, 0, sizeof *device);
    device->driver = driver;
    return device;
}

void block_add(struct block_device *device)
{
    char digit = '0';

    for (unsigned i = 0; i < block_count; i++)
        digit += block_devices[i].driver == device->driver;
    memcpy(device->info.name, device->driver->name, sizeof device->info.name);
    device->info.name[strlen(device->info.name)] = digit;
    block_count++;
}

void block_init(void)
{
    pci_init();
}

struct block_device *block_get(unsigned disk)
{
    return disk < block_count ? &block_devices[disk] : 0;
}

int block_wait(int (*done)(void *context), void *context,
               uint32_t timeout_us)
{
    uint64_t start = cpu_tsc();
    struct time_limit limit = time_limit_us(timeout_us);
    int result, passed;

    /* The clock is read before the device: whoever stops this CPU for long
     * does not turn an answer that came meanwhile into an error. */
    do {
        passed = time_limit_passed(limit);
        result = done(context);
    } while (!result && !passed);
    SYSINFO_EXTENSION->disk_wait += cpu_tsc() - start;
    return result;
}

/* A driver moves data with instructions, which must not fault, or lets the
 * device do it, which may write where instructions must not. */
static int block_buffer_good(const char *buffer, size_t size,
                             enum memory_access access)
{
    while (size) {
        uint64_t physical;
        size_t run = memory_run(buffer, size, access, &physical);

        if (!run)
            return 0;
        buffer += run;
        size -= run;
    }
    return 1;
}

/* Other CPUs get no more turns once they are to be stopped: the boot CPU would
 * have to wait for its own as long as they want more. */
void block_take(void)
{
    while ((cpu_number() && cpu_is_closed()) || !lock_try(&lock))
        cpu_pause();
}

int block_transfer(unsigned disk, int write, uint64_t sector, size_t count,
                   void *buffer)
{
    struct block_device *device = block_get(disk);
    char *next = buffer;

    if (!device)
        return BAREMETAL_ENODEV;
    if (sector > device->info.sectors || count > device->info.sectors - sector)
        return BAREMETAL_EINVAL;
    while (count) {
        size_t part = count < device->sectors_max ? count
                                                  : device->sectors_max;
        size_t size = part * device->info.sector_size;
        int error = BAREMETAL_EFAULT;

        block_take();
        if (block_buffer_good(next, size, write ? MEMORY_READ : MEMORY_WRITE))
            error = device->driver->transfer(device, write, sector, part, next);
        block_release();
        if (error)
            return error;
        sector += part;
        next += size;
        count -= part;
    }
    return 0;
}

int block_flush(unsigned disk)
{
    struct block_device *device = block_get(disk);
    int error;

    if (!device)
        return BAREMETAL_ENODEV;
    block_take();
    error = device->driver->flush(device);
    block_release();
    return error;
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
