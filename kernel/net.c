/* net.c - the list of network interfaces; checks what is asked of them.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/net.h>
#include <kernel/memory.h>
#include <kernel/time.h>
#include <pure64/cpu.h>
#include <pure64/string.h>

/* Cards that pad frames to Ethernet's 60 bytes need this much to do so. Intel
 * 8254x Software Developer's Manual, "Transmit Control Register": PSP; the
 * drivers for these cards in use send no less than 17. */
#define NET_SEND_MIN 17

#define NET_DRAIN_US 1000000

static struct net_device *net_devices[NET_DEVICES_MAX];
static unsigned net_count;

int net_add(struct net_device *device)
{
    device->copy = memory_take(1);
    if (net_count == NET_DEVICES_MAX || !device->copy)
        return 0;
    device->info.pci = device->function.address;
    device->sending_max = NET_RING - 2;
    net_devices[net_count++] = device;
    return 1;
}

struct net_device *net_get(unsigned net)
{
    return net < net_count ? net_devices[net] : 0;
}

/* Nothing interrupts its holder: what runs then may call for the same
 * interface. Returns what net_unlock needs. */
static uint64_t net_lock(struct net_device *device)
{
    uint64_t flags = cpu_flags();

    cpu_interrupts_off();
    lock_take(&device->lock);
    return flags;
}

static void net_unlock(struct net_device *device, uint64_t flags)
{
    lock_release(&device->lock);
    cpu_flags_restore(flags);
}

void net_locks(void (*change)(struct lock *lock))
{
    for (unsigned i = 0; i < net_count; i++)
        change(&net_devices[i]->lock);
}

/* Takes note of what was sent. With the lock held. */
static void net_reap(struct net_device *device)
{
    unsigned sent = device->driver->sent(device);

    device->sending -= sent;
    device->info.sent += sent;
}

/* Where a card finds the frame in one piece, of at least NET_SEND_MIN bytes:
 * its address, or an error. A frame that is too short, or in pages that are
 * not adjacent, is copied, one at a time. With the lock held. */
static int64_t net_locate(struct net_device *device, const char *frame,
                          size_t length)
{
    uint64_t physical;
    size_t run = memory_run(frame, length, MEMORY_READ, &physical);

    if (run == length && length >= NET_SEND_MIN)
        return (int64_t)physical;
    if (memory_run(frame + run, length - run, MEMORY_READ, &physical) <
        length - run)
        return BAREMETAL_EFAULT;
    if (device->info.sent < device->copied)
        return BAREMETAL_EBUSY;
    device->copied = device->info.sent + device->sending + 1;
    memset(device->copy, 0, NET_SEND_MIN);
    memcpy(device->copy, frame, length);
    return (int64_t)memory_physical(device->copy);
}

int net_send(unsigned net, const void *frame, size_t length)
{
    struct net_device *device = net_get(net);
    int64_t where = BAREMETAL_EBUSY;
    uint64_t flags;

    if (!device)
        return BAREMETAL_ENODEV;
    if (length - 1 >= BAREMETAL_FRAME_MAX)
        return BAREMETAL_EINVAL;
    flags = net_lock(device);
    net_reap(device);
    if (device->sending < device->sending_max)
        where = net_locate(device, frame, length);
    if (where >= 0) {
        device->driver->send(
            device, (uint64_t)where,
            (uint32_t)(length < NET_SEND_MIN ? NET_SEND_MIN : length));
        device->sending++;
        device->info.sent_bytes += length;
        where = 0;
    }
    net_unlock(device, flags);
    return (int)where;
}

int net_sending(unsigned net)
{
    struct net_device *device = net_get(net);
    uint64_t flags;
    int sending;

    if (!device)
        return BAREMETAL_ENODEV;
    flags = net_lock(device);
    net_reap(device);
    sending = (int)device->sending;
    net_unlock(device, flags);
    return sending;
}

/* Something has come, unless another CPU was faster. At most a ring of damaged
 * frames is passed over. */
static __attribute__((noinline)) int net_take(unsigned net, void **frame)
{
    struct net_device *device = net_get(net);
    void *where = 0;
    unsigned length = 0;
    uint64_t flags;

    if (!device)
        return BAREMETAL_ENODEV;
    flags = net_lock(device);
    for (unsigned i = NET_RING; i && !length && net_ready(device); i--) {
        if (device->holding)
            device->driver->release(device);
        device->holding = 1;
        length = device->driver->receive(device, &where);
        device->info.errors += !length;
    }
    device->info.received += length != 0;
    device->info.received_bytes += length;
    net_unlock(device, flags);
    *frame = where; /* may not be mapped: without the lock */
    return (int)length;
}

/* Programs call this all the time, mostly for nothing: all else is net_take's,
 * so that this takes 12 instructions with CALL and RET. */
int net_receive(unsigned net, void **frame)
{
    if (net < net_count && !net_ready(net_devices[net]))
        return 0;
    return net_take(net, frame);
}

void net_drain(void)
{
    struct time_limit limit = time_limit_us(NET_DRAIN_US);

    for (unsigned i = 0; i < net_count; i++)
        while (net_sending(i) && !time_limit_passed(limit))
            ;
}
