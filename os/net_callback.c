/* net_callback.c - what programs ask of network interfaces beside frames.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "net_callback.h"
#include "callback.h"
#include "interrupts.h"
#include "system.h"
#include <kernel/net.h>
#include <pure64/cpu.h>
#include <pure64/string.h>

/* The driver's name, and how many of its cards there are before. */
static void name(const struct net_device *device, unsigned net, char *text)
{
    char digit = '0';

    while (net--)
        digit += os_system.kernel->net_get(net)->driver == device->driver;
    memcpy(text, device->driver->name, sizeof device->driver->name);
    text[strlen(text)] = digit;
}

int net_info(unsigned net, struct baremetal_net *info)
{
    struct net_device *device = os_system.kernel->net_get(net);

    if (!device)
        return BAREMETAL_ENODEV;
    os_system.os->net_sending(net); /* so that the counters are up to date */
    device->info.link = (uint8_t)device->driver->link(device);
    *info = device->info;
    name(device, net, info->name);
    return 0;
}

/* Also called for other devices on the same interrupt line. */
static void net_interrupted(void *context)
{
    struct net_device *device = context;

    device->driver->interrupt(device, 0);
    if (!device->callback)
        return;
    device->pending = 1;
    callback_raise();
}

int net_callback(unsigned net, baremetal_callback *callback, void *argument)
{
    struct net_device *device = os_system.kernel->net_get(net);
    uint64_t flags;

    if (!device)
        return BAREMETAL_ENODEV;
    if (callback && !device->interrupting) {
        int error;

        /* As for all of configuration space: see pci.h. */
        os_system.kernel->block_lock();
        error = interrupts_pci(&device->function, net_interrupted, device);
        os_system.kernel->block_release();
        if (error)
            return BAREMETAL_ENODEV;
        device->interrupting = 1;
    }
    flags = cpu_flags();
    cpu_interrupts_off();
    device->pending = 0;
    device->callback = callback;
    device->argument = argument;
    /* The first interrupt is our own: for frames that are there already. */
    if (device->interrupting)
        net_interrupted(device);
    cpu_flags_restore(flags);
    os_system.kernel->stop_check();
    if (callback)
        callback_later(); /* the caller may have interrupts off */
    return 0;
}

void net_callback_run(void)
{
    struct net_device *device;

    for (unsigned net = 0; (device = os_system.kernel->net_get(net)); net++) {
        if (!device->pending)
            continue;
        /* Before the callback looks for frames: one that comes behind its
         * last look interrupts. */
        device->pending = 0;
        device->driver->interrupt(device, 1);
        if (net_ready(device))
            device->callback(device->argument);
    }
}

void net_callback_reset(void)
{
    for (unsigned net = 0; !net_callback(net, 0, 0); net++)
        ;
}
