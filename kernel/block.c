/* block.c - the list of disks; checks and splits what is asked of them.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/block.h>
#include <baremetal.h>
#include <kernel/memory.h>
#include <kernel/pci.h>
#include <kernel/time.h>
#include <pure64/cpu.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

static struct block_device block_devices[BLOCK_DEVICES_MAX];
static unsigned block_count;

struct block_device *block_add(const struct block_device *device)
{
    struct block_device *added = &block_devices[block_count];
    char digit = '0';

    if (block_count == BLOCK_DEVICES_MAX)
        return 0;
    for (unsigned i = 0; i < block_count; i++)
        digit += block_devices[i].transfer == device->transfer;
    *added = *device;
    added->name[strlen(device->name)] = digit;
    block_count++;
    return added;
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
        passed = time_limit_passed(&limit);
        result = done(context);
    } while (!result && !passed);
    SYSINFO_EXTENSION->disk_wait += cpu_tsc() - start;
    return result;
}

static int block_buffer_mapped(const char *buffer, size_t size)
{
    while (size) {
        uint64_t physical;
        size_t run = memory_run(buffer, size, &physical);

        if (!run)
            return 0;
        buffer += run;
        size -= run;
    }
    return 1;
}

int block_transfer(unsigned disk, int write, uint64_t sector, size_t count,
                   void *buffer)
{
    struct block_device *device = block_get(disk);
    char *next = buffer;

    if (!device)
        return BAREMETAL_ENODEV;
    if (sector > device->sectors || count > device->sectors - sector)
        return BAREMETAL_EINVAL;
    while (count) {
        size_t part = count < device->sectors_max ? count
                                                  : device->sectors_max;
        size_t size = part * device->sector_size;
        int error = BAREMETAL_EFAULT;

        /* A driver may move data with instructions: they must not fault. */
        if (block_buffer_mapped(next, size))
            error = device->transfer(device, write, sector, part, next);
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

    return device ? device->flush(device) : BAREMETAL_ENODEV;
}
