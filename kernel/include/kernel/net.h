/* net.h - network interfaces: what a driver offers, and what callers use.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Frames are Ethernet frames without checksum. Nothing is copied: received
 * frames are read where the card put them, sent ones are fetched from where
 * the program has them.
 */
#pragma once
#include <baremetal.h>
#include <kernel/lock.h>
#include <kernel/pci.h>

#define NET_DEVICES_MAX 8
/* Entries of each ring, and bytes of each buffer of the receive ring: the
 * largest frame and a virtio header. A card that has 64 of them has 96 KiB. */
#define NET_RING 64
#define NET_BUFFER 1536

struct net_device;

/* All but link are called with the device's lock held and interrupts off, by
 * any CPU. */
struct net_driver {
    char name[sizeof ((struct baremetal_net *)0)->name]; /* <= 6 letters */
    /* Puts the frame in the send ring's next entry and tells the card. There
     * is room: at most sending_max frames are under way. */
    void (*send)(struct net_device *device, uint64_t physical,
                 uint32_t length);
    /* How many of the oldest frames under way, at most device->sending, the
     * card is through with since the last call. */
    unsigned (*sent)(struct net_device *device);
    /* The frame in the entry that `ready` showed: its length, 0 if it was
     * damaged, and where it is. Steps on: sets `ready`, `mask` and `empty`
     * for the next entry. */
    unsigned (*receive)(struct net_device *device, void **frame);
    /* Gives the entry of the oldest frame received back to the card; the
     * card need not hear of it each time. */
    void (*release)(struct net_device *device);
    /* 1 if the link is up. Without the lock. */
    int (*link)(struct net_device *device);
    /* Interrupt for received frames on or off; acknowledges, if the card wants
     * that. Called by the interrupt handler too, without the lock. On: a frame
     * that comes from here on interrupts. Off before it is first on. */
    void (*interrupt)(struct net_device *device, int on);
};

struct net_device {
    /* A poll for a frame reads only these: nothing has come while
     * (*ready & mask) == empty. */
    const volatile uint32_t *ready;
    uint32_t mask, empty;
    struct lock lock;
    uint32_t sending;          /* frames not yet sent */
    uint32_t sending_max;      /* by net_add; a driver may lower it */
    uint8_t holding;           /* 1: the caller has the last frame */
    uint8_t interrupting;      /* 1: os takes its interrupts */
    volatile uint8_t pending;  /* 1: interrupted, callback not yet called */
    const struct net_driver *driver;
    void *copy;                /* a page, for a frame that has to be copied: */
    uint64_t copied;           /* in use until info.sent is that */
    baremetal_callback *callback; /* os's: interrupts and their callbacks */
    void *argument;
    struct pci_function function;
    struct baremetal_net info; /* what programs see; link as of last asked */
};

/* 1 if a frame, or a damaged one, has come. */
static inline int net_ready(const struct net_device *device)
{
    return (*device->ready & device->mask) != device->empty;
}

/* Makes an interface of it, which stays where it is, and numbers it. 0
 * if there are NET_DEVICES_MAX, or no memory. Boot CPU, at start. */
int net_add(struct net_device *device);

/* Interface by number, 0 behind the last. */
__attribute__((noinline)) struct net_device *net_get(unsigned net);

/* See struct baremetal. Any CPU. */
int net_send(unsigned net, const void *frame, size_t length);
int net_sending(unsigned net);
int net_receive(unsigned net, void **frame);

/* lock_take or lock_release for the locks of all interfaces: around the
 * stopping of CPUs, which must not hold one. Boot CPU, interrupts off. */
void net_locks(void (*change)(struct lock *lock));

/* Waits until no frame of a program is being sent, at most a second. Boot CPU,
 * when a program has ended and the others were stopped. */
void net_drain(void);
