/* legacy_net.c - network calls, as flat programs of the original system make
 * them.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "legacy_net.h"
#include "system.h"

#define SEND_US 100000

/* A number with more than 32 bits is that of no interface. */
static unsigned number(uint64_t net)
{
    return net < UINT32_MAX ? (unsigned)net : UINT32_MAX;
}

/* Until nothing is being sent, by looks that are a microsecond apart: 1 if
 * that takes too long. Without a clock it ends all the same. */
static int legacy_net_wait(unsigned net)
{
    for (unsigned i = 0; i < SEND_US; i++) {
        if (os_system.os->net_sending(net) <= 0)
            return 0;
        os_system.os->delay_us(1);
    }
    return 1;
}

void legacy_net_send(uint64_t which, const void *frame, uint64_t length)
{
    unsigned net = number(which);

    /* Earlier frames first: then there is room. */
    if (legacy_net_wait(net))
        return;
    if (!os_system.os->net_send(net, frame, length))
        legacy_net_wait(net);
}

uint64_t legacy_net_receive(uint64_t net, void **frame)
{
    int length = os_system.os->net_receive(number(net), frame);

    return length > 0 ? (uint64_t)length : 0;
}

uint64_t legacy_net_status(uint64_t net)
{
    struct baremetal_net info;
    uint64_t mac = 0;

    if (os_system.os->net_info(number(net), &info))
        return 0;
    for (unsigned i = 0; i < sizeof info.mac; i++)
        mac = mac << 8 | info.mac[i];
    return mac;
}
