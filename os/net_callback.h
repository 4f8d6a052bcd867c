/* net_callback.h - what programs ask of network interfaces beside frames.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

/* See struct baremetal: net_info, net_callback. */
int net_info(unsigned net, struct baremetal_net *info);
int net_callback(unsigned net, baremetal_callback *callback, void *argument);

/* Calls the callbacks of the cards that interrupted, each once, and lets those
 * cards interrupt again, before that. Boot CPU, interrupts on, in the
 * program's context: see callback.h. */
void net_callback_run(void);

/* Ends all callbacks. Boot CPU, interrupts on or off. */
void net_callback_reset(void);
